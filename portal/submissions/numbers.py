"""KRA's numbers: taken at the claim, handed back on a definite refusal only, jumps recorded (`RELIABILITY.md` §3, §5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on

from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.kra.codes import expected_number
from portal.kra.operations import SubmissionKind
from portal.kra.outcomes import Outcome
from portal.submissions.models import Counter, CounterJump, Evidence, Submission

HAND_BACK = text("""
    UPDATE counter SET last_no = last_no - 1
     WHERE tenant_id = :tenant AND scope_id = :scope AND series = :series AND last_no = :number""")
TAKE_UP = text("""
    UPDATE counter SET last_no = :last, first_no = least(first_no, :last + 1)
     WHERE tenant_id = :tenant AND scope_id = :scope AND series = :series""")


class NumberNotLatest(Exception):
    """A number cannot be handed back: a later one is out already."""


def hand_back(row: Submission) -> None:
    """Return the number of a refused row to its counter and forget its bytes; raises NumberNotLatest."""
    if row.sequence_no is not None and row.sequence is not None:
        scope = _scope(row.device_id, row.sequence) | {"number": row.sequence_no}
        if db.session.execute(HAND_BACK, scope).rowcount != 1:  # type: ignore[attr-defined]
            raise NumberNotLatest(f"{row.sequence} {row.sequence_no}")
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None


def take_up(row: Submission, expected: int) -> None:
    """Move the counter so that the next number is the one KRA expects, record the jump, and forget the number of this row."""
    assert row.sequence is not None and row.sequence_no is not None
    go_to(row.device_id, row.sequence, row.sequence_no, expected)
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None


def go_to(device_id: UUID, series: str, from_no: int, to_no: int) -> None:
    """Let the next number of a series be `to_no` where it would have been `from_no`, with a record of the jump."""
    db.session.add(
        CounterJump(tenant_id=current_tenant_id(), scope_id=device_id, series=series, from_no=from_no, to_no=to_no)
    )
    db.session.execute(TAKE_UP, _scope(device_id, series) | {"last": to_no - 1})


def take_up_what_kra_expects(device_id: UUID) -> None:
    """Go on with the numbers that KRA named when it refused ours, unless one of our rows holds them or later ones."""
    waiting = (
        select(Submission)
        .where(
            Submission.tenant_id == current_tenant_id(),
            Submission.device_id == device_id,
            Submission.state == "queued",
            Submission.sequence_no.is_(None),
            Submission.attempts > 0,
        )
        .ext(distinct_on(Submission.sequence))
        .order_by(Submission.sequence, Submission.position)
    )
    for row in db.session.execute(waiting).scalars().all():
        expected, next_here = _last_expected(row), _next_number(row)
        if row.sequence and expected and expected != next_here and not is_ours(row, expected):
            go_to(device_id, row.sequence, next_here, expected)


def jumped_within_the_hour(device_id: UUID, series: str | None) -> bool:
    """Whether KRA made this counter jump less than an hour ago."""
    lately = select(CounterJump.id).where(
        CounterJump.tenant_id == current_tenant_id(),
        CounterJump.scope_id == device_id,
        CounterJump.series == series,
        CounterJump.at > text("now() - interval '1 hour'"),
    )
    return db.session.execute(lately.limit(1)).first() is not None


def is_ours(row: Submission, number: int) -> bool:
    """Whether another of our rows of this device holds the number or a later one: then it can never be given out again."""
    holder = select(Submission.id).where(
        Submission.tenant_id == row.tenant_id,
        Submission.device_id == row.device_id,
        Submission.sequence == row.sequence,
        Submission.sequence_no >= number,
        Submission.id != row.id,
    )
    return db.session.execute(holder.limit(1)).first() is not None


def _last_expected(row: Submission) -> int | None:
    """The number KRA named when it last refused this row, if its last word was about a number."""
    last = (
        select(Evidence.outcome, Evidence.message)
        .where(Evidence.tenant_id == row.tenant_id, Evidence.submission_id == row.id)
        .order_by(Evidence.came_at.desc())
        .limit(1)
    )
    said = db.session.execute(last).one_or_none()
    if said is None or said.outcome != Outcome.SEQUENCE.value:
        return None
    return expected_number(SubmissionKind(row.kind).sequence, said.message or "")


def _next_number(row: Submission) -> int:
    last = select(Counter.last_no).where(
        Counter.tenant_id == row.tenant_id, Counter.scope_id == row.device_id, Counter.series == row.sequence
    )
    return (db.session.execute(last).scalar_one_or_none() or 0) + 1


def _scope(device_id: UUID, series: str) -> dict[str, object]:
    return {"tenant": current_tenant_id(), "scope": device_id, "series": series}
