"""Credit notes: all of a sale or some of its lines come back, never more than is left (COMPLIANCE §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.codelists import queries as codelists
from portal.codelists.models import Code
from portal.errors import BadInput
from portal.fiscal.credit import (
    CreditWindow,
    Remaining,
    check_credit_window,
    credit_everything,
    credit_lines,
    credit_window,
    remaining,
)
from portal.fiscal.environment import Environment
from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import CreditReference, DocumentLine, FiscalDocument, Issued
from portal.fiscal.labels import DocumentKind
from portal.fiscal.money import ZERO
from portal.fiscal.payments import Payment, main_method
from portal.identity.access import Actor
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.sales import drafts, models, queries
from portal.sales.freezing import Place, operator_of, seller_of
from portal.sales.issuing import (
    Asked,
    IssuedDocument,
    after_conflict,
    first_result,
    id_for_key,
    issued_under,
    number_and_record,
    place_of,
)
from portal.sales.models import Document, UnsignedDocument
from portal.sales.new_invoice import NewCreditNote
from portal.submissions import queries as submissions
from portal.submissions.models import Submission

REASONS = "32"  # KRA's class of reasons for a credit note


@dataclass(frozen=True, slots=True)
class Creditable:
    """A signed or training sale as its credit note sees it: what is left of each line, and until when it may be credited."""

    row: Document | UnsignedDocument
    issued: Issued
    submission: Submission | None  # none in training
    notes: tuple[FiscalDocument, ...]
    window: CreditWindow

    @property
    def left(self) -> tuple[Remaining, ...]:
        return remaining(self.issued.document, self.notes)

    @property
    def credited(self) -> Decimal:
        return sum((note.priced.total_amount for note in self.notes), ZERO)

    @property
    def has_goods(self) -> bool:
        return any(line.item_type.is_goods for line in self.issued.document.lines)


def reasons() -> Sequence[Code]:
    """KRA's reasons for a credit note, as fetched."""
    return codelists.codes(REASONS)


def creditable(original_id: UUID) -> Creditable:
    """The sale to be credited; raises BadInput while it is not signed, or when it is no sale."""
    row = queries.document(original_id)
    submission = submissions.of_document(original_id)
    if row.kind != DocumentKind.SALE:
        raise BadInput(_("Only an invoice can be credited."))
    if row.state != "issued" or submission is None or submission.state != "accepted":
        raise BadInput(_("This invoice is not signed, so there is nothing to credit. Void it, or wait for KRA's answer."))
    issued = queries.issued_of(row)
    return Creditable(row, issued, submission, notes_of(original_id), credit_window(issued.issued_at, database_now()))


def notes_of(original_id: UUID) -> tuple[FiscalDocument, ...]:
    """The credit notes of a sale that count: issued and not void."""
    wanted = select(Document.content).where(
        Document.tenant_id == current_tenant_id(), Document.original_id == original_id, Document.state == "issued"
    )
    return tuple(map(FiscalDocument.from_content, db.session.execute(wanted).scalars()))


def issue_credit_note(actor: Actor, new: NewCreditNote) -> IssuedDocument:
    """Number and freeze a credit note and leave it queued for signing; the same key gives the same note again."""
    asked = Asked(id_for_key(new.idempotency_key), new.idempotency_key, new.fingerprint)
    try:
        with transaction():
            if issued_under(asked.key) is not None:
                return first_result(asked)
            branch_id = queries.document(new.original_id).branch_id
            columns = {"original_id": new.original_id, "restock": new.restock}
            if not drafts.hold(actor, asked.document_id, branch_id, DocumentKind.CREDIT_NOTE, asked.key, **columns):
                return first_result(asked)
            return _issue_note(actor, new, asked)
    except IntegrityError as error:
        with transaction():
            return after_conflict(asked, error)


def _issue_note(actor: Actor, new: NewCreditNote, asked: Asked) -> IssuedDocument:
    _lock_lines(new.original_id)
    sale = creditable(new.original_id)
    try:
        check_credit_window(sale.issued.issued_at, database_now())
        place = place_of(sale.row.branch_id, actor)
        note = freeze_note(new, place, sale)
    except FiscalError as error:
        raise BadInput(error.sentence) from error
    return number_and_record(place, asked, note, waits_for=())


def freeze_note(new: NewCreditNote, place: Place, sale: Creditable) -> FiscalDocument:
    """The note as a value: lines, rates, buyer and names of the sale; raises CreditError over any cap."""
    original = sale.issued.document
    reason = next((code for code in reasons() if code.code == new.reason_code), None)
    if reason is None:
        raise BadInput(_("Choose a reason from KRA's list."))
    lines = _lines(new, sale)
    return FiscalDocument(
        kind=DocumentKind.CREDIT_NOTE,
        environment=Environment(place.device.environment),
        seller=seller_of(place),
        buyer=original.buyer,
        operator=operator_of(place.actor),
        lines=lines,
        rates=original.rates,
        payments=(_money_back(original, lines),),
        credit=CreditReference(
            original_id=str(sale.row.id),
            original_trader_number=sale.issued.trader_number,
            original_issued_at=sale.issued.issued_at,
            reason_code=reason.code,
            reason_name=reason.name,
            reason_note=new.reason_note,
            recipient_name=new.recipient_name,
        ),
    )


def _lines(new: NewCreditNote, sale: Creditable) -> tuple[DocumentLine, ...]:
    if new.quantities is None and not new.reductions:
        return credit_everything(sale.issued.document, sale.notes)
    return credit_lines(sale.issued.document, sale.notes, new.quantities or {}, new.reductions)


def _lock_lines(original_id: UUID) -> None:
    """Two notes on one sale go one after the other; the database counts what each takes, and its caps have the last word."""
    lines = models.DocumentLine
    db.session.execute(
        select(lines.line_no)
        .where(lines.tenant_id == current_tenant_id(), lines.document_id == original_id)
        .order_by(lines.line_no)
        .with_for_update()
    )


def _money_back(original: FiscalDocument, lines: Sequence[DocumentLine]) -> Payment:
    """The money goes back the way most of it came."""
    method = main_method(original.payments, original.priced.total_amount)
    return Payment(method=method, amount=sum((line.priced.total_amount for line in lines), ZERO))
