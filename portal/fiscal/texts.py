"""Texts that are frozen, sent and printed: clean and within KRA's lengths, or refused; never cut (RECEIPTS §2)."""

import unicodedata

from portal.fiscal.errors import FiscalError

# Marks that turn the reading direction could make a printed text read differently from the one sent to KRA.
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class TextError(FiscalError):
    """A text that may not be frozen on a document."""


def clean_text(text: str, limit: int, name: str) -> str:
    """The text on one line without blanks around it, at most `limit` characters; raises TextError."""
    if not isinstance(text, str):
        raise TextError(f"{name}: enter a text.")
    tidy = " ".join(text.split())
    check_text(tidy, limit, name)
    return tidy


def clean_optional_text(text: str | None, limit: int, name: str) -> str | None:
    """Like `clean_text`, with None for an empty text."""
    return (clean_text(text, limit, name) or None) if text is not None else None


def check_text(text: str | None, limit: int, name: str) -> None:
    """Raises TextError when the text is too long or holds characters that cannot be stored or printed."""
    if text is None:
        return
    if len(text) > limit:
        raise TextError(f"{name} is too long: it can have at most {limit} characters.")
    if any(_is_unprintable(character) for character in text):
        raise TextError(f"{name} holds a character that cannot be printed.")


def _is_unprintable(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or character in _DIRECTION_MARKS
