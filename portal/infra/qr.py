"""A QR code as the path of an SVG drawing, with its quiet zone, without any style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4


class QrDrawing(NamedTuple):
    """`size` is the width and height of the viewBox in modules, `path` the dark modules."""

    size: int
    path: str


def draw(text: str) -> QrDrawing:
    """The code of `text` with error correction M."""
    code: QRCode = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    runs = (run for y, row in enumerate(matrix) for run in _runs(y, row))
    return QrDrawing(len(matrix), "".join(runs))


def _runs(y: int, row: Sequence[bool]) -> Iterator[str]:
    """The dark stretches of one row, each as one rectangle."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield f"M{start} {y}h{x - start}v1h-{x - start}z"
            start = None
