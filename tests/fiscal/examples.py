"""Short ways to write lines and documents in the tests of the fiscal core."""

from decimal import Decimal

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.document import LineInput, PricedDocument, Prices, price_document


def line(quantity: str, price: str, band: str, percent: str | None = None, amount: str | None = None) -> LineInput:
    return LineInput(
        band=Band(band),
        quantity=Decimal(quantity),
        price=Decimal(price),
        discount_percent=None if percent is None else Decimal(percent),
        discount_amount=None if amount is None else Decimal(amount),
    )


def priced(
    *lines: LineInput,
    prices: Prices = Prices.INCLUSIVE,
    discount: str | None = None,
    percent: str | None = None,
) -> PricedDocument:
    return price_document(
        lines,
        STANDARD_RATES,
        prices,
        invoice_discount=None if discount is None else Decimal(discount),
        invoice_discount_percent=None if percent is None else Decimal(percent),
    )


# Example M of RECEIPTS §3 and the drawing of §10: all five bands and a discount.
MIXED_LINES = (
    line("2", "580.00", "B"),
    line("3", "185.00", "A"),
    line("4", "62.50", "C"),
    line("1", "1200.00", "D"),
    line("12.5", "183.40", "E"),
    line("10", "250.00", "B", percent="12.5"),
)
