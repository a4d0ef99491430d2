"""Businesses and their branches."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Moment, NewId, TenantId, Words
from portal.infra.db import Model


class Tenant(Model):
    """A business; `registered_name` is KRA's, `name` what the owner typed."""

    __tablename__ = "tenant"
    __table_args__ = (
        Index("one_open_business_per_pin", "kra_pin", unique=True, postgresql_where=text("closed_at IS NULL")),
    )
    id: Mapped[NewId]
    name: Mapped[Words]
    registered_name: Mapped[Words | None]
    kra_pin: Mapped[Words]
    phone: Mapped[Words | None]
    email: Mapped[Words | None]
    vat_registered: Mapped[bool | None] = mapped_column(Boolean)
    vat_said_by: Mapped[Words | None]
    vat_since: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[Moment | None]

    @property
    def printed_name(self) -> str:
        """The name on receipts: KRA's, as soon as KRA has told it."""
        return self.registered_name or self.name


class Branch(Model):
    """One place of a business; `code` is KRA's two digits, 00 the head office.

    In `training` nothing real is issued there; `paper` is that of its receipts, a4 or roll.
    """

    __tablename__ = "branch"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    code: Mapped[Words]
    name: Mapped[Words]
    address: Mapped[Words | None]
    phone: Mapped[Words | None]
    trade_name: Mapped[Words | None]
    top_message: Mapped[Words | None]
    bottom_message: Mapped[Words | None]
    paper: Mapped[Words] = mapped_column(server_default="a4")
    training: Mapped[bool] = mapped_column(Boolean, server_default="false")
    closed_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]

    @property
    def is_head_office(self) -> bool:
        return self.code == "00"
