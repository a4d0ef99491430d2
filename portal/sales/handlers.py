"""What sales do when KRA has answered: a signed document books stock and counts for its day; a withdrawn one lets go."""

from __future__ import annotations

from uuid import UUID

from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import DocumentKind
from portal.infra import events
from portal.infra.db import db, quick
from portal.infra.events import Event
from portal.infra.wording import local
from portal.sales import queries
from portal.sales.models import Document
from portal.sales.services import goods_of
from portal.stock import services as stock
from portal.submissions.models import Submission

ADD_TO_DAY = """
    INSERT INTO day_total AS t (tenant_id, branch_id, day, kind, documents, taxable_amount, tax_amount, total_amount)
    VALUES (%(tenant_id)s, %(branch_id)s, %(day)s, %(kind)s, 1, %(taxable_amount)s, %(tax_amount)s, %(total_amount)s)
    ON CONFLICT (tenant_id, branch_id, day, kind) DO UPDATE SET documents = t.documents + 1,
       taxable_amount = t.taxable_amount + excluded.taxable_amount, tax_amount = t.tax_amount + excluded.tax_amount,
       total_amount = t.total_amount + excluded.total_amount"""
KINDS = frozenset(kind.value for kind in DocumentKind)


@events.on(Event.SUBMISSION_ACCEPTED)
def count_signed(submission: Submission) -> None:
    """KRA has signed: stock moves, the day counts it, and those to the right are told."""
    if submission.kind not in KINDS:
        return
    row = queries.document(submission.subject_id)
    _move_stock(row, submission.id)
    _add_to_day(row)
    events.tell(Event.DOCUMENT_SIGNED, row, submission)


@events.on(Event.SUBMISSION_VOID)
def let_go(submission: Submission) -> None:
    """The document is void: reserved stock is free again; what a credit note took of its sale the database gives back."""
    if submission.kind not in KINDS:
        return
    row = queries.document(submission.subject_id)
    if row.kind == DocumentKind.SALE:
        stock.release(row.branch_id, goods_of(FiscalDocument.from_content(row.content)))
    row.state = "void"
    db.session.flush()


def _move_stock(row: Document, submission_id: UUID) -> None:
    lines = [line for line in FiscalDocument.from_content(row.content).lines if not line.reduces_price]
    if not any(line.item_type.is_goods for line in lines):
        return
    if row.kind == DocumentKind.SALE:
        stock.book_sale(row.branch_id, row.id, lines, submission_id)
    elif row.restock:
        stock.book_return(row.branch_id, row.id, lines, submission_id)


def _add_to_day(row: Document) -> None:
    """The day is that of issue in Kenya: the time that is printed and that KRA was told."""
    assert row.issued_at is not None
    counted = {name: getattr(row, name) for name in ("tenant_id", "branch_id", "kind", "taxable_amount", "tax_amount")}
    quick(ADD_TO_DAY, {**counted, "total_amount": row.total_amount, "day": local(row.issued_at).date()})
