"""The public page that works VAT out: everything stands in its address, nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.catalogue.choices import band_words
from portal.codelists.queries import rates_now
from portal.fiscal.bands import Band, Rates
from portal.fiscal.document import LineInput, PricedDocument, Prices, PricingError, price_document
from portal.fiscal.errors import FiscalError
from portal.fiscal.money import parse_money, parse_percent, parse_quantity
from portal.identity.access import public
from portal.infra.forms import printable
from portal.infra.limits import OF_A_VISITOR, address, limiter

blueprint = Blueprint("api_calculator", __name__)
MOST_ROWS, LONGEST = 50, 40
COLUMNS = ("band", "quantity", "price", "discount")
Value = TypeVar("Value")


@dataclass(slots=True)
class Sum:
    """What was typed, row by row, what of it was refused, and the result once there is one."""

    rates: Rates
    prices: Prices
    rows: list[dict[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    result: PricedDocument | None = None

    @classmethod
    def of(cls, args: MultiDict[str, str], rates: Rates) -> Sum:
        """The sum that an address asks for."""
        columns = {name: [printable(text).strip()[:LONGEST] for text in args.getlist(name)[:MOST_ROWS]] for name in COLUMNS}
        length = min(MOST_ROWS, max(1, *map(len, columns.values())) + ("more" in args))
        rows = [{name: texts[row] if row < len(texts) else "" for name, texts in columns.items()} for row in range(length)]
        prices = Prices.EXCLUSIVE if args.get("prices") == Prices.EXCLUSIVE else Prices.INCLUSIVE
        return cls(rates, prices, rows)._worked_out()

    def _worked_out(self) -> Sum:
        lines = [self._line(number, row) for number, row in enumerate(self.rows) if row["price"]]
        if lines and not self.errors:
            try:
                self.result = price_document([line for line in lines if line], self.rates, self.prices)
            except PricingError as error:
                self.errors[f"price-{error.line or 0}"] = error.sentence
        return self

    def _line(self, number: int, row: dict[str, str]) -> LineInput | None:
        price = self._read(f"price-{number}", lambda: parse_money(row["price"]))
        quantity = self._read(f"quantity-{number}", lambda: parse_quantity(row["quantity"] or "1"))
        is_percent = row["discount"].endswith("%")
        parse = parse_percent if is_percent else parse_money
        discount = self._read(f"discount-{number}", lambda: parse(row["discount"])) if row["discount"] else None
        if price is None or quantity is None:
            return None
        band = Band(row["band"]) if row["band"] in Band.__members__ else Band.B
        percent, amount = (discount, None) if is_percent else (None, discount)
        return LineInput(band=band, quantity=quantity, price=price, discount_percent=percent, discount_amount=amount)

    def _read(self, name: str, parse: Callable[[], Value]) -> Value | None:
        try:
            return parse()
        except FiscalError as error:
            self.errors[name] = error.sentence
            return None


@blueprint.get("/tax-calculator")
@public
@limiter.limit(OF_A_VISITOR, key_func=address)
def show() -> str:
    """The form, and the result of what its address asks for."""
    rates = rates_now()
    bands = [(band.value, band_words(band, rates)) for band in Band]
    choices = [(Prices.INCLUSIVE.value, _("Prices include VAT")), (Prices.EXCLUSIVE.value, _("Prices without VAT"))]
    return render_template("api/tax_calculator.html", sum=Sum.of(request.args, rates), bands=bands, choices=choices, rates=rates)
