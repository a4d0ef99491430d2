"""Tolerant reading of single values (PROTOCOL §2.1): numbers as text and text as numbers, junk as None."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

_MOST_DIGITS = 18       # of a whole number: what a bigint column holds


def text(raw: object, most: int = 4000) -> str | None:
    """Return a trimmed text of at most `most` characters that a database takes, None when empty or no text."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    clean = str(raw).replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
    return clean[:most] or None


def number(raw: object) -> Decimal | None:
    """Return a finite number of sane size, whether it came as a JSON number or as text."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    try:
        value = Decimal(raw.strip().replace(",", "") if isinstance(raw, str) else raw)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return None     # also keeps 1e999999 from becoming a number of a million digits
    return value


def whole(raw: object) -> int | None:
    """Return a whole number that is not negative, None for anything else."""
    value = number(raw)
    if value is None or value < 0 or value != value.to_integral_value() or value.adjusted() >= _MOST_DIGITS:
        return None
    return int(value)


def yes(raw: object) -> bool | None:
    """Return True for Y, False for N, None for anything else."""
    return {"Y": True, "N": False}.get((text(raw) or "").upper())


def first(row: Mapping[str, object], *names: str) -> object:
    """Return the first of several spellings of one field that is present and not null."""
    for name in names:
        if row.get(name) is not None:
            return row[name]
    return None


def rows(raw: object) -> list[Mapping[str, object]]:
    """Return the objects of a list; anything else in it is left out."""
    return [row for row in raw if isinstance(row, dict)] if isinstance(raw, list) else []
