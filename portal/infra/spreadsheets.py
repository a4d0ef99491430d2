"""Tables for other programs: CSV that no spreadsheet takes for formulas (`RELIABILITY.md` §14)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Cell = str | int | Decimal | date | None
# What a spreadsheet would calculate, also written in full width, and also behind blanks.
STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file as spreadsheets want it: UTF-8 with a mark, CRLF, every field quoted, nothing that calculates."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def safe(cell: Cell) -> str:
    """The cell as text; a text that would be a formula begins with an apostrophe, our own numbers stay numbers."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    text = cell.replace("\x00", "")
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) or text.lstrip().startswith(STARTS_A_FORMULA) else text
