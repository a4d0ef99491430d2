"""The papers that there are."""

from __future__ import annotations

from enum import StrEnum


class PaperSize(StrEnum):
    """A4 sheets, or the 80 mm roll of a till: one page as long as what is printed."""

    A4 = "a4"
    ROLL = "roll"
