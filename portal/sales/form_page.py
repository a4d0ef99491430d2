"""What the templates of the invoice form need, worked out before any of them is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Item
from portal.customers import queries as customers
from portal.fiscal.bands import Band
from portal.fiscal.priced import BandTotal, PricedDocument
from portal.sales.reading import Reading
from portal.sales.typed import OFFERED_METHODS, TypedLine
from portal.sales.words import band_words, method_word
from portal.tenants import queries as tenants

MOST_CHOICES = 5  # rows whose words get a list to choose from: nobody leaves more than a few open


@dataclass(frozen=True, slots=True)
class LineView:
    """One row as it is drawn."""

    typed: TypedLine
    place: int
    item: Item | None = None
    band: str = ""
    amount: Decimal | None = None
    left: Decimal | None = None
    is_short: bool = False
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FormPage:
    """The invoice form as it is drawn; errors are not shown until the person asked to issue."""

    draft_id: UUID
    key: str
    reading: Reading
    saved_at: datetime | None = None
    shows_errors: bool = False
    focus: str = ""

    def context(self) -> dict[str, Any]:
        """The variables of `sales/form.html` and its parts."""
        typed, book = self.reading.typed, self.reading.book
        return {
            "draft_id": self.draft_id,
            "idempotency_key": self.key,
            "typed": typed,
            "lines": self.lines(),
            "customer": book.customer,
            "buyer_choices": customer_choices(typed.buyer) if typed.buyer and book.customer is None else [],
            "methods": [(method.value, method_word(method)) for method in OFFERED_METHODS],
            "branches": [(str(one.id), one.name) for one in tenants.open_branches()],
            "branch_id": str(book.branch_id),
            "vat_registered": book.vat_registered,
            "training": book.training,
            "errors": self.reading.errors if self.shows_errors else {},
            "summary": self.reading.summary if self.shows_errors else [],
            "saved_at": self.saved_at,
            "focus": self.focus,
            **self.totals(),
        }

    def lines(self) -> list[LineView]:
        """All rows."""
        items = self.reading.book.items
        open_rows = [line.row for line in self.reading.typed.lines if line.item and line.item_id not in items]
        return [
            self._line(place, line, line.row in open_rows[:MOST_CHOICES])
            for place, line in enumerate(self.reading.typed.lines, start=1)
        ]

    def line(self, row: str) -> LineView | None:
        """One row."""
        return next((view for view in self.lines() if view.typed.row == row), None)

    def totals(self) -> dict[str, Any]:
        """The variables of `sales/_totals.html`."""
        return {
            "priced": self.reading.priced,
            "total": self.reading.total,
            "change": self.reading.change,
            "bands": band_rows(self.reading.priced) if self.reading.priced else [],
            "amounts": {row: line.total_amount for row, line in self.reading.alone.items()},
        }

    def _line(self, place: int, typed: TypedLine, wants_choices: bool) -> LineView:
        book = self.reading.book
        alone, item = self.reading.alone.get(typed.row), book.items.get(typed.item_id)
        amount = alone.total_amount if alone else None
        if item is None:
            return LineView(typed, place, amount=amount, choices=item_choices(typed.item) if wants_choices else [])
        left = book.available.get(item.id, Decimal(0)) if item.is_goods else None
        band = band_words(Band(item.band), book.rates[Band(item.band)])
        is_short = left is not None and typed.row in self.reading.lines and f"{typed.row}-qty" in self.reading.errors
        return LineView(typed, place, item, band, amount, left, is_short)


def band_rows(priced: PricedDocument, *, all_bands: bool = False) -> list[tuple[str, Decimal, Decimal]]:
    """The tax table: words, taxable amount and tax of the bands in use, or of all five."""
    bands: Mapping[Band, BandTotal] = priced.bands
    used = {line.band for line in priced.lines}
    return [
        (band_words(band, total.rate), total.taxable_amount, total.tax_amount)
        for band, total in bands.items()
        if all_bands or band in used
    ]


def item_choices(words: str) -> list[tuple[str, str]]:
    """Items for a list to choose from, where nothing was picked while typing."""
    return [(str(item.id), item.name) for item in catalogue.search_items(words)]


def customer_choices(words: str) -> list[tuple[str, str]]:
    """Customers for a list to choose from, where nothing was picked while typing."""
    return [(str(one.id), f"{one.name} {one.pin or ''}".strip()) for one in customers.search(words)]
