"""KRA's numbers: taken at the claim, handed back on a definite refusal only, jumps recorded (`RELIABILITY.md` §3, §5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text

from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import CounterJump, Submission

TAKE = text("""
    INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (:tenant, :scope, :series, 1)
    ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = c.last_no + 1 RETURNING last_no""")
HAND_BACK = text("""
    UPDATE counter SET last_no = last_no - 1
     WHERE tenant_id = :tenant AND scope_id = :scope AND series = :series AND last_no = :number""")
TAKE_UP = text("""
    UPDATE counter SET last_no = :last, first_no = least(first_no, :last + 1)
     WHERE tenant_id = :tenant AND scope_id = :scope AND series = :series""")


class NumberNotLatest(Exception):
    """A number cannot be handed back: a later one is out already."""


def take(device_id: UUID, series: str) -> int:
    """The next number of a series of this device; the counter row stays locked until the transaction ends."""
    taken: int = db.session.execute(TAKE, _scope(device_id, series)).scalar_one()
    return taken


def hand_back(row: Submission) -> None:
    """Return the number of a refused row to its counter and forget its bytes; raises NumberNotLatest."""
    if row.sequence_no is not None and row.sequence is not None:
        scope = _scope(row.device_id, row.sequence) | {"number": row.sequence_no}
        if db.session.execute(HAND_BACK, scope).rowcount != 1:  # type: ignore[attr-defined]
            raise NumberNotLatest(f"{row.sequence} {row.sequence_no}")
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None


def take_up(row: Submission, expected: int) -> None:
    """Move the counter so that the next number is the one KRA expects, and record the jump."""
    series = row.sequence
    assert series is not None and row.sequence_no is not None
    jump = CounterJump(
        tenant_id=row.tenant_id, scope_id=row.device_id, series=series, from_no=row.sequence_no, to_no=expected
    )
    db.session.add(jump)
    db.session.execute(TAKE_UP, _scope(row.device_id, series) | {"last": expected - 1})
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None


def jumped_within_the_hour(device_id: UUID, series: str | None) -> bool:
    """Whether KRA made this counter jump less than an hour ago."""
    lately = select(CounterJump.id).where(
        CounterJump.tenant_id == current_tenant_id(),
        CounterJump.scope_id == device_id,
        CounterJump.series == series,
        CounterJump.at > text("now() - interval '1 hour'"),
    )
    return db.session.execute(lately.limit(1)).first() is not None


def is_ours(device_id: UUID, series: str | None, number: int | None) -> bool:
    """Whether one of our rows of this device holds the number."""
    holder = select(Submission.id).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.device_id == device_id,
        Submission.sequence == series,
        Submission.sequence_no == number,
    )
    return number is not None and db.session.execute(holder.limit(1)).first() is not None


def _scope(device_id: UUID, series: str) -> dict[str, object]:
    return {"tenant": current_tenant_id(), "scope": device_id, "series": series}
