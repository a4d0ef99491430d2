"""The acts of sales: each is one transaction and ends with its audit row."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.codelists.queries import rates_now
from portal.errors import NotFound
from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import DocumentKind
from portal.fiscal.stock import goods_moved
from portal.identity.access import Actor
from portal.infra.db import transaction
from portal.sales import book, drafts, queries
from portal.sales.again import typed_again
from portal.sales.freezing import freeze_sale
from portal.sales.issuing import (
    Asked,
    IssuedDocument,
    after_conflict,
    first_result,
    id_for_key,
    is_used,
    number_and_record,
    place_of,
)
from portal.sales.models import Document
from portal.sales.new_invoice import NewInvoice
from portal.stock import services as stock
from portal.submissions import queries as submissions
from portal.submissions import services as submission_services


def issue_invoice(actor: Actor, new: NewInvoice) -> IssuedDocument:
    """Number, price and freeze a sale and leave it queued for signing; the same key gives the same invoice again."""
    asked = Asked(new.draft_id or id_for_key(new.idempotency_key), new.idempotency_key, new.fingerprint)
    try:
        with transaction():
            branch, kind = new.branch_id, DocumentKind.SALE
            columns = {"external_id": new.external_id} if new.external_id else {}
            if is_used(asked.key) or not drafts.hold(actor, asked.document_id, branch, kind, asked.key, **columns):
                return first_result(asked)
            return _issue_sale(actor, new, asked)
    except IntegrityError as error:
        with transaction():
            return after_conflict(asked, error)


def _issue_sale(actor: Actor, new: NewInvoice, asked: Asked) -> IssuedDocument:
    place = place_of(new.branch_id, actor)
    items = {item.id: item for item in book.items_by_id(line.item_id for line in new.lines)}
    customer = book.customer_by_id(new.buyer.customer_id) if new.buyer.customer_id else None
    document = freeze_sale(new, place, items, customer, rates_now())
    goods = goods_of(document)
    waits_for = stock.pending_for(new.branch_id, list(items), goods)
    stock.reserve(new.branch_id, goods)
    return number_and_record(place, asked, document, waits_for)


def goods_of(document: FiscalDocument) -> dict[UUID, Decimal]:
    """The quantity of each item that has stock."""
    return {UUID(item_id): quantity for item_id, quantity in goods_moved(document.lines).items()}


def void_document(actor: Actor, document_id: UUID) -> None:
    """Withdraw a document that KRA does not have; it keeps its number. Raises NotNow when KRA may have it."""
    with transaction():
        _void(actor, document_id)


def correct_and_issue_again(actor: Actor, document_id: UUID) -> UUID:
    """Void a refused document and open a draft with its content, linked to it; the id of the draft (rule 14)."""
    with transaction():
        row = _void(actor, document_id)
        typed = typed_again(FiscalDocument.from_content(row.content), row.branch_id)
        return drafts.copy(actor, row.branch_id, typed, replaces_id=row.id)


def duplicate(actor: Actor, document_id: UUID) -> UUID:
    """A new draft with the buyer, lines and prices of a document; its id."""
    with transaction():
        row = queries.document(document_id)
        return drafts.copy(actor, row.branch_id, typed_again(FiscalDocument.from_content(row.content), row.branch_id))


def _void(actor: Actor, document_id: UUID) -> Document:
    row = queries.document(document_id)
    submission = submissions.of_document(document_id)
    if submission is None:
        raise NotFound
    submission_services.withdraw(submission_services.lock(submission.id))
    audit.record(
        actor.name, f"{row.kind.replace('_', ' ')} voided", queries.issued_of(row).trader_number, branch_id=row.branch_id
    )
    return row
