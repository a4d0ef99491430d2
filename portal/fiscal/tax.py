"""VAT inside a price."""

from dataclasses import dataclass
from decimal import Decimal

from portal.fiscal.bands import Band
from portal.fiscal.money import HUNDRED, share, to_cents


@dataclass(frozen=True, slots=True)
class TaxedAmount:
    """A price split into what the seller keeps and what is owed as tax."""

    band: Band
    gross: Decimal
    net: Decimal
    tax: Decimal

    def __post_init__(self) -> None:
        if self.net + self.tax != self.gross:
            raise ValueError(f"{self.net} + {self.tax} is not {self.gross}")


def split_inclusive(gross: Decimal, band: Band, rate: Decimal) -> TaxedAmount:
    """The tax inside an inclusive amount: net is rounded, tax is the rest, so the two always add up (RECEIPTS §3)."""
    gross = to_cents(gross)
    net = share(gross, HUNDRED, HUNDRED + rate)
    return TaxedAmount(band, gross, net, gross - net)


def inclusive_price(net: Decimal, rate: Decimal) -> Decimal:
    """The price with VAT of a price typed without it, to the cent."""
    return share(net, HUNDRED + rate, HUNDRED)
