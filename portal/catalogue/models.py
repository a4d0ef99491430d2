"""What a business sells."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Moment, Money, NewId, SearchWords, TenantId, Words
from portal.infra.db import Model


class Item(Model):
    """Goods or a service; `prices` says how `price` was typed.

    `kra_code` is bound when the registration is sent, and kept for ever from `registered_at` on.
    """

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sku"),
        UniqueConstraint("tenant_id", "kra_code"),
        Index("item_by_name", "tenant_id", "search_name", "id"),
        Index("item_by_barcode", "tenant_id", "barcode", postgresql_where=text("barcode IS NOT NULL")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    sku: Mapped[Words | None]
    name: Mapped[Words]
    search_name: Mapped[SearchWords]
    class_code: Mapped[Words]
    item_type: Mapped[Words]
    package_unit: Mapped[Words]
    quantity_unit: Mapped[Words]
    origin: Mapped[Words] = mapped_column(server_default="KE")
    band: Mapped[Words]
    price: Mapped[Money]
    prices: Mapped[Words] = mapped_column(server_default="inclusive")
    barcode: Mapped[Words | None]
    kra_code: Mapped[Words | None]
    registered_at: Mapped[Moment | None]
    changed_by: Mapped[Words] = mapped_column(server_default="Risiti")
    archived_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]

    @property
    def is_goods(self) -> bool:
        """Goods are counted in stock, a service (KRA's type 3) is not."""
        return self.item_type != "3"
