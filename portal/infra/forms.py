"""Reading a form: what was typed is kept, and each refusal stands at its field."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Collection
from typing import TypeVar
from uuid import UUID

import phonenumbers
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.errors import BadInput, PortalError

Value = TypeVar("Value")
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = re.compile(rf"[^@\s\"<>,;:()]{{1,64}}@{LABEL}(?:\.{LABEL})+")
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Marks that turn the reading direction could make a text read differently on paper.
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class FormReader:
    """One sent form: `typed` holds every asked field as it was written, `errors` one sentence per refused field."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self._form = form
        self.typed: dict[str, str] = {}
        self.errors: dict[str, str] = {}

    @classmethod
    def blank(cls) -> FormReader:
        """A form that nobody has filled in yet."""
        return cls(MultiDict())

    def raw(self, name: str) -> str:
        """What stands in the field, '' when it is missing; a field that came twice is refused."""
        found = self._form.getlist(name)
        self.typed[name] = printable(found[0]) if found else ""
        if len(found) > 1:
            self.refuse(name, _("This came twice. Fill it in once."))
        return found[0] if found else ""

    def text(self, name: str, most: int, *, required: str = "") -> str | None:
        """One line of text of at most `most` characters, None when empty; `required` is the sentence for an empty one."""
        return self.read(name, lambda raw: one_line(raw, most), required=required)

    def read(self, name: str, parse: Callable[[str], Value], *, required: str = "") -> Value | None:
        """What `parse` makes of the field, None when it is empty or was refused by an error with a `sentence`."""
        raw = self.raw(name)
        if name in self.errors:
            return None
        if not raw.strip():
            if required:
                self.refuse(name, required)
            return None
        try:
            return parse(raw)
        except Exception as error:
            sentence = getattr(error, "sentence", None)
            if not isinstance(sentence, str):
                raise
            self.refuse(name, sentence)
            return None

    def choice(self, name: str, allowed: Collection[str], sentence: str, *, default: str | None = None) -> str | None:
        """One of the `allowed` values; `default` (or a refusal with `sentence`) when the field is empty."""
        raw = self.raw(name)
        if raw in allowed:
            return raw
        if not raw and default is not None:
            self.typed[name] = default
            return default
        self.refuse(name, sentence)
        return None

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.raw(name))

    def refuse(self, name: str, sentence: str) -> None:
        """Keep the first refusal of a field; a name of '' is the form as a whole."""
        self.errors.setdefault(name, sentence)

    def complain(self, problem: PortalError) -> None:
        """Show what a service refused at the field it names, or above the form."""
        self.refuse(problem.field or "" if isinstance(problem, BadInput) else "", problem.sentence)


def printable(text: str) -> str:
    """The text without characters that can be neither stored nor shown (NUL, half of a surrogate pair)."""
    return "".join(character for character in text if not _is_unprintable(character))


def one_line(text: str, most: int) -> str:
    """The text with single spaces and none around it; raises BadInput when it is too long or cannot be printed."""
    tidy = " ".join(text.split())
    if any(_is_unprintable(character) for character in tidy):
        raise BadInput(_("This holds a character that cannot be printed. Type it again."))
    if len(tidy) > most:
        raise BadInput(_("This is too long: it can have at most %(most)s characters.", most=most))
    return tidy


def parse_phone(text: str) -> str:
    """A telephone number as +254712345678 from 0712…, 0112…, +254… or another country's +…; raises BadInput."""
    sentence = _("Enter a phone number, like 0712 345 678.")
    if len(text) > 40 or not text.isascii():
        raise BadInput(sentence)
    try:
        number = phonenumbers.parse(text, "KE")
    except phonenumbers.NumberParseException as error:
        raise BadInput(sentence) from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise BadInput(sentence)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_email(text: str, most: int = 254) -> str:
    """An e-mail address without blanks around it; raises BadInput."""
    tidy = text.strip()
    if len(tidy) > most:
        raise BadInput(_("This is too long: it can have at most %(most)s characters.", most=most))
    if not tidy.isprintable() or not EMAIL.fullmatch(tidy):
        raise BadInput(_("Enter an e-mail address, like grace@example.com."))
    return tidy


def parse_id(text: str) -> UUID | None:
    """The id of a row as it stands in a form or an address, None for anything else."""
    try:
        return UUID(text) if len(text) <= 36 else None
    except ValueError:
        return None


def idempotency_key(sent: str | None) -> str:
    """The key of the form that was sent, or a fresh one for a form that is drawn."""
    return sent if sent and KEY.fullmatch(sent) else secrets.token_urlsafe(24)


def _is_unprintable(character: str) -> bool:
    # U+FFFD stands where bytes were sent that are no text.
    unseen = character not in "\n\t\r" and unicodedata.category(character) in ("Cc", "Cs")
    return unseen or character in DIRECTION_MARKS or character == "\ufffd"
