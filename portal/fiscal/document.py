"""From what a person typed to a priced document (ARCHITECTURE §4, RECEIPTS §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.fiscal.bands import Band, BandError, Rates, complete_rates
from portal.fiscal.discounts import spread
from portal.fiscal.errors import FiscalError
from portal.fiscal.money import (
    HUNDRED,
    LARGEST_QUANTITY,
    MONEY_LIMIT,
    QUANTITY_DECIMALS,
    ZERO,
    decimals_of,
    multiply,
    plain,
    share,
    to_cents,
)
from portal.fiscal.priced import BandTotal, PricedDocument, PricedLine, make_line
from portal.fiscal.tax import inclusive_price

__all__ = [
    "BandTotal",
    "ItemType",
    "LineInput",
    "PricedDocument",
    "PricedLine",
    "Prices",
    "PricingError",
    "price_document",
]

MOST_LINES = 500


class Prices(StrEnum):
    """Whether the prices of a document were typed with or without VAT."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class ItemType(StrEnum):
    """KRA's item types (code class 24)."""

    RAW_MATERIAL = "1"
    FINISHED = "2"
    SERVICE = "3"

    @property
    def is_goods(self) -> bool:
        """Whether the item has stock; a service has none."""
        return self is not ItemType.SERVICE

    @property
    def word(self) -> str:
        """The word forms use: goods or service."""
        return "goods" if self.is_goods else "service"


class PricingError(FiscalError):
    """Lines that cannot be priced; `line` is the index of the line to mend, counted from 0, or None."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence if line is None else f"Line {line + 1}: {sentence}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """What a person typed for one line, already parsed; the price is with or without VAT as the document says."""

    band: Band
    quantity: Decimal
    price: Decimal
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None


def price_document(
    lines: Sequence[LineInput],
    rates: Rates,
    prices: Prices = Prices.INCLUSIVE,
    invoice_discount: Decimal | None = None,
    invoice_discount_percent: Decimal | None = None,
) -> PricedDocument:
    """The lines priced to the cent with all totals; raises PricingError with the line to mend."""
    if not lines:
        raise PricingError("Add at least one line.")
    if len(lines) > MOST_LINES:
        raise PricingError(f"An invoice can have at most {MOST_LINES} lines.")
    try:
        known_rates = complete_rates(rates)
    except BandError as error:
        raise PricingError(error.sentence) from error
    priced = [_price_line(line, known_rates[line.band], prices, index) for index, line in enumerate(lines)]
    shares = _invoice_discount_shares(priced, prices, invoice_discount, invoice_discount_percent)
    document = PricedDocument(lines=tuple(map(_with_more_discount, priced, shares)), rates=known_rates)
    if document.supply_amount >= MONEY_LIMIT:
        raise PricingError("The invoice is too large: its total must be below 10,000,000,000,000.00.")
    return document


def _price_line(line: LineInput, rate: Decimal, prices: Prices, index: int) -> PricedLine:
    _check_quantity(line.quantity, index)
    _check_money(line.price, "price", index)
    price = _with_vat(line.price, rate, prices)
    supply = to_cents(multiply(price, line.quantity))
    if supply >= MONEY_LIMIT:
        raise PricingError("price times quantity is too large.", index)
    discount = _line_discount(line, supply, rate, prices, index)
    return make_line(band=line.band, rate=rate, quantity=plain(line.quantity), price=price, supply=supply, discount=discount)


def _line_discount(line: LineInput, supply: Decimal, rate: Decimal, prices: Prices, index: int) -> Decimal:
    if line.discount_percent is not None and line.discount_amount is not None:
        raise PricingError("give the discount as a percentage or as an amount, not both.", index)
    if line.discount_percent is not None:
        _check_percent(line.discount_percent, index)
        return share(supply, line.discount_percent, HUNDRED)
    if line.discount_amount is None:
        return ZERO
    _check_money(line.discount_amount, "discount", index)
    if line.discount_amount > to_cents(multiply(line.price, line.quantity)):
        raise PricingError("the discount is more than the price of the line.", index)
    # Without VAT the whole price may be given away, yet round to a cent more than the line: the line is the limit.
    return min(_with_vat(line.discount_amount, rate, prices), supply)


def _invoice_discount_shares(
    lines: Sequence[PricedLine], prices: Prices, amount: Decimal | None, percent: Decimal | None
) -> list[Decimal]:
    """What each line gives to the discount on the whole invoice, with VAT, never more than the line is worth."""
    if amount is not None and percent is not None:
        raise PricingError("Give the discount of the invoice as a percentage or as an amount, not both.")
    totals = [line.total_amount for line in lines]
    if percent is not None:
        _check_percent(percent, None)
        return spread(share(sum(totals, ZERO), percent, HUNDRED), totals)
    if amount is None:
        return [ZERO] * len(lines)
    _check_money(amount, "discount of the invoice", None)
    # A discount typed without VAT is shared out before VAT, then VAT is added line by line.
    weights = totals if prices is Prices.INCLUSIVE else [line.taxable_amount for line in lines]
    if amount > sum(weights, ZERO):
        raise PricingError("The discount of the invoice is more than its lines together.")
    shares = zip(lines, spread(to_cents(amount), weights), strict=True)
    return [min(_with_vat(one, line.rate, prices), line.total_amount) for line, one in shares]


def _with_more_discount(line: PricedLine, more: Decimal) -> PricedLine:
    if not more:
        return line
    return make_line(
        band=line.band,
        rate=line.rate,
        quantity=line.quantity,
        price=line.price,
        supply=line.supply_amount,
        discount=line.discount_amount + more,
    )


def _with_vat(amount: Decimal, rate: Decimal, prices: Prices) -> Decimal:
    return inclusive_price(amount, rate) if prices is Prices.EXCLUSIVE else to_cents(amount)


def _check_quantity(quantity: Decimal, index: int) -> None:
    if not quantity.is_finite() or quantity <= 0:
        raise PricingError("the quantity must be more than 0.", index)
    if quantity > LARGEST_QUANTITY:
        raise PricingError("the quantity can be at most 9,999,999,999.", index)
    if decimals_of(quantity) > QUANTITY_DECIMALS:
        raise PricingError(f"the quantity has at most {QUANTITY_DECIMALS} decimals.", index)


def _check_money(amount: Decimal, what: str, index: int | None) -> None:
    if not amount.is_finite() or not 0 <= amount < MONEY_LIMIT:
        raise PricingError(f"the {what} must be 0 or more and below 10,000,000,000,000.00.", index)
    if decimals_of(amount) > 2:
        raise PricingError(f"the {what} has at most 2 decimals.", index)


def _check_percent(percent: Decimal, index: int | None) -> None:
    if not percent.is_finite() or not 0 <= percent <= HUNDRED:
        raise PricingError("the discount must be between 0 and 100 per cent.", index)
    if decimals_of(percent) > 2:
        raise PricingError("the discount has at most 2 decimals.", index)
