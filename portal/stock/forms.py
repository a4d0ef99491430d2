"""How many were added or counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self
from uuid import UUID, uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.catalogue.values import parse_count
from portal.errors import BadInput
from portal.fiscal.money import QUANTITY_DECIMALS, MoneyError
from portal.infra.forms import FormReader, parse_id

LONGEST_NOTE = 200


@dataclass(slots=True)
class StockForm:
    """The form; `seen` is the stock its page showed, `movement_id` makes a second press book nothing."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    note: str | None = None
    seen: Decimal | None = None
    movement_id: UUID = field(default_factory=uuid4)

    @classmethod
    def blank(cls) -> Self:
        """An empty form."""
        return cls({"quantity": "", "note": ""})

    @classmethod
    def read(cls, sent: MultiDict[str, str], *, decimals: int, may_be_zero: bool) -> Self:
        """The form as it was sent; 0 is a count, but nothing that one can add."""
        reader = FormReader(sent)
        empty = _("Enter how many, like 12.")
        quantity = reader.read("quantity", lambda text: _how_many(text, decimals, may_be_zero), required=empty)
        note = reader.text("note", LONGEST_NOTE)
        seen = _number(reader.raw("seen"))
        return cls(reader.typed, reader.errors, quantity, note, seen, parse_id(reader.raw("id")) or uuid4())

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """Each refused field's id on the page with its sentence."""
        return [(f"stock-{name}", sentence) for name, sentence in self.errors.items()]

    @property
    def is_valid(self) -> bool:
        return self.quantity is not None and not self.errors


def _how_many(text: str, decimals: int, may_be_zero: bool) -> Decimal:
    counted = parse_count(text, decimals)
    if counted == 0 and not may_be_zero:
        raise BadInput(_("Enter how many came, more than 0."))
    return counted


def _number(text: str) -> Decimal | None:
    """The stock that the page showed, None for anything that no page of ours wrote."""
    try:
        return parse_count(text, QUANTITY_DECIMALS)
    except MoneyError:
        return None
