"""Priced lines and documents: values whose sums always hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from portal.fiscal.bands import Band, Rates
from portal.fiscal.money import CENT, HUNDRED, ZERO, share, to_cents
from portal.fiscal.tax import split_inclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """One line to the cent: price and amounts include VAT, `taxable_amount` does not (RECEIPTS §3)."""

    band: Band
    rate: Decimal
    quantity: Decimal
    price: Decimal
    supply_amount: Decimal
    discount_rate: Decimal
    discount_amount: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal

    def __post_init__(self) -> None:
        if self.supply_amount - self.discount_amount != self.total_amount:
            raise ValueError("supply less discount is not the total of the line")
        if self.taxable_amount + self.tax_amount != self.total_amount:
            raise ValueError("taxable amount plus tax is not the total of the line")
        if self.quantity <= 0 or min(self.price, self.discount_amount, self.total_amount, self.tax_amount) < 0:
            raise ValueError("a priced line holds no negative figure")


def make_line(*, band: Band, rate: Decimal, quantity: Decimal, price: Decimal, supply: Decimal, discount: Decimal) -> PricedLine:
    """The line that follows from its supply amount and its discount in shillings, both with VAT."""
    split = split_inclusive(supply - discount, band, rate)
    return PricedLine(
        band=band,
        rate=rate,
        quantity=quantity,
        price=price,
        supply_amount=supply,
        discount_rate=discount_rate(supply, discount),
        discount_amount=to_cents(discount),
        taxable_amount=split.net,
        tax_amount=split.tax,
        total_amount=split.gross,
    )


def discount_rate(supply: Decimal, discount: Decimal) -> Decimal:
    """The per cent that agrees with a discount amount, 0 only without one: KRA checks this (PROTOCOL §6.3 rule 4).

    A typed per cent comes out again wherever two decimals can tell it from its neighbours; on small lines the one sent
    may differ in the last decimal, and gives the same amount.
    """
    return max(share(discount, HUNDRED, supply), CENT) if discount else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BandTotal:
    """What a document holds in one band."""

    band: Band
    rate: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDocument:
    """Lines and their sums: totals are sums of rounded lines, so net + tax = total with no residue."""

    lines: tuple[PricedLine, ...]
    rates: Rates = field(hash=False)

    def __post_init__(self) -> None:
        if any(line.rate != self.rates[line.band] for line in self.lines):
            raise ValueError("a line was priced at another rate than its document")

    @property
    def bands(self) -> dict[Band, BandTotal]:
        """All five bands, zeros where unused."""
        return {band: self._band(band) for band in Band}

    @property
    def supply_amount(self) -> Decimal:
        return _sum(line.supply_amount for line in self.lines)

    @property
    def discount_amount(self) -> Decimal:
        return _sum(line.discount_amount for line in self.lines)

    @property
    def taxable_amount(self) -> Decimal:
        return _sum(line.taxable_amount for line in self.lines)

    @property
    def tax_amount(self) -> Decimal:
        return _sum(line.tax_amount for line in self.lines)

    @property
    def total_amount(self) -> Decimal:
        return _sum(line.total_amount for line in self.lines)

    def _band(self, band: Band) -> BandTotal:
        lines = [line for line in self.lines if line.band is band]
        return BandTotal(
            band=band,
            rate=self.rates[band],
            taxable_amount=_sum(line.taxable_amount for line in lines),
            tax_amount=_sum(line.tax_amount for line in lines),
            total_amount=_sum(line.total_amount for line in lines),
        )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
