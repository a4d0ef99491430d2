"""A QR code as the path of an SVG drawing, with its quiet zone, without any style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4


class QrDrawing(NamedTuple):
    """`size` is the width and height of the viewBox in modules; `path`, stroked one module wide, draws the dark ones."""

    size: int
    path: str


@lru_cache(maxsize=512)
def draw(text: str) -> QrDrawing:
    """The code of `text` with error correction M; made once, since a page, an original and its copies share it."""
    code: QRCode = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    runs = (run for y, row in enumerate(matrix) for run in _runs(y, row))
    return QrDrawing(len(matrix), "".join(runs))


def _runs(y: int, row: Sequence[bool]) -> Iterator[str]:
    """The dark stretches of one row, each a line through its middle: half the path that rectangles would need."""
    x = 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            yield f"M{x} {y}.5h{width}"
        x += width
