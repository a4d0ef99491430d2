"""Putting things that KRA must be told into a lane; a row first, and the bell after the commit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.infra import queue
from portal.infra.db import after_commit, db, quick
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import Submission

TOLD_ONCE = ("sale", "credit_note", "item", "stock_movement", "purchase")


class Numbered(NamedTuple):
    """What the one statement of Issue gave out."""

    trader_no: int
    issued_at: datetime
    submission_id: UUID


def tell(kind: str, subject_id: UUID, device_id: UUID, waits_for: Sequence[UUID] = ()) -> UUID:
    """Queue what KRA must be told, inside the open act; a kind that is told once is queued once, and its id comes back."""
    values = {
        "tenant_id": current_tenant_id(),
        "device_id": device_id,
        "kind": kind,
        "subject_id": subject_id,
        "waits_for": list(waits_for),
    }
    statement = insert(Submission).values(values).on_conflict_do_nothing().returning(Submission.id)
    submission_id = db.session.execute(statement).scalar_one_or_none()
    after_commit(queue.ring_lanes)
    if submission_id is not None:
        return submission_id
    return db.session.execute(
        select(Submission.id).where(
            Submission.tenant_id == current_tenant_id(), Submission.kind == kind, Submission.subject_id == subject_id
        )
    ).scalar_one()


def open_submission(kind: str, subject_id: UUID) -> UUID | None:
    """The id of what is still to be told of a subject; None once KRA has accepted it, or when it was never queued."""
    return db.session.execute(
        select(Submission.id)
        .where(
            Submission.tenant_id == current_tenant_id(),
            Submission.kind == kind,
            Submission.subject_id == subject_id,
            Submission.state.not_in(("accepted", "void")),
        )
        .order_by(Submission.position.desc())
        .limit(1)
    ).scalar_one_or_none()


# One statement takes the trader number, issues the draft and queues the submission (`RELIABILITY.md` §3): the row lock of the
# counter is held until the commit, so the order of `position` is the order of the numbers, and a rollback returns both.
NUMBER_AND_QUEUE = """
    WITH n AS (INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (%(tenant)s, %(branch)s, %(kind)s, 1)
               ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = c.last_no + 1 RETURNING last_no),
         d AS (UPDATE document SET state = 'issued', trader_no = n.last_no, issued_at = clock_timestamp(), changed_at = now(),
                      content = %(content)s::jsonb, content_sha256 = %(sha)s, idem_key = %(idem_key)s, idem_hash = %(idem_hash)s,
                      buyer_name = %(buyer_name)s, buyer_pin = %(buyer_pin)s, search_name = %(search_name)s,
                      taxable_amount = %(taxable_amount)s, tax_amount = %(tax_amount)s, total_amount = %(total_amount)s
                 FROM n WHERE tenant_id = %(tenant)s AND id = %(document)s AND state = 'draft'
                          AND branch_id = %(branch)s AND kind = %(kind)s
               RETURNING tenant_id, id, document.kind, trader_no, issued_at)
    INSERT INTO submission (tenant_id, device_id, kind, subject_id, waits_for)
    SELECT d.tenant_id, %(device)s, d.kind, d.id, %(waits_for)s::uuid[] FROM d
    RETURNING id, (SELECT trader_no FROM d) AS trader_no, (SELECT issued_at FROM d) AS issued_at"""


def number_and_queue(
    *,
    document_id: UUID,
    branch_id: UUID,
    device_id: UUID,
    kind: str,
    content: Mapping[str, Any],
    sha: bytes,
    idem_key: str | None,
    idem_hash: bytes | None,
    waits_for: Sequence[UUID],
    columns: Mapping[str, Any],
) -> Numbered | None:
    """Issue a draft: number, frozen content and submission at once; None when it is no draft any more (roll back then).

    `columns` are buyer_name, buyer_pin, search_name, taxable_amount, tax_amount and total_amount of the document row.
    """
    row = quick(
        NUMBER_AND_QUEUE,
        {
            "tenant": current_tenant_id(),
            "branch": branch_id,
            "kind": kind,
            "document": document_id,
            "device": device_id,
            "content": json.dumps(content),
            "sha": sha,
            "idem_key": idem_key,
            "idem_hash": idem_hash,
            "waits_for": list(waits_for),
            **columns,
        },
    ).fetchone()
    after_commit(queue.ring_lanes)
    return None if row is None else Numbered(row.trader_no, row.issued_at, row.id)
