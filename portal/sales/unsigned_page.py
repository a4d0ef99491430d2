"""What the page of a training or proforma document shows, worked out before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import Label
from portal.fiscal.money import ZERO
from portal.identity.access import Actor
from portal.identity.permissions import Permission
from portal.sales import unsigned_queries
from portal.sales.document_page import line_row
from portal.sales.form_page import band_rows
from portal.sales.unsigned_queries import Link, Unsigned
from portal.sales.words import payment_rows


@dataclass(frozen=True, slots=True)
class UnsignedPage:
    """A document that KRA is never told of, and what a person may do with it."""

    found: Unsigned
    actor: Actor
    links: list[Link]

    @property
    def document(self) -> FiscalDocument:
        return self.found.document

    @property
    def is_proforma(self) -> bool:
        return self.found.label is Label.PS

    @property
    def sign(self) -> int:
        return -1 if self.found.label is Label.TC else 1

    @property
    def title(self) -> str:
        """What it is, in words."""
        return {Label.PS: _("Proforma"), Label.TS: _("Training invoice"), Label.TC: _("Training credit note")}[self.found.label]

    @property
    def may_credit(self) -> bool:
        """Whether something of a practice sale is left for a practice note."""
        noted = -sum((link.total or ZERO for link in self.links if link.relation == "note"), ZERO)
        left = self.document.priced.total_amount > noted
        return self.found.label is Label.TS and left and self.actor.may(Permission.ISSUE_CREDIT_NOTES)

    def lines(self) -> list[dict[str, Any]]:
        """The items as rows of the table."""
        return [line_row(line, self.document.rates, self.sign) for line in self.document.lines]

    def bands(self) -> list[tuple[str, Decimal, Decimal]]:
        """The tax bands in use."""
        return [(words, self.sign * taxable, self.sign * tax + ZERO) for words, taxable, tax in band_rows(self.document.priced)]

    def payments(self) -> list[tuple[str, Decimal]]:
        """How it was paid in practice; a proforma was not."""
        return [] if self.is_proforma else payment_rows(self.document, self.sign)


def page_of(found: Unsigned, actor: Actor) -> UnsignedPage:
    """The page of a training or proforma document."""
    return UnsignedPage(found, actor, unsigned_queries.links(found))
