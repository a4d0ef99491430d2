"""A signed invoice with a wrong buyer's PIN: one press takes it back and sells the same again under the right one.

Three acts, each complete in itself (COMPLIANCE §4): a draft that is linked to the invoice, the credit note, and the draft
issued. Whatever ends in between, the same form pressed again goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from portal.errors import BadInput, PortalError
from portal.fiscal.errors import FiscalError
from portal.fiscal.pins import parse_pin
from portal.identity.access import Actor
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.sales import book, credits, drafts, services
from portal.sales.again import typed_again
from portal.sales.models import Document
from portal.sales.new_invoice import NewCreditNote
from portal.sales.reading import read
from portal.sales.typed import TypedInvoice

REASONS = ("07", "08", "06")  # KRA's wrong PIN, else wrong name, else refund (class 32)


@dataclass(frozen=True, slots=True)
class Corrected:
    """The credit note, and the invoice under the right PIN: issued, or a draft while `missing` says what it waits for."""

    note_id: UUID
    invoice_id: UUID
    is_issued: bool
    missing: str = ""


def fix(actor: Actor, document_id: UUID, pin: str, name: str, key: str) -> Corrected:
    """Credit all of a signed sale and issue it again to the right buyer; raises BadInput with a sentence.

    The invoice stays a draft where something keeps it from being issued now, like goods that come back with the note only.
    """
    draft_id, typed = _draft(actor, document_id, pin, name, f"{key}-note")
    note = credits.issue_credit_note(actor, _note_of(document_id, f"{key}-note"))
    if typed is None:
        return Corrected(note.id, draft_id, is_issued=True)
    reading = read(typed, book.book_for(typed))
    if reading.errors:
        return Corrected(note.id, draft_id, is_issued=False, missing=reading.summary[0][1])
    try:
        issued = services.issue_invoice(actor, reading.new_invoice(f"{key}-sale", draft_id))
    except PortalError as error:
        return Corrected(note.id, draft_id, is_issued=False, missing=error.sentence)
    return Corrected(note.id, issued.id, is_issued=True)


def _draft(actor: Actor, document_id: UUID, pin: str, name: str, note_key: str) -> tuple[UUID, TypedInvoice | None]:
    """The draft under the right PIN, linked to the sale, and what stands in it; None there once it has been issued."""
    with transaction():
        sale = credits.creditable(document_id)
        typed = replace(
            typed_again(sale.issued.document, sale.row.branch_id),
            pin=_right_pin(pin),
            buyer=name or sale.issued.document.buyer.name,
        )
        is_repeat = credits.issued_under(note_key) is not None
        if sale.credited and not is_repeat:
            raise BadInput(_("Part of this invoice has been credited already. Credit the rest, then sell again."))
        if typed.pin == (sale.issued.document.buyer.pin or ""):
            raise BadInput(_("This is the PIN that stands on the invoice. Enter the right one."))
        mine = select(Document.id, Document.state).where(
            Document.tenant_id == current_tenant_id(), Document.replaces_id == document_id
        )
        there = db.session.execute(mine.limit(1)).one_or_none()
        if there is not None:
            return there.id, typed if there.state == "draft" else None
        return drafts.copy(actor, sale.row.branch_id, typed, replaces_id=document_id), typed


def _right_pin(pin: str) -> str:
    try:
        return parse_pin(pin)
    except FiscalError as error:
        raise BadInput(error.sentence, "pin") from error


def _note_of(document_id: UUID, key: str) -> NewCreditNote:
    known = {code.code for code in credits.reasons()}
    reason = next((code for code in REASONS if code in known), REASONS[-1])
    return NewCreditNote(original_id=document_id, idempotency_key=key, reason_code=reason, reason_note=_("Wrong buyer’s PIN"))
