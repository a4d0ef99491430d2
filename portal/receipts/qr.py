"""The QR code of a receipt as one SVG path: error level M, with its quiet zone (RECEIPTS §7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import qrcode

QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A square of `side` modules, quiet zone included, and the path of its dark ones."""

    side: int
    path: str


@lru_cache(maxsize=512)
def qr_picture(text: str) -> QrPicture:
    """The picture that decodes to exactly `text`; made once per signature, original and copies share it."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    rows = (_row(y, row) for y, row in enumerate(matrix))
    return QrPicture(side=len(matrix), path="".join(rows))


def _row(y: int, row: list[bool]) -> str:
    """The dark runs of one row, each as one rectangle."""
    parts, x = [], 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            parts.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(parts)
