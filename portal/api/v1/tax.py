"""Working tax out, for anybody: the same functions that price an invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from portal.api.v1.blueprint import blueprint
from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Money, Percent, Quantity, chosen
from portal.api.v1.shapes import Totals, band_totals
from portal.codelists.queries import rates_now
from portal.fiscal.bands import Band, Rates
from portal.fiscal.document import MOST_LINES, LineInput, PricedDocument, Prices, PricingError, price_document
from portal.fiscal.money import ZERO
from portal.identity.access import public
from portal.infra.limits import OF_A_VISITOR, address, limiter


class LineToPrice(Body):
    """One line: the price as `prices` says, at most one kind of discount."""

    band = chosen(*Band, required=True)
    quantity = Quantity(required=True)
    price = Money(required=True)
    discount_percent = Percent()
    discount_amount = Money()


class ToPrice(Body):
    """Lines, and perhaps a discount on all of them."""

    prices = chosen(*Prices, load_default=Prices.INCLUSIVE.value)
    lines = fields.List(fields.Nested(LineToPrice), required=True, validate=Length(1, MOST_LINES, error="Send 1 to 500 lines."))
    discount_amount = Money()
    discount_percent = Percent()


class LineAmounts(Totals):
    """A line worked out to the cent."""

    supply_amount = Money(required=True)
    discount_amount = Money(required=True)


class Priced(Body):
    """What follows from the lines; net + tax = total always."""

    lines = fields.List(fields.Nested(LineAmounts), required=True)
    bands = band_totals()
    totals = fields.Nested(Totals, required=True)


EXAMPLE = {"prices": "inclusive", "lines": [{"band": "B", "quantity": "1", "price": "5800.00", "discount_percent": "10"}]}


@blueprint.route("/tax/calculate", methods=["POST"], tags=["Tax"])
@public
@limiter.limit(OF_A_VISITOR, key_func=address)
@blueprint.arguments(ToPrice, example=EXAMPLE)
@blueprint.response(200, Priced)
def calculate(body: dict[str, Any]) -> dict[str, Any]:
    """Work out VAT and totals

    Open to anyone, without a token. Nothing is kept.
    """
    return shown(priced(body, rates_now()))


def priced(body: Mapping[str, Any], rates: Rates) -> PricedDocument:
    """The lines of a body priced; raises BadFields naming the line to mend."""
    lines = [line_input(line) for line in body["lines"]]
    amount, percent = one_discount(body, "")
    try:
        return price_document(lines, rates, Prices(body["prices"]), amount, percent)
    except PricingError as error:
        raise BadFields([(_place_of(error, body["lines"]), error.sentence)]) from error


def line_input(line: Mapping[str, Any]) -> LineInput:
    """A line as the fiscal core wants it."""
    return LineInput(
        band=Band(line["band"]),
        quantity=line["quantity"],
        price=line["price"],
        discount_amount=_unless_zero(line.get("discount_amount")),
        discount_percent=_unless_zero(line.get("discount_percent")),
    )


def one_discount(body: Mapping[str, Any], path: str) -> tuple[Decimal | None, Decimal | None]:
    """Amount and percentage of a discount, of which at most one is there; one of nothing is none."""
    amount, percent = _unless_zero(body.get("discount_amount")), _unless_zero(body.get("discount_percent"))
    if amount is not None and percent is not None:
        raise BadFields([(f"{path}discount_amount", "Give the discount as an amount or as a percentage, not both.")])
    return amount, percent


def shown(document: PricedDocument) -> dict[str, Any]:
    """Lines, the bands that are used, and totals, ready for the schema."""
    used = {line.band for line in document.lines}
    return {
        "lines": document.lines,
        "bands": {band.value: total for band, total in document.bands.items() if band in used},
        "totals": document,
    }


def _place_of(error: PricingError, lines: Sequence[Mapping[str, Any]]) -> str:
    if error.line is None:
        return "discount_amount" if "discount" in error.sentence else "lines"
    discounted = {"discount_amount", "discount_percent"}.intersection(lines[error.line])
    name = min(discounted) if discounted and "discount" in error.sentence else "price"
    return f"lines[{error.line}].{name}"


def _unless_zero(figure: Decimal | None) -> Decimal | None:
    return None if figure == ZERO else figure
