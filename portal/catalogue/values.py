"""An item as typed and checked, and what is there of it from the first day."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

from portal.fiscal.bands import Band, Rates
from portal.fiscal.document import ItemType, Prices
from portal.fiscal.money import parse_quantity
from portal.fiscal.tax import inclusive_price

ZERO = re.compile(r"0{1,20}(\.0{0,20})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """Everything that an item is; `id` comes from its form, so that a second press makes no second item."""

    name: str
    class_code: str
    item_type: ItemType
    band: Band
    price: Decimal
    prices: Prices = Prices.INCLUSIVE
    package_unit: str = "NT"
    quantity_unit: str = "NO"
    origin: str = "KE"
    sku: str | None = None
    barcode: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """How many there are when the item is added, and where."""

    branch_id: UUID
    quantity: Decimal


def price_with_vat(price: Decimal, prices: Prices | str, band: Band | str, rates: Rates) -> Decimal:
    """The price with VAT, to the cent, as KRA and stock want it."""
    return price if prices == Prices.INCLUSIVE else inclusive_price(price, rates[Band(band)])


def parse_count(text: str, decimals: int) -> Decimal:
    """How many a person counted: 0 or a quantity; raises MoneyError."""
    return Decimal(0) if ZERO.fullmatch(text.strip()) else parse_quantity(text, decimals)
