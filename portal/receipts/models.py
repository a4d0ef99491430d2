"""The stored papers, and to whom, when and how each was handed out."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, NewId, PartId, PartWord, TenantId, Words
from portal.infra.db import Model

OF_DOCUMENT = (["tenant_id", "document_id"], ["document.tenant_id", "document.id"])


class ReceiptFile(Model):
    """A rendered paper, stored once outside the database with its hash here."""

    __tablename__ = "receipt_file"
    __table_args__ = (ForeignKeyConstraint(*OF_DOCUMENT),)
    tenant_id: Mapped[TenantId]
    document_id: Mapped[PartId]
    variant: Mapped[PartWord]
    storage_key: Mapped[Words]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[CreatedAt]


class HandOut(Model):
    """That a paper left the house: `copy_no` 0 is the one original, 1 and on are copies."""

    __tablename__ = "hand_out"
    __table_args__ = (ForeignKeyConstraint(*OF_DOCUMENT), UniqueConstraint("tenant_id", "document_id", "copy_no"))
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    document_id: Mapped[Id]
    copy_no: Mapped[int] = mapped_column(Integer)
    way: Mapped[Words]
    by_person: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[Words]
    at: Mapped[CreatedAt]
