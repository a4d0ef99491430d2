"""The QR code of a receipt as one SVG path: error level M, with its quiet zone (RECEIPTS §7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import qrcode

QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A square of `side` modules, quiet zone included, and the path to stroke one module wide for its dark ones."""

    side: int
    path: str


@lru_cache(maxsize=512)
def qr_picture(text: str) -> QrPicture:
    """The picture that decodes to exactly `text`; made once per signature, original and copies share it."""
    code: qrcode.QRCode = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    return QrPicture(side=len(matrix), path="".join(run for y, row in enumerate(matrix) for run in _runs(y, row)))


def _runs(y: int, row: Sequence[bool]) -> Iterator[str]:
    """The dark runs of one row, each as a line through its middle: strokes cost a renderer half of what boxes do."""
    x = 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            yield f"M{x} {y}.5h{width}"
        x += width
