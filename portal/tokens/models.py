"""API tokens: only the hash is kept."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, NewId, TenantId, Words
from portal.infra.db import Model


class ApiToken(Model):
    """What a program may do for a business; `last_four` are the last characters of the token, to tell tokens apart."""

    __tablename__ = "api_token"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_sha256"),
        Index("api_token_by_hash", "token_sha256", postgresql_where=text("revoked_at IS NULL")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    name: Mapped[Words]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    last_four: Mapped[Words]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]
