"""How sales and credit notes are named where something needs attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.submissions.subjects import Subject, describes
from portal.tenants.models import Branch


@describes("sale", "credit_note")
def documents(document_ids: Sequence[UUID]) -> Mapping[UUID, Subject]:
    """Number, buyer, total and page of each document."""
    rows = db.session.execute(
        select(Document.id, Document.kind, Document.trader_no, Document.buyer_name, Document.total_amount, Branch.code)
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .where(Document.tenant_id == current_tenant_id(), Document.id.in_(document_ids), Document.trader_no.is_not(None))
    )
    return {
        row.id: Subject(
            number_of(row.kind, row.trader_no, row.code),
            row.buyer_name,
            url_for("sales.show_document", document_id=row.id),
            -row.total_amount if row.kind == "credit_note" else row.total_amount,
        )
        for row in rows
    }
