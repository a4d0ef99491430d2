"""How much is there, and every movement of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, ForeignKeyConstraint, Index, Integer, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Money, NewId, PartId, Quantity, TenantId, Words
from portal.infra.db import Model


class StockLevel(Model):
    """What a branch has of an item; `reserved` is in issued documents that KRA has not signed yet.

    `kra_level` is the sum of the movements that KRA has accepted (kra/PROTOCOL §7.7).
    """

    __tablename__ = "stock_level"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["item.tenant_id", "item.id"]),
    )
    tenant_id: Mapped[TenantId]
    branch_id: Mapped[PartId]
    item_id: Mapped[PartId]
    on_hand: Mapped[Quantity] = mapped_column(server_default="0")
    reserved: Mapped[Quantity] = mapped_column(server_default="0")
    kra_level: Mapped[Quantity] = mapped_column(server_default="0")


class StockMovement(Model):
    """Goods that came in or went out, by KRA's type (class 12); never changed."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        Index(
            "one_movement_per_document",
            "tenant_id",
            "document_id",
            unique=True,
            postgresql_where=text("document_id IS NOT NULL"),
        ),
        Index("stock_movement_of_branch", "tenant_id", "branch_id", "created_at"),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    branch_id: Mapped[Id]
    type: Mapped[Words]
    document_id: Mapped[Id | None]
    occurred_on: Mapped[date] = mapped_column(Date)
    note: Mapped[Words | None]
    created_by: Mapped[Words]
    created_at: Mapped[CreatedAt]


class StockMovementLine(Model):
    """One item of a movement; amounts are VAT-inclusive KES."""

    __tablename__ = "stock_movement_line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "movement_id"], ["stock_movement.tenant_id", "stock_movement.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["item.tenant_id", "item.id"]),
        Index("stock_movement_line_of_item", "tenant_id", "item_id"),
    )
    tenant_id: Mapped[TenantId]
    movement_id: Mapped[PartId]
    line_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[Id]
    quantity: Mapped[Quantity]
    price: Mapped[Money]
    band: Mapped[Words]
    rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    taxable_amount: Mapped[Money]
    tax_amount: Mapped[Money]
    total_amount: Mapped[Money]
