"""Links to handed-out receipts, how often each was opened, and the mails that carry them."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, PartId, TenantId, Words
from portal.infra.db import Model

OF_LINK = (["tenant_id", "link_id"], ["receipt_link.tenant_id", "receipt_link.id"])


class ReceiptLink(Model):
    """The way to one handed-out paper without a log-in; of its token only the hash is kept."""

    __tablename__ = "receipt_link"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(["tenant_id", "hand_out_id"], ["hand_out.tenant_id", "hand_out.id"]),
        UniqueConstraint("tenant_id", "token_sha256"),
        UniqueConstraint("tenant_id", "hand_out_id"),
        Index("receipt_link_by_hash", "token_sha256", postgresql_where=text("revoked_at IS NULL")),
        Index("receipt_link_by_age", "expires_at"),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[PartId]
    document_id: Mapped[Id]
    hand_out_id: Mapped[Id]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    sent_to: Mapped[Words | None]
    made_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    revoked_by: Mapped[Words | None]


class LinkOpening(Model):
    """That people opened a link: first, last, how often."""

    __tablename__ = "link_opening"
    __table_args__ = (ForeignKeyConstraint(*OF_LINK, ondelete="CASCADE"),)
    tenant_id: Mapped[TenantId]
    link_id: Mapped[PartId]
    first_at: Mapped[CreatedAt]
    last_at: Mapped[CreatedAt]
    times: Mapped[int] = mapped_column(Integer, server_default="1")


class ReceiptMail(Model):
    """The mail that carries a link and its PDF: waiting, sent, or given up with what went wrong."""

    __tablename__ = "receipt_mail"
    __table_args__ = (ForeignKeyConstraint(*OF_LINK, ondelete="CASCADE"),)
    tenant_id: Mapped[TenantId]
    link_id: Mapped[PartId]
    address: Mapped[Words]
    asked_at: Mapped[CreatedAt]
    sent_at: Mapped[Moment | None]
    failed_at: Mapped[Moment | None]
    problem: Mapped[Words | None]
