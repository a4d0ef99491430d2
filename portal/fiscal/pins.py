"""KRA PINs: the form only; whether a PIN exists is a question for KRA."""

import re

from portal.fiscal.errors import FiscalError

_PIN = re.compile(r"[AP][0-9]{9}[A-Z]")


class PinError(FiscalError):
    """A text that has not the form of a KRA PIN."""


def parse_pin(text: str) -> str:
    """The PIN in capitals without blanks around it; raises PinError (COMPLIANCE §6)."""
    typed = text.strip() if isinstance(text, str) else ""
    if not typed:
        raise PinError("Enter a KRA PIN, for example P051234567Q.")
    # Before upper(): outside ASCII it turns the long s and the dotless i into letters that KRA never gave.
    if not typed.isascii() or not _PIN.fullmatch(typed.upper()):
        raise PinError("A KRA PIN is A or P, nine digits and a letter, for example P051234567Q.")
    return typed.upper()


def is_individual(pin: str) -> bool:
    """Whether the PIN belongs to a person rather than a company."""
    return pin.startswith("A")
