"""Units of measure as people read them on paper: KRA's codes of class 10 (`kra/codes.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# A table of our own, because a stored receipt must read the same when it is rendered again: KRA's list may change.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "4B": "pair",
        "AV": "cap",
        "BA": "barrel",
        "BE": "bundle",
        "BG": "bag",
        "BL": "block",
        "BLL": "barrel",
        "BX": "box",
        "CA": "can",
        "CEL": "cell",
        "CMT": "cm",
        "CR": "carat",
        "DR": "drum",
        "DZ": "dozen",
        "GLL": "gallon",
        "GRM": "g",
        "GRO": "gross",
        "KG": "kg",
        "KTM": "km",
        "KWT": "kW",
        "L": "litre",
        "LBR": "pound",
        "LK": "link",
        "LTR": "litre",
        "M": "m",
        "M2": "m²",
        "M3": "m³",
        "MGM": "mg",
        "MTR": "m",
        "MWT": "MWh",
        "NO": "pcs",
        "NX": "‰",
        "PA": "packet",
        "PG": "plate",
        "PR": "pair",
        "RL": "reel",
        "RO": "roll",
        "SET": "set",
        "ST": "sheet",
        "TNE": "tonne",
        "TU": "tube",
        "U": "pcs",
        "YRD": "yard",
    }
)


def unit_word(code: str) -> str:
    """The word for a unit code; the code itself when KRA added it later."""
    return WORDS.get(code, code)
