"""Canonical bytes: the same document and number always give the same bytes (RELIABILITY §4, two freezes)."""

import json
from collections.abc import Mapping
from decimal import Decimal

JsonValue = str | int | bool | Decimal | None | Mapping[str, "JsonValue"] | list["JsonValue"]


def canonical_json(value: JsonValue) -> bytes:
    """Return JSON with sorted keys, no blanks, ASCII escapes, and numbers in fixed notation."""
    return _written(value).encode("ascii")


def number_text(value: Decimal) -> str:
    """Return a decimal as JSON number text without exponent and without needless zeros: 1E+2 is 100, 1.50 is 1.5."""
    if not value.is_finite():
        raise ValueError("Only finite numbers can be sent.")
    fixed = format(value, "f")
    if "." in fixed:
        fixed = fixed.rstrip("0").rstrip(".")
    return "0" if fixed in ("-0", "") else fixed


def _written(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, Decimal):
        return number_text(value)
    if value is None or isinstance(value, str | int):      # a float is refused: it is no amount
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} cannot be sent.")
