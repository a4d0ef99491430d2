"""Sales and credit notes, their lines, and the totals of each day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import (
    CreatedAt,
    Id,
    Moment,
    Money,
    NewId,
    PartId,
    PartWord,
    Quantity,
    SearchWords,
    TenantId,
    Words,
)
from portal.infra.db import Model

ISSUED = text("state <> 'draft'")
NEWEST = (text("issued_at DESC"), text("id DESC"))


class Document(Model):
    """A sale or credit note: `content` is what was typed while a draft, the frozen FiscalDocument once issued."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "branch_id", "kind", "trader_no"),
        UniqueConstraint("tenant_id", "idem_key"),
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        ForeignKeyConstraint(["tenant_id", "original_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(["tenant_id", "replaces_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(["tenant_id", "proforma_id"], ["unsigned_document.tenant_id", "unsigned_document.id"]),
        Index("document_newest", "tenant_id", *NEWEST, postgresql_where=ISSUED),
        Index("document_by_number", "tenant_id", "trader_no"),
        Index("document_by_buyer", "tenant_id", "search_name", *NEWEST, postgresql_where=ISSUED),
        Index(
            "document_by_pin",
            "tenant_id",
            "buyer_pin",
            *NEWEST,
            postgresql_where=text("state <> 'draft' AND buyer_pin IS NOT NULL"),
        ),
        Index("document_by_amount", "tenant_id", "total_cents", *NEWEST, postgresql_where=ISSUED),
        Index("document_of_branch", "tenant_id", "branch_id", *NEWEST, postgresql_where=ISSUED),
        Index("document_void", "tenant_id", *NEWEST, postgresql_where=text("state = 'void'")),
        Index("document_drafts", "tenant_id", text("changed_at DESC"), "id", postgresql_where=text("state = 'draft'")),
        Index("document_external", "tenant_id", "external_id", postgresql_where=text("external_id IS NOT NULL")),
        Index("document_credits", "tenant_id", "original_id", postgresql_where=text("original_id IS NOT NULL")),
        Index("document_of_proforma", "tenant_id", "proforma_id", postgresql_where=text("proforma_id IS NOT NULL")),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    branch_id: Mapped[Id]
    kind: Mapped[Words]
    state: Mapped[Words] = mapped_column(server_default="draft")
    trader_no: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_at: Mapped[Moment | None]
    idem_key: Mapped[Words | None]
    idem_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    buyer_name: Mapped[Words | None]
    buyer_pin: Mapped[Words | None]
    search_name: Mapped[SearchWords | None]
    taxable_amount: Mapped[Money | None]
    tax_amount: Mapped[Money | None]
    total_amount: Mapped[Money | None]
    total_cents: Mapped[int | None] = mapped_column(BigInteger, Computed("(total_amount * 100)::bigint", persisted=True))
    original_id: Mapped[Id | None]
    replaces_id: Mapped[Id | None]
    proforma_id: Mapped[Id | None]
    external_id: Mapped[Words | None]
    restock: Mapped[bool] = mapped_column(Boolean, server_default="true")
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[CreatedAt]


class DocumentLine(Model):
    """A line of an issued document, and how much of it credit notes have taken; amounts are KES."""

    __tablename__ = "document_line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["item.tenant_id", "item.id"]),
        Index("document_line_of_item", "tenant_id", "item_id"),
    )
    tenant_id: Mapped[TenantId]
    document_id: Mapped[PartId]
    line_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[Id]
    band: Mapped[Words]
    is_goods: Mapped[bool] = mapped_column(Boolean)
    quantity: Mapped[Quantity]
    price: Mapped[Money]
    supply_amount: Mapped[Money]
    discount_amount: Mapped[Money]
    taxable_amount: Mapped[Money]
    tax_amount: Mapped[Money]
    total_amount: Mapped[Money]
    credits_line_no: Mapped[int | None] = mapped_column(Integer)
    reduces_price: Mapped[bool] = mapped_column(Boolean, server_default="false")
    credited_quantity: Mapped[Quantity] = mapped_column(server_default="0")
    credited_amount: Mapped[Money] = mapped_column(server_default="0")


class DayTotal(Model):
    """Signed sales and credit notes of a branch on one day (East Africa Time), kept by the settling transaction."""

    __tablename__ = "day_total"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),)
    tenant_id: Mapped[TenantId]
    branch_id: Mapped[PartId]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[PartWord]
    documents: Mapped[int] = mapped_column(Integer, server_default="0")
    taxable_amount: Mapped[Decimal] = mapped_column(Numeric(17, 2), server_default="0")
    tax_amount: Mapped[Decimal] = mapped_column(Numeric(17, 2), server_default="0")
    total_amount: Mapped[Decimal] = mapped_column(Numeric(17, 2), server_default="0")


class UnsignedDocument(Model):
    """A training or proforma document (TS, TC, PS): no sale, never told to KRA, with numbers of its own per branch and label.

    `printed` holds what its paper shows beside the frozen content: `sdc_id` and `item_codes` as they were then.
    """

    __tablename__ = "unsigned_document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id", "label"),
        UniqueConstraint("tenant_id", "branch_id", "label", "number"),
        UniqueConstraint("tenant_id", "idem_key"),
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "original_id", "original_label"],
            ["unsigned_document.tenant_id", "unsigned_document.id", "unsigned_document.label"],
        ),
        Index("unsigned_document_newest", "tenant_id", "label", *NEWEST),
        Index("unsigned_document_credits", "tenant_id", "original_id", postgresql_where=text("original_id IS NOT NULL")),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    branch_id: Mapped[Id]
    label: Mapped[Words]
    number: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    printed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    issued_at: Mapped[CreatedAt]
    idem_key: Mapped[Words]
    idem_hash: Mapped[bytes] = mapped_column(LargeBinary)
    buyer_name: Mapped[Words]
    search_name: Mapped[SearchWords]
    taxable_amount: Mapped[Money]
    tax_amount: Mapped[Money]
    total_amount: Mapped[Money]
    original_id: Mapped[Id | None]
    original_label: Mapped[Words | None] = mapped_column(Computed("CASE WHEN label = 'TC' THEN 'TS' END", persisted=True))
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
