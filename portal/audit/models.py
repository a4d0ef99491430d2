"""Who did what: one hash chain per business and branch, never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import Moment, PartId, TenantId, Words
from portal.infra.db import Model


class AuditRow(Model):
    """One act; `hash` covers the row and the hash before it."""

    __tablename__ = "audit"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    chain: Mapped[PartId]
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    actor: Mapped[Words]
    action: Mapped[Words]
    object: Mapped[Words]
    before_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    after_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Model):
    """The last link of a chain."""

    __tablename__ = "audit_head"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    chain: Mapped[PartId]
    seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    hash: Mapped[bytes] = mapped_column(LargeBinary)
