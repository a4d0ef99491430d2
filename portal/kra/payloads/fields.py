"""Checks before sending: length, form and size of every value; a PayloadError names the field in our words."""

import re
from decimal import Decimal

from portal.fiscal.money import LARGEST_QUANTITY, MONEY_LIMIT, decimals_of
from portal.fiscal.pins import PinError, parse_pin
from portal.fiscal.texts import TextError, check_text
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.payloads.canonical import JsonValue

_CODE = re.compile(r"[A-Za-z0-9]+")
_BRANCH = re.compile(r"[0-9]{2}")
LARGEST_NUMBER = 10**15


def text(field: str, value: str | None, most: int) -> str:
    """Return a text that must be there, at most `most` characters long."""
    found = optional_text(field, value, most)
    if found is None:
        raise PayloadError(field, f"The {field} is missing, and KRA wants it.")
    return found


def optional_text(field: str, value: str | None, most: int) -> str | None:
    """Return a text or None; blanks count as none, because KRA refuses an empty text."""
    if value is None or not value.strip():
        return None
    try:
        check_text(value, most, f"The {field}")
    except TextError as error:
        raise PayloadError(field, error.sentence) from error
    return value.strip()


def code(field: str, value: str | None, most: int = 5) -> str:
    """Return a code of KRA's lists: letters and digits."""
    found = text(field, value, most)
    if not _CODE.fullmatch(found):
        raise PayloadError(field, f"The {field} is not a code that KRA knows.")
    return found


def pin(field: str, value: str | None) -> str | None:
    """Return a PIN of eleven characters, or None."""
    if not value:
        return None
    try:
        return parse_pin(value)
    except PinError as error:
        raise PayloadError(field, f"The {field} is not a KRA PIN: A or P, nine digits and a letter.") from error


def branch(field: str, value: str | None) -> str | None:
    """Return a branch of two digits, or None."""
    if value is not None and not _BRANCH.fullmatch(value):
        raise PayloadError(field, f"The {field} must have two digits.")
    return value


def number(field: str, value: int, least: int = 1) -> int:
    """Return a running number."""
    if isinstance(value, bool) or not least <= value < LARGEST_NUMBER:
        raise PayloadError(field, f"The {field} must be a whole number from {least}.")
    return value


def money(field: str, value: Decimal) -> Decimal:
    """Return an amount in shillings: 0 or more, two decimals, under fifteen digits."""
    if not value.is_finite() or not 0 <= value < MONEY_LIMIT or decimals_of(value) > 2:
        raise PayloadError(field, f"The {field} must be an amount from 0 with at most 2 decimals.")
    return value


def quantity(field: str, value: Decimal, decimals: int = 4, least: Decimal | None = None) -> Decimal:
    """Return a quantity above 0 (or from `least`) with at most `decimals` decimals, sent exactly."""
    fits = value.is_finite() and value <= LARGEST_QUANTITY and decimals_of(value) <= decimals
    if not fits or (value <= 0 if least is None else value < least):
        raise PayloadError(
            field, f"The {field} must be a number of at most 9,999,999,999 with up to {decimals} decimals.")
    return value


def percent(field: str, value: Decimal) -> Decimal:
    """Return a rate between 0 and 100 with two decimals."""
    if not value.is_finite() or not 0 <= value <= 100 or decimals_of(value) > 2:
        raise PayloadError(field, f"The {field} must be between 0 and 100 with at most 2 decimals.")
    return value


def flag(value: bool) -> str:
    """Return KRA's Y or N."""
    return "Y" if value else "N"


def asker(identity: DeviceIdentity) -> dict[str, JsonValue]:
    """Return the identity that every body carries; the key is never part of it (PROTOCOL §2.2)."""
    return {"tin": identity.pin, "bhfId": identity.branch_code}


def made_by(operator_id: str, operator_name: str) -> dict[str, JsonValue]:
    """Return who created and who changed a record; KRA refuses a blank changer also on a first save."""
    who = text("operator's id", operator_id, 20)
    name = text("operator's name", operator_name, 60)
    return {"regrId": who, "regrNm": name, "modrId": who, "modrNm": name}
