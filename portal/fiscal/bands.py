"""KRA's five tax bands (code class 04) and their rates in per cent."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.fiscal.errors import FiscalError


class Band(StrEnum):
    """A tax band by its letter: three bands share the rate 0, so the rate can never be the key."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def carries_vat(self) -> bool:
        """Whether only a VAT-registered business may use the band (16 % and 8 %)."""
        return self in (Band.B, Band.E)

    @property
    def category(self) -> str:
        """The plain name of the band, as the A4 tax table prints it."""
        return CATEGORIES[self]


Rates = Mapping[Band, Decimal]

# A starting value until KRA's own list has arrived; the list is dated data and may say otherwise.
STANDARD_RATES: Rates = MappingProxyType(
    {Band.A: Decimal(0), Band.B: Decimal(16), Band.C: Decimal(0), Band.D: Decimal(0), Band.E: Decimal(8)}
)

CATEGORIES: Mapping[Band, str] = MappingProxyType(
    {Band.A: "Exempt", Band.B: "Standard", Band.C: "Zero rated", Band.D: "Non-VAT", Band.E: "Other rate"}
)


class BandError(FiscalError):
    """A band or a set of rates that cannot be used."""


def parse_band(text: str) -> Band:
    """The band a person or an API client named by its letter; raises BandError."""
    letter = text.strip() if isinstance(text, str) else ""
    if letter.isascii() and letter.upper() in Band.__members__:
        return Band(letter.upper())
    raise BandError("Choose a tax band: A, B, C, D or E.")


def offered_bands(vat_registered: bool) -> tuple[Band, ...]:
    """The bands a business may put on an item: without VAT registration neither B nor E (COMPLIANCE §6)."""
    return tuple(band for band in Band if vat_registered or not band.carries_vat)


def default_band(vat_registered: bool) -> Band:
    """The band a new item starts with."""
    return Band.B if vat_registered else Band.D


def complete_rates(rates: Mapping[Band, Decimal]) -> dict[Band, Decimal]:
    """All five rates in the order of the bands; raises BandError when one is missing or is no percentage."""
    complete = {}
    for band in Band:
        rate = rates.get(band)
        if not isinstance(rate, Decimal) or not rate.is_finite() or not 0 <= rate < 100:
            raise BandError(f"There is no usable tax rate for band {band.value}.")
        complete[band] = rate
    return complete
