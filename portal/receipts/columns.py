"""Columns without a table: each row of a paper is one line of text, its cells brought to their places by measured spaces.

A renderer's cost is the number of its text boxes (`PERFORMANCE.md` §1): seven cells cost seven times one line. Our font has
spaces of many widths (U+2004 to U+200A): any gap is filled to within an eighth of a pixel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent / "fonts"
FIGURE = re.compile(r"[-(]?[0-9][0-9.,]*")
SPACE, THIN, HAIR = " ", "\u2009", "\u200a"
# Spaces of a third, a quarter and a sixth of the size beside the hair space, a twelfth: whole twelfths, widest first.
TWELFTHS = {4: "\u2004", 3: "\u2005", 2: "\u2006", 1: HAIR}
LEAST_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Words:
    """A text that begins `at` so many pixels from the left."""

    text: str
    at: float

    @property
    def anchored(self) -> str:
        """What stands to the left of the place: nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number whose digits end `at` so many pixels from the left; a band letter or bracket after them sticks out."""

    text: str
    at: float

    @property
    def anchored(self) -> str:
        """What stands to the left of the place: the digits, or all of a text without any."""
        found = FIGURE.match(self.text)
        return found[0] if found else self.text


@dataclass(frozen=True, slots=True)
class Edge:
    """A text that ends `at` so many pixels from the left."""

    text: str
    at: float

    @property
    def anchored(self) -> str:
        """What stands to the left of the place: all of it."""
        return self.text


Cell = Words | Figure | Edge


@dataclass(frozen=True, slots=True)
class Type:
    """Our font in a size in CSS pixels."""

    size: float
    bold: bool = False

    def width(self, text: str) -> float | None:
        """How wide the text is, None when our font lacks one of its characters."""
        advances, per_em = _advances(self.bold)
        total = 0
        for character in text:
            advance = advances.get(ord(character))
            if advance is None:
                return None
            total += advance
        return total * self.size / per_em

    def line(self, cells: Sequence[Cell]) -> str:
        """One line of text with each cell in its place, or right after the one before when that is too long."""
        text, x = "", 0.0
        for cell in cells:
            gap = cell.at - self._measured(cell.anchored) - x
            filled = self.spaces(max(gap, LEAST_GAP if text else 0.0))
            text += filled + cell.text
            x += self._measured(filled + cell.text)
        return text

    def spaces(self, gap: float) -> str:
        """Spaces that are together as wide as the gap, to within an eighth of a pixel (a fifth below one em)."""
        space, thin, twelfth = (self._measured(one) for one in (SPACE, THIN, HAIR))
        many = 3 * max(0, int(gap / (3 * space)) - 1)
        best, filled = gap, ""
        for more, few in product(range(3), range(5)):
            left = gap - (many + more) * space - few * thin
            whole = round(left / twelfth)
            if whole >= 0 and abs(left - whole * twelfth) < abs(best):
                best, filled = left - whole * twelfth, SPACE * (many + more) + THIN * few + _twelfths(whole)
        return filled

    def wrapped(self, text: str, most: float) -> list[str] | None:
        """The text in lines of at most `most` pixels, broken between words where possible; None when it cannot be measured."""
        if self.width(text) is None:
            return None
        lines: list[str] = []
        line = ""
        for word in self._pieces(text, most):
            longer = f"{line} {word}" if line else word
            if line and self._measured(longer) > most:
                lines.append(line)
                line = word
            else:
                line = longer
        return [*lines, line]

    def _measured(self, text: str) -> float:
        width = self.width(text)
        if width is None:
            raise ValueError(f"our font lacks a character of {text!r}")
        return width

    def _pieces(self, text: str, most: float) -> Iterator[str]:
        """The words of a text, those that are too long in pieces."""
        for word in text.split():
            rest = word
            while len(rest) > 1 and self._measured(rest) > most:
                fits = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or self._measured(rest[:n]) <= most)
                yield rest[:fits]
                rest = rest[fits:]
            yield rest


def _twelfths(whole: int) -> str:
    """Spaces of so many twelfths of the size."""
    text = ""
    for width, space in TWELFTHS.items():
        count, whole = divmod(whole, width)
        text += space * count
    return text


@cache
def _advances(bold: bool) -> tuple[dict[int, int], int]:
    """The width of each character of our font, and how many of these units an em has."""
    with TTFont(FONTS / f"LiberationSans-{'Bold' if bold else 'Regular'}.ttf", lazy=True) as font:
        metrics = font["hmtx"]
        return {code: metrics[glyph][0] for code, glyph in font.getBestCmap().items()}, font["head"].unitsPerEm
