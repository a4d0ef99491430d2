"""Downloads of many receipts, and each receipt in them."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, NewId, PartId, TenantId, Words
from portal.infra.db import Model


class Download(Model):
    """One file of many receipts: being made, ready until `expires_at`, or gone."""

    __tablename__ = "download"
    __table_args__ = (
        UniqueConstraint("tenant_id", "idem_key"),
        Index("download_newest", "tenant_id", text("asked_at DESC")),
        Index("download_by_age", "expires_at", postgresql_where=text("state <> 'gone'")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    form: Mapped[Words]
    state: Mapped[Words] = mapped_column(server_default="making")
    describes: Mapped[Words]
    total: Mapped[int] = mapped_column(Integer)
    left_out: Mapped[int] = mapped_column(Integer, server_default="0")
    by_person: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[Words]
    asked_at: Mapped[CreatedAt]
    ready_at: Mapped[Moment | None]
    expires_at: Mapped[Moment]
    storage_key: Mapped[Words | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    idem_key: Mapped[Words]


class DownloadPart(Model):
    """One receipt of a download, with the hand-out by which it left the house; `made_at` says that its PDF lies ready."""

    __tablename__ = "download_part"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "download_id"], ["download.tenant_id", "download.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.id"]),
        ForeignKeyConstraint(["tenant_id", "hand_out_id"], ["hand_out.tenant_id", "hand_out.id"]),
        UniqueConstraint("tenant_id", "hand_out_id"),
        Index(
            "download_part_open", "tenant_id", "download_id", "place",
            postgresql_where=text("made_at IS NULL AND problem IS NULL"),
        ),
    )  # fmt: skip
    tenant_id: Mapped[TenantId]
    download_id: Mapped[PartId]
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document_id: Mapped[Id]
    hand_out_id: Mapped[Id]
    made_at: Mapped[Moment | None]
    problem: Mapped[Words | None]
