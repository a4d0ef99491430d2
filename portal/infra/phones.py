"""Phone numbers as people read them in Kenya; they are kept as E.164."""

from __future__ import annotations

import phonenumbers


def show_phone(number: str | None) -> str:
    """`0712 345678`, with the country code for a foreign number; '' for none."""
    if not number:
        return ""
    parsed = phonenumbers.parse(number, None)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if parsed.country_code == 254 else style.INTERNATIONAL)
