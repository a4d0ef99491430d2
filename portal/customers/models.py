"""Buyers."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Moment, NewId, SearchWords, TenantId, Words
from portal.infra.db import Model


class Customer(Model):
    """Somebody a business sells to; `kra_name` is what KRA answered for the PIN."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("customer_pin_once", "tenant_id", "pin", unique=True, postgresql_where=text("archived_at IS NULL")),
        Index("customer_by_name", "tenant_id", "search_name", "id"),
        Index("customer_by_phone", "tenant_id", "phone", postgresql_where=text("phone IS NOT NULL")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    name: Mapped[Words]
    pin: Mapped[Words | None]
    phone: Mapped[Words | None]
    email: Mapped[Words | None]
    address: Mapped[Words | None]
    search_name: Mapped[SearchWords]
    kra_name: Mapped[Words | None]
    kra_status: Mapped[Words | None]
    checked_at: Mapped[Moment | None]
    archived_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
