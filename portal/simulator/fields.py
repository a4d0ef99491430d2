"""Field tables as the papers print them (name, type, required), and the check of a request against one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.simulator.clock import moment
from portal.simulator.codelists import has_code
from portal.simulator.envelope import CODE_VALUE_ERROR, REQUEST_ERROR, Refusal, refuse

NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?\Z", re.ASCII)
WHOLE_NUMBER = re.compile(r"-?\d{1,40}\Z", re.ASCII)
MOST_DECIMALS = 100
TYPE = re.compile(r"([CNQD])(\d+)(?:,(\d+))?\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a field table: C text, N number, Q quantity, D time of 8 or 14 digits."""

    name: str
    kind: str
    size: int
    decimals: int
    required: bool
    positive: bool
    code_class: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the request a field stands, for the texts of refusals; line counts from 1 inside itemList."""

    path: str = ""
    line: int | None = None


def table(text: str) -> tuple[Field, ...]:
    """The fields of a table written one per line: name, type, Y / N / P (required and above zero), @class of codes."""
    return tuple(_row(line.split()) for line in text.splitlines() if line.strip())


def _row(words: list[str]) -> Field:
    name, type_, need, *rest = words
    match = TYPE.match(type_)
    if match is None:
        raise ValueError(f"{type_} is no type of a field table")
    kind, size, decimals = match.groups()
    return Field(name, kind, int(size), int(decimals or 0), need in "YP", need == "P", rest[0][1:] if rest else None)


def read(fields: tuple[Field, ...], source: Mapping[str, Any], place: Place, quantity_decimals: int) -> dict[str, Any]:
    """The fields of a request, checked: texts as they came, numbers as int or Decimal, None where absent."""
    values: dict[str, Any] = {}
    for field in fields:
        given = source.get(field.name)
        if given is None or given == "":
            if field.required or given == "":
                raise _missing(field, place)
            values[field.name] = None
        elif field.kind in "NQ":
            values[field.name] = _number(field, given, place, quantity_decimals)
        else:
            values[field.name] = _text(field, given, place)
    return values


def _missing(field: Field, place: Place) -> Refusal:
    if place.line is not None:
        return refuse(f"Expected a value for {field.name} on item: {place.line} but is empty or null")
    return parameter_error(field.name, "may not be empty", place)


def parameter_error(name: str, problem: str, place: Place | None = None) -> Refusal:
    """The refusal 910 that names a field."""
    where = place or Place()
    prefix = f"itemList[{where.line - 1}]." if where.line is not None else where.path
    return Refusal(REQUEST_ERROR, f"Request parameter error[{prefix}{name} : {problem}]")


def code_error(name: str, place: Place) -> Refusal:
    """The refusal 913: a value is not in its code list."""
    parent = "<itemList>" if place.line is not None else ""
    return Refusal(CODE_VALUE_ERROR, f"Code value error among request parameters [{parent}<{name}>]")


def _text(field: Field, given: object, place: Place) -> str:
    if not isinstance(given, str):
        raise parameter_error(field.name, "must be a text", place)
    if field.kind == "D":
        return _time(field, given, place)
    if len(given) > field.size:
        raise parameter_error(field.name, f"size must be between 0 and {field.size}", place)
    if field.required and not given.strip():
        raise _missing(field, place)
    if field.code_class and not has_code(field.code_class, given):
        raise code_error(field.name, place)
    return given


def _time(field: Field, given: str, place: Place) -> str:
    try:
        moment(given)
    except ValueError:
        raise parameter_error(field.name, "is not a valid date", place) from None
    if len(given) != field.size:
        raise parameter_error(field.name, f"must have {field.size} digits", place)
    return given


def _number(field: Field, given: object, place: Place, quantity_decimals: int) -> int | Decimal:
    number = _parse_number(field, given, place)
    if number < 0:
        raise parameter_error(field.name, "must not be negative", place)
    if field.positive and not number:
        raise _missing(field, place)
    decimals = quantity_decimals if field.kind == "Q" else field.decimals
    whole_digits = field.size - field.decimals
    if not _fits(number, whole_digits, decimals):
        bounds = f"numeric value out of bounds (<{whole_digits} digits>.<{decimals} digits> expected)"
        raise parameter_error(field.name, bounds, place)
    return int(number) if field.decimals == 0 and field.kind == "N" else number


def _parse_number(field: Field, given: object, place: Place) -> Decimal:
    pattern = WHOLE_NUMBER if field.decimals == 0 and field.kind == "N" else NUMBER
    if isinstance(given, str) and pattern.match(given):
        return Decimal(given)
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return Decimal(given)
    raise parameter_error(field.name, "must be a number", place)


def _fits(number: Decimal, whole_digits: int, decimals: int) -> bool:
    """Whether a number keeps to its digits; looks at the exponent first, because 1e999999999 must not be written out."""
    exponent = number.as_tuple().exponent
    if number.adjusted() >= whole_digits or not isinstance(exponent, int) or exponent < -MOST_DECIMALS:
        return False
    fraction = f"{number:f}".partition(".")[2]
    return len(fraction.rstrip("0")) <= decimals
