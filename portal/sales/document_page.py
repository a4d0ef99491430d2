"""What the page of a document shows, worked out before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.fiscal.bands import Band
from portal.fiscal.frozen import DocumentLine, FiscalDocument, Issued
from portal.fiscal.labels import DocumentKind, original_label
from portal.fiscal.money import ZERO, format_quantity
from portal.fiscal.numbering import cu_invoice_number, dashed
from portal.fiscal.qr import receipt_url
from portal.identity.access import Actor
from portal.identity.permissions import Permission
from portal.infra import qr
from portal.infra.wording import day_and_time, local, time_of
from portal.sales import queries, unsigned_queries
from portal.sales.form_page import band_rows
from portal.sales.models import Document
from portal.sales.status import ATTENTION, WAITING, Poll, credited_amounts, poll_after, state_of
from portal.sales.words import band_words, payment_rows
from portal.submissions import queries as submissions
from portal.submissions.models import Submission
from portal.submissions.queries import Problem, Try


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A document, its submission, and what a person may do with it now."""

    row: Document
    issued: Issued
    submission: Submission
    credited: Decimal
    problem: Problem | None
    tries: tuple[Try, ...]
    actor: Actor

    @property
    def document(self) -> FiscalDocument:
        return self.issued.document

    @property
    def sign(self) -> int:
        """Amounts of a credit note are shown below zero."""
        return -1 if self.row.kind == DocumentKind.CREDIT_NOTE else 1

    @property
    def state(self) -> str:
        return state_of(self.row.state, self.submission.state, self.row.total_amount, self.credited)

    @property
    def is_signed(self) -> bool:
        return self.row.state == "issued" and self.submission.state == "accepted"

    @property
    def is_waiting(self) -> bool:
        return self.row.state == "issued" and self.submission.state in WAITING

    @property
    def needs_attention(self) -> bool:
        return self.row.state == "issued" and self.submission.state in ATTENTION

    @property
    def may_credit(self) -> bool:
        left = self.document.priced.total_amount > self.credited
        return self.is_signed and self.sign == 1 and left and self.actor.may(Permission.ISSUE_CREDIT_NOTES)

    @property
    def may_withdraw(self) -> bool:
        """While KRA does not have it and no number is bound (rule 14)."""
        told = self.submission
        free = told.state in ("refused", "queued") and told.sequence_no is None and told.body is None
        return self.row.state == "issued" and free and self.actor.may(Permission.ISSUE_INVOICES)

    @property
    def may_send_again(self) -> bool:
        return self.submission.state == "refused" and self.row.state == "issued" and self.actor.may(Permission.ISSUE_INVOICES)

    @property
    def may_check_again(self) -> bool:
        return self.submission.state == "unknown" and self.actor.may(Permission.ISSUE_INVOICES)

    @property
    def corrects_best(self) -> bool:
        """Whether a corrected document helps more than sending the same one again."""
        return self.problem is not None and self.problem.helps != "send_again"

    def poll(self, asked: int) -> Poll:
        return poll_after(asked, self.submission.state if self.row.state == "issued" else "void")

    def lines(self) -> list[dict[str, Any]]:
        """The items as rows of the table."""
        return [line_row(line, self.document.rates, self.sign) for line in self.document.lines]

    def bands(self) -> list[tuple[str, Decimal, Decimal]]:
        """The tax table: all five bands once signed, those in use before."""
        rows = band_rows(self.document.priced, all_bands=self.is_signed)
        return [(words, self.sign * taxable + ZERO, self.sign * tax + ZERO) for words, taxable, tax in rows]

    def payments(self) -> list[tuple[str, Decimal]]:
        """How it was paid."""
        return payment_rows(self.document, self.sign)

    def kra_facts(self) -> list[tuple[str, str, bool]]:
        """KRA's numbers, only once signed."""
        told = self.submission
        assert told.sdc_id and told.receipt_no and told.signature
        counter = f"{told.receipt_no}/{told.total_receipt_no} {original_label(self.document.kind).value}"
        signed_at = f"{day_and_time(told.signed_at)}:{local(told.signed_at):%S}" if told.signed_at else ""
        return [
            (_("CU invoice number"), cu_invoice_number(told.sdc_id, told.receipt_no), True),
            (_("Receipt counter"), counter, True),
            (_("Receipt signature"), dashed(told.signature), True),
            (_("Internal data"), dashed(told.internal_data or ""), True),
            (_("Control unit"), told.sdc_id, True),
            (_("Signed at"), signed_at, False),
        ]

    def qr(self) -> qr.QrDrawing:
        """The code that leads to KRA's own page of this receipt."""
        seller = self.document.seller
        assert self.submission.signature
        return qr.draw(receipt_url(seller.pin, seller.branch_code, self.submission.signature, self.document.environment))

    def links(self) -> list[queries.Related]:
        """The sale of a note, the notes of a sale, and what a void document was replaced by."""
        return queries.related(self.row)

    def proforma(self) -> unsigned_queries.Link | None:
        """The proforma that it came out of."""
        return unsigned_queries.proforma_of(self.row)

    def steps(self) -> list[dict[str, str]]:
        """What happened, for the timeline."""
        issued_at = self.issued.issued_at
        steps = [
            {"title": _("Issued"), "detail": f"{self.document.operator.name} · {_when(issued_at, issued_at)}", "state": "on"}
        ]
        for number, one in _first_and_last(self.tries):
            detail = _("Attempt %(number)s · %(when)s", number=number, when=_when(one.at, issued_at))
            title = _("Asked KRA again") if one.act == "look_up" else _("Sent to KRA")
            steps.append({"title": title, "detail": detail, "state": "on", "icon": "send"})
        return [*steps, self._last_step(issued_at)]

    def _last_step(self, issued_at: datetime) -> dict[str, str]:
        told, settled = self.submission, self.submission.settled_at
        when = _when(settled, issued_at) if settled else ""
        if self.row.state == "void":
            return {"title": _("Void"), "detail": _("It keeps its number. KRA does not have it."), "state": "no"}
        if told.state == "accepted":
            seconds = int((settled - issued_at).total_seconds()) if settled else 0
            later = ngettext("%(when)s, after %(num)s second", "%(when)s, after %(num)s seconds", seconds, when=when)
            after = later if 0 < seconds < 100 else when
            return {"title": _("Signed"), "detail": after, "state": "on", "icon": "shield-check"}
        if told.state in ATTENTION:
            return {"title": _("Not signed"), "detail": when, "state": "no"}
        if told.state == "queued":
            return {"title": _("Waiting to send"), "detail": "", "state": "now", "icon": "clock"}
        return {"title": _("Waiting for KRA's answer"), "detail": "", "state": "now"}


def page_of(document_id: UUID, actor: Actor) -> DocumentPage:
    """The page of an issued document; raises NotFound."""
    row = queries.document(document_id)
    submission = submissions.of_document(document_id)
    assert submission is not None, "a document is issued and queued in one statement"
    credited = credited_amounts([row.id]).get(row.id, ZERO) if row.kind == DocumentKind.SALE else ZERO
    problem, tries = submissions.problem_of(submission), tuple(submissions.tries_of(submission))
    return DocumentPage(row, queries.issued_of(row), submission, credited, problem, tries, actor)


def line_row(line: DocumentLine, rates: Any, sign: int) -> dict[str, Any]:
    """An item as a row of the table."""
    priced = line.priced
    discount = ""
    if priced.discount_amount:
        rate = format_quantity(priced.discount_rate)
        discount = _("Discount %(rate)s%% (%(amount)s)", rate=rate, amount=f"{priced.discount_amount:,.2f}")
    return {
        "name": line.name,
        "discount": discount,
        "quantity": priced.quantity,
        "price": priced.price,
        "band": band_words(Band(priced.band), rates[priced.band]),
        "total": sign * priced.total_amount,
    }


def _first_and_last(tries: tuple[Try, ...]) -> list[tuple[int, Try]]:
    numbered = list(enumerate(tries, start=1))
    return numbered if len(numbered) <= 3 else [numbered[0], *numbered[-2:]]


def _when(moment: datetime, issued_at: datetime) -> str:
    """The time to the second, with the day when it is another one than that of issue."""
    seconds = time_of(moment, seconds=True)
    same_day = local(moment).date() == local(issued_at).date()
    return seconds if same_day else f"{day_and_time(moment).partition(',')[0]}, {seconds}"
