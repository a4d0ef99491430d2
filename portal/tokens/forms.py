"""What a person types about a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.infra.forms import FormReader
from portal.tokens.scopes import KNOWN, Scope

LONGEST_NAME = 40


@dataclass(slots=True)
class TokenForm:
    """The form: what stands in it, the sentence at each refused field, and the ticked scopes."""

    typed: dict[str, str]
    errors: dict[str, str]
    scopes: list[Scope]

    @classmethod
    def blank(cls) -> Self:
        """A form in which everything but setting up control units is ticked."""
        return cls({}, {}, [scope for scope in Scope if scope is not Scope.WRITE_DEVICES])

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """The form as it was sent."""
        reader = FormReader(sent)
        reader.text("name", LONGEST_NAME, required=_("Enter what will use the token, like “Till 2”."))
        scopes = [Scope(value) for value in sent.getlist("scopes") if value in KNOWN]
        if not scopes:
            reader.refuse("scopes", _("Choose at least one thing that the token may do."))
        return cls(reader.typed, reader.errors, scopes)

    @property
    def name(self) -> str:
        return " ".join(self.typed["name"].split())


def scope_words() -> dict[Scope, str]:
    """What each scope allows, in words."""
    return {
        Scope.READ_DOCUMENTS: _("Read invoices and credit notes, and what waits for KRA"),
        Scope.WRITE_INVOICES: _("Issue invoices and hand out receipts"),
        Scope.WRITE_CREDIT_NOTES: _("Issue credit notes"),
        Scope.READ_CATALOGUE: _("Read items and customers"),
        Scope.WRITE_CATALOGUE: _("Add items and customers"),
        Scope.READ_DEVICES: _("Read branches and control units"),
        Scope.WRITE_DEVICES: _("Open branches and set up control units"),
        Scope.READ_LOGS: _("Read the activity log"),
    }
