"""Drafts: what was typed, kept as it is, until it is issued or thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import Insert, insert

from portal.errors import NotFound
from portal.fiscal.labels import DocumentKind
from portal.identity.access import Actor
from portal.infra.columns import search_words
from portal.infra.db import db, quick, transaction
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import Document
from portal.sales.reading import Reading
from portal.sales.typed import TypedInvoice


def keep(actor: Actor, draft_id: UUID, reading: Reading) -> datetime | None:
    """Save the form as a draft; the moment it was saved, or None when it has been issued meanwhile."""
    values = _values(actor, reading)
    row = _row(draft_id, reading.book.branch_id, values)
    changed = {name: row.excluded[name] for name in values if name not in ("created_by", "kind")}
    with transaction():
        return db.session.execute(
            row.on_conflict_do_update(
                index_elements=["tenant_id", "id"],
                set_={**changed, "branch_id": row.excluded.branch_id, "changed_at": func.now()},
                where=and_(Document.state == "draft", Document.kind == DocumentKind.SALE.value),
            ).returning(Document.changed_at)
        ).scalar_one_or_none()


HOLD = """
    INSERT INTO document ({names}) VALUES ({values})
    ON CONFLICT (tenant_id, id) DO UPDATE SET branch_id = excluded.branch_id, idem_key = excluded.idem_key
      WHERE document.state = 'draft' AND document.kind = excluded.kind
    RETURNING id"""


def hold(actor: Actor, document_id: UUID, branch_id: UUID, kind: DocumentKind, key: str, **columns: Any) -> bool:
    """Lock a draft row and its key until the open act ends, making the row where there is none; False when it is no draft.

    A second press waits here: on the row, or, from another draft, on the unique key, which then raises IntegrityError.
    `columns` are further ones of a new row.
    """
    values = {
        "tenant_id": current_tenant_id(), "id": document_id, "branch_id": branch_id, "kind": kind.value, "content": "{}",
        "created_by": actor.person_id, "idem_key": key, **columns,
    }  # fmt: skip
    held = HOLD.format(names=", ".join(values), values=", ".join(f"%({name})s" for name in values))
    return quick(held, values).fetchone() is not None


def find(draft_id: UUID) -> tuple[TypedInvoice, datetime]:
    """What was typed into a draft, and when it was saved; raises NotFound, also for an issued document."""
    draft = db.session.get(Document, (current_tenant_id(), draft_id))
    if draft is None or draft.state != "draft" or draft.kind != DocumentKind.SALE:
        raise NotFound
    return TypedInvoice.from_content(draft.content), draft.changed_at


def discard(draft_id: UUID) -> None:
    """Throw a draft away; raises NotFound when there is none."""
    with transaction():
        gone = db.session.execute(
            delete(Document)
            .where(Document.tenant_id == current_tenant_id(), Document.id == draft_id, Document.state == "draft")
            .returning(Document.id)
        ).scalar_one_or_none()
    if gone is None:
        raise NotFound


def issued_instead(draft_id: UUID) -> UUID | None:
    """The id of the document when this draft has been issued already."""
    return db.session.execute(
        select(Document.id).where(Document.tenant_id == current_tenant_id(), Document.id == draft_id, Document.state != "draft")
    ).scalar_one_or_none()


def _row(document_id: UUID, branch_id: UUID, values: dict[str, Any]) -> Insert:
    return insert(Document).values(tenant_id=current_tenant_id(), id=document_id, branch_id=branch_id, **values)


def copy(
    actor: Actor, branch_id: UUID, typed: TypedInvoice, replaces_id: UUID | None = None, proforma_id: UUID | None = None
) -> UUID:
    """A new draft with this content, inside the open act: in place of a void document, or out of a proforma."""
    draft_id = uuid4()
    values = {"kind": DocumentKind.SALE.value, "content": typed.to_content(), "created_by": actor.person_id}
    found = {"buyer_name": typed.buyer or None, "search_name": search_words(typed.buyer) or None, "replaces_id": replaces_id}
    found["proforma_id"] = proforma_id
    db.session.execute(_row(draft_id, branch_id, {**values, **found}))
    return draft_id


def _values(actor: Actor, reading: Reading) -> dict[str, Any]:
    priced = reading.priced
    return {
        "kind": DocumentKind.SALE.value,
        "content": reading.typed.to_content(),
        "created_by": actor.person_id,
        "buyer_name": reading.typed.buyer or None,
        "search_name": search_words(reading.typed.buyer) or None,
        "taxable_amount": priced.taxable_amount if priced else None,
        "tax_amount": priced.tax_amount if priced else None,
        "total_amount": priced.total_amount if priced else None,
    }
