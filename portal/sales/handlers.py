"""What sales do when KRA has answered: a signed document books stock and counts for its day; a withdrawn one lets go."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import DocumentKind
from portal.infra import events
from portal.infra.db import db
from portal.infra.events import Event
from portal.infra.wording import local
from portal.sales import credits, queries
from portal.sales.models import DayTotal, Document
from portal.sales.services import goods_of
from portal.stock import services as stock
from portal.submissions.models import Submission

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
    """The document is void: reserved stock is free again, and so is what a credit note had taken of its sale."""
    if submission.kind not in KINDS:
        return
    row = queries.document(submission.subject_id)
    if row.kind == DocumentKind.SALE:
        stock.release(row.branch_id, goods_of(FiscalDocument.from_content(row.content)))
    else:
        credits.give_back(row)
    row.state = "void"
    db.session.flush()


def _move_stock(row: Document, submission_id: UUID) -> None:
    lines = FiscalDocument.from_content(row.content).lines
    if not any(line.item_type.is_goods for line in lines):
        return
    if row.kind == DocumentKind.SALE:
        stock.book_sale(row.branch_id, row.id, lines, submission_id)
    elif row.restock:
        stock.book_return(row.branch_id, row.id, lines, submission_id)


def _add_to_day(row: Document) -> None:
    """The day is that of issue in Kenya: the time that is printed and that KRA was told."""
    assert row.issued_at is not None
    new = insert(DayTotal).values(
        tenant_id=row.tenant_id,
        branch_id=row.branch_id,
        day=local(row.issued_at).date(),
        kind=row.kind,
        documents=1,
        taxable_amount=row.taxable_amount,
        tax_amount=row.tax_amount,
        total_amount=row.total_amount,
    )
    counted = ("documents", "taxable_amount", "tax_amount", "total_amount")
    added = {name: DayTotal.__table__.c[name] + new.excluded[name] for name in counted}
    db.session.execute(new.on_conflict_do_update(index_elements=["tenant_id", "branch_id", "day", "kind"], set_=added))
