"""KRA's code lists, item classes and dated tax rates: the same for every business."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Boolean, DateTime, Index, Integer, Numeric, func, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Moment, PartWord, Words
from portal.infra.db import Model


class Code(Model):
    """One code of one of KRA's classes."""

    __tablename__ = "code"
    class_code: Mapped[PartWord]
    code: Mapped[PartWord]
    class_name: Mapped[Words]
    name: Mapped[Words]
    description: Mapped[Words | None]
    sort_order: Mapped[int] = mapped_column(Integer, server_default="0")
    in_use: Mapped[bool] = mapped_column(Boolean, server_default="true")
    extra_1: Mapped[Words | None]
    extra_2: Mapped[Words | None]
    extra_3: Mapped[Words | None]
    changed_at: Mapped[CreatedAt]


class ItemClass(Model):
    """A class of KRA's item classification."""

    __tablename__ = "item_class"
    __table_args__ = (
        Index("item_class_words", func.to_tsvector(literal_column("'simple'"), literal_column("name")), postgresql_using="gin"),
    )
    code: Mapped[PartWord]
    name: Mapped[Words]
    level: Mapped[int] = mapped_column(Integer)
    band: Mapped[Words | None]
    is_major: Mapped[bool] = mapped_column(Boolean, server_default="false")
    in_use: Mapped[bool] = mapped_column(Boolean, server_default="true")
    changed_at: Mapped[CreatedAt]


class TaxRate(Model):
    """The rate of a band in per cent, from a moment on."""

    __tablename__ = "tax_rate"
    band: Mapped[PartWord]
    valid_from: Mapped[Moment] = mapped_column(DateTime(timezone=True), primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    said_by: Mapped[Words]


class ListMark(Model):
    """Up to which moment of KRA's clock a shared list is known, and when (our clock) a fetch last reached its end."""

    __tablename__ = "list_mark"
    operation: Mapped[PartWord]
    mark: Mapped[Moment]
    whole_at: Mapped[Moment | None]
