"""The stored papers, and to whom, when and how each was handed out."""

from __future__ import annotations

from sqlalchemy import Computed, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, NewId, PartId, PartWord, TenantId, Words
from portal.infra.db import Model

OF_DOCUMENT = (["tenant_id", "document_id"], ["document.tenant_id", "document.id"])


class ReceiptFile(Model):
    """A rendered paper, stored once outside the database with its hash here.

    A copy has its number; a file that was lost comes back as the next edition, of the same receipt.
    """

    __tablename__ = "receipt_file"
    __table_args__ = (
        ForeignKeyConstraint(*OF_DOCUMENT),
        ForeignKeyConstraint(
            ["tenant_id", "document_id", "handed_out_no"],
            ["hand_out.tenant_id", "hand_out.document_id", "hand_out.copy_no"],
            name="receipt_file_of_hand_out",
        ),
    )
    tenant_id: Mapped[TenantId]
    document_id: Mapped[PartId]
    variant: Mapped[PartWord]
    copy_no: Mapped[int] = mapped_column(Integer, primary_key=True, server_default="0", autoincrement=False)
    edition: Mapped[int] = mapped_column(Integer, primary_key=True, server_default="1", autoincrement=False)
    handed_out_no: Mapped[int | None] = mapped_column(Integer, Computed("nullif(copy_no, 0)", persisted=True))
    storage_key: Mapped[Words]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[CreatedAt]


class UnsignedPaper(Model):
    """The stored paper of a training or proforma document: everybody may have it again, none of them is an original."""

    __tablename__ = "unsigned_paper"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["unsigned_document.tenant_id", "unsigned_document.id"], ondelete="CASCADE"
        ),
    )
    tenant_id: Mapped[TenantId]
    document_id: Mapped[PartId]
    paper: Mapped[PartWord]
    edition: Mapped[int] = mapped_column(Integer, primary_key=True, server_default="1", autoincrement=False)
    storage_key: Mapped[Words]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[CreatedAt]


class HandOut(Model):
    """That a paper left the house: `copy_no` 0 is the one original, 1 and on are copies."""

    __tablename__ = "hand_out"
    __table_args__ = (
        ForeignKeyConstraint(*OF_DOCUMENT),
        UniqueConstraint("tenant_id", "document_id", "copy_no"),
        UniqueConstraint("tenant_id", "document_id", "idem_key", name="hand_out_idem_key"),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    document_id: Mapped[Id]
    copy_no: Mapped[int] = mapped_column(Integer)
    way: Mapped[Words]
    paper: Mapped[Words] = mapped_column(server_default="a4")
    by_person: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[Words]
    at: Mapped[CreatedAt]
    idem_key: Mapped[Words | None]

    @property
    def is_original(self) -> bool:
        return self.copy_no == 0
