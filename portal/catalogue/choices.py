"""What a person may choose for an item, in plain words: tax bands, units, packaging, countries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.codelists import queries as codelists
from portal.fiscal.bands import Band, Rates, default_band, offered_bands
from portal.fiscal.money import format_rate
from portal.tenants.queries import this_business

UNITS, PACKAGES, COUNTRIES = "10", "17", "05"  # KRA's code classes
# Inside an item code the sandbox wants exactly two letters (kra/PROTOCOL §6.6).
TWO_LETTERS = re.compile(r"[A-Z]{2}")
# What saveItem accepts; KRA's own list holds more and its check refuses them (kra/PROTOCOL §6.6).
SAFE_PACKAGES = (
    "AM BA BC BE BF BG BJ BK BL BQ BR BV BZ CA CH CJ CL CR CS CT CY DR GT HH IZ JR JU JY KZ LZ ML NT OU PD PG PI PO PU"
    " RL RO RZ SK TN TY VG VL VO VQ VR VT VY"
)
COMMON_UNITS = ("NO", "KG", "PA", "DZ", "PR", "BX", "BG")
COMMON_PACKAGES = ("NT", "CT", "BG", "BE", "CA", "JR")
DEFAULT_UNIT, DEFAULT_PACKAGE, HOME_COUNTRY = "NO", "NT", "KE"
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choices:
    """The bands this business may use with their rates, and KRA's units, packaging and countries as (code, words)."""

    vat_registered: bool
    rates: Rates
    units: Sequence[tuple[str, str]]
    packages: Sequence[tuple[str, str]]
    countries: Sequence[tuple[str, str]]

    @property
    def bands(self) -> Pairs:
        """The bands that are offered."""
        return [(band.value, band_words(band, self.rates)) for band in offered_bands(self.vat_registered)]

    @property
    def default_band(self) -> str:
        """The band a new item starts with."""
        return default_band(self.vat_registered).value

    @property
    def grouped_units(self) -> list[Any]:
        """Units for a select, the common ones first."""
        return grouped(self.units, COMMON_UNITS)

    @property
    def grouped_packages(self) -> list[Any]:
        """Packaging for a select, the common ones first."""
        return grouped(self.packages, COMMON_PACKAGES)


def offered() -> Choices:
    """What the business may choose now; until KRA's lists have come, the defaults alone."""
    units = _pairs(UNITS, {"NO": _("Piece"), "KG": _("Kilogram"), "PA": _("Packet")}, (DEFAULT_UNIT,))
    packages = _pairs(PACKAGES, {"NT": _("No packaging")}, (DEFAULT_PACKAGE,))
    return Choices(
        vat_registered=this_business().vat_registered is not False,
        rates=codelists.rates_now(),
        units=units,
        packages=[pair for pair in packages if pair[0] in SAFE_PACKAGES.split()],
        countries=_pairs(COUNTRIES, {"KE": _("Kenya")}, (HOME_COUNTRY,)),
    )


def unit_words() -> dict[str, str]:
    """Every unit of KRA by its code, in words."""
    return {code.code: _readable(code.name) for code in codelists.codes(UNITS)} | {DEFAULT_UNIT: _("Piece")}


def band_words(band: Band, rates: Rates) -> str:
    """A band as people read it: "Tax band B (16%)"."""
    meaning = {Band.A: _("exempt"), Band.C: _("zero-rated"), Band.D: _("outside VAT")}.get(band)
    return _("Tax band %(letter)s (%(meaning)s)", letter=band.value, meaning=meaning or format_rate(rates[band]))


def grouped(pairs: Sequence[tuple[str, str]], common: Sequence[str]) -> list[Any]:
    """The pairs as two groups of options: the common codes in their order, then all others."""
    known = dict(pairs)
    first = [(code, known[code]) for code in common if code in known]
    rest = [pair for pair in pairs if pair[0] not in common]
    return [{"label": _("Common"), "options": first}, {"label": _("All others"), "options": rest}] if rest else first


def _pairs(code_class: str, words: dict[str, str], least: tuple[str, ...]) -> Pairs:
    known = {code.code: _readable(code.name) for code in codelists.codes(code_class) if TWO_LETTERS.fullmatch(code.code)}
    found = {**{code: code for code in least}, **known, **{code: words[code] for code in words if code in known or code in least}}
    return sorted(((code, f"{name} ({code})") for code, name in found.items()), key=lambda pair: pair[1].lower())


def _readable(name: str) -> str:
    """KRA writes some names in capitals and some in small letters."""
    return name.capitalize() if name.isupper() or name.islower() else name
