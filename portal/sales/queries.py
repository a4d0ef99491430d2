"""Reading documents of this business."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select

from portal.errors import NotFound
from portal.fiscal.frozen import FiscalDocument, Issued
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.tenants.models import Branch


def document(document_id: UUID) -> Document:
    """An issued document of this business, also a void one; raises NotFound."""
    found = db.session.get(Document, (current_tenant_id(), document_id), populate_existing=True)
    if found is None or found.state == "draft":
        raise NotFound
    return found


def issued_of(row: Document) -> Issued:
    """An issued document as a value, with its number and its time of issue."""
    frozen = FiscalDocument.from_content(row.content)
    assert row.trader_no is not None and row.issued_at is not None
    number = number_of(frozen.kind, row.trader_no, frozen.seller.branch_code)
    return Issued(document=frozen, trader_number=number, issued_at=row.issued_at)


@dataclass(frozen=True, slots=True)
class Related:
    """Another document that belongs to one: `relation` is original, credit_note, replaces or replaced_by."""

    relation: str
    id: UUID
    state: str
    number: str
    total: Decimal | None


def related(row: Document) -> list[Related]:
    """The documents around one, oldest first."""
    theirs = [Document.original_id == row.id, Document.replaces_id == row.id]
    mine = [Document.id == other for other in (row.original_id, row.replaces_id) if other is not None]
    found = db.session.execute(
        select(Document, Branch.code)
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .where(Document.tenant_id == current_tenant_id(), or_(*theirs, *mine))
        .order_by(Document.created_at)
    ).all()
    shown = [(other, code) for other, code in found if other.state != "draft" or other.replaces_id == row.id]
    return [_related(row, other, code) for other, code in shown]


def _related(row: Document, other: Document, branch_code: str) -> Related:
    relation = "credit_note"
    if other.id == row.original_id:
        relation = "original"
    elif other.id == row.replaces_id:
        relation = "replaces"
    elif other.replaces_id == row.id:
        relation = "replaced_by"
    number = number_of(other.kind, other.trader_no, branch_code) if other.trader_no else ""
    return Related(relation, other.id, other.state, number, other.total_amount)
