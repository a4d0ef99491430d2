"""What became of a submission, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from psycopg.rows import scalar_row
from sqlalchemy import ColumnElement, and_, func, select, text

from portal.devices.models import Device
from portal.errors import NotFound
from portal.infra.db import db, quick
from portal.infra.tenancy import current_tenant_id
from portal.kra.codes import TABLE, expected_rate_of_band_e, explain, normal_code
from portal.kra.outcomes import Help, Outcome
from portal.submissions.models import Attempt, Evidence, Submission
from portal.submissions.subjects import Subject, subjects_of
from portal.tenants.models import Branch

HELD = {
    "spent": (
        "KRA has this sale, but its receipt did not reach us. The next sales go on.",
        "Find the receipt in the control unit or on KRA's portal, and enter it here.",
    ),
    "cannot_tell": (
        "Nobody can say by machine whether KRA has this sale. This branch's control unit waits for your answer.",
        "Look on KRA's portal whether it is there, then say so here.",
    ),
    "device": (
        "KRA holds another document under this number: another program uses this control unit.",
        "Stop the other program, then say that the control unit is repaired.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened in plain words, what to do, which button helps, and KRA's own words for *Details*."""

    sentence: str
    advice: str
    helps: Help
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: when, what was done, how it ended."""

    at: datetime
    act: str
    outcome: str | None
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One submission that needs attention, with what it is about."""

    row: Submission
    subject: Subject
    problem: Problem
    since: datetime

    @property
    def may_be_sent_again(self) -> bool:
        return self.row.state == "refused"

    @property
    def may_be_checked(self) -> bool:
        return self.row.state == "unknown"

    @property
    def asks_for_receipt(self) -> bool:
        return self.row.state == "held" and self.row.held_reason != "device" and self.row.kind in ("sale", "credit_note")


@dataclass(frozen=True, slots=True)
class StoppedUnit:
    """A control unit whose lane stands still, and how many documents wait behind it."""

    device: Device
    branch_name: str
    waiting: int


ADVICE = {
    Help.NOTHING: "You need not do anything.",
    Help.CHECK_AGAIN: "You need not do anything; you may check again.",
    Help.SEND_AGAIN: "Put the cause right, then send it again.",
    Help.CORRECT: "Correct it and issue it again.",
    Help.REPAIRED: "Have the control unit put right.",
    Help.SUPPORT: "Tell the people who run this portal: this is not your fault.",
}


def of_document(document_id: UUID) -> Submission | None:
    """The submission of a sale or credit note; None while it is a draft."""
    return db.session.execute(
        select(Submission).where(
            Submission.tenant_id == current_tenant_id(),
            Submission.subject_id == document_id,
            Submission.kind.in_(("sale", "credit_note")),
        )
    ).scalar_one_or_none()


def problem_of(row: Submission) -> Problem | None:
    """What a person should know about a row that is refused, held or in doubt; None when all is well."""
    if row.state == "held":
        sentence, advice = HELD[row.held_reason or "cannot_tell"]
        return Problem(sentence, advice, Help.CHECK_AGAIN, row.problem_code, row.problem_message)
    if row.state == "refused":
        if row.problem_code is None and row.sequence_no is None and not tries_of(row):
            return Problem(row.problem_message or "", ADVICE[Help.CORRECT], Help.CORRECT, None, None)
        told = explain(Outcome.REFUSED, row.problem_code)
        return Problem(told.sentence, ADVICE[told.helps], told.helps, row.problem_code, row.problem_message)
    if row.state == "unknown" or (row.state == "queued" and row.attempts > 0):
        outcome = _last_outcome(row)
        if outcome is None:
            return None
        told = explain(outcome, row.problem_code)
        return Problem(told.sentence, ADVICE[told.helps], told.helps, row.problem_code, row.problem_message)
    return None


def tries_of(row: Submission) -> Sequence[Try]:
    """Every attempt of a row, oldest first."""
    rows = db.session.execute(
        select(Attempt.started_at, Attempt.act, Evidence.outcome, Evidence.result_code, Evidence.message)
        .outerjoin(Evidence, (Evidence.tenant_id == Attempt.tenant_id) & (Evidence.token == Attempt.token))
        .where(Attempt.tenant_id == row.tenant_id, Attempt.submission_id == row.id)
        .order_by(Attempt.started_at)
    )
    return [Try(*each) for each in rows]


def wanted_rate_of_empty_band_e(row: Submission) -> Decimal:
    """The rate KRA insisted on for an unused band E when it refused this row before; 0 otherwise (`kra/PROTOCOL.md` §6.3)."""
    if not row.attempts:
        return Decimal(0)
    refused = select(Evidence.message).where(
        Evidence.tenant_id == row.tenant_id, Evidence.submission_id == row.id, Evidence.outcome == Outcome.REFUSED.value
    )
    for message in db.session.execute(refused.order_by(Evidence.came_at.desc())).scalars():
        rate = expected_rate_of_band_e(message or "")
        if rate is not None:
            return rate
    return Decimal(0)


def _last_outcome(row: Submission) -> Outcome | None:
    last = db.session.execute(
        select(Evidence.outcome)
        .where(Evidence.tenant_id == row.tenant_id, Evidence.submission_id == row.id)
        .order_by(Evidence.came_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    return Outcome(last) if last else None


# What KRA has not answered is shown only when it has lasted: most doubts are gone before anybody reads of them.
DOUBT_SHOWN_AFTER = timedelta(minutes=5)


def submission(submission_id: UUID) -> Submission:
    """A submission of this business; raises NotFound."""
    found = db.session.get(Submission, (current_tenant_id(), submission_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


# The rows a person should look at: refused, held, or in doubt for more than five minutes; as SQL, for every page asks it.
NEEDS_ATTENTION = (
    "(submission.state IN ('refused', 'held') OR submission.state = 'unknown'"
    f" AND submission.unknown_since < now() - interval '{DOUBT_SHOWN_AFTER.total_seconds():.0f} seconds')"
)
COUNT_NEEDING_ATTENTION = f"""
    SELECT count(*) FROM (SELECT 1 FROM submission WHERE tenant_id = %(tenant)s AND {NEEDS_ATTENTION} LIMIT 100) few"""  # noqa: S608


def needing_attention() -> ColumnElement[bool]:
    """The rows of this business that a person should look at."""
    return and_(Submission.tenant_id == current_tenant_id(), text(NEEDS_ATTENTION))


def count_needing_attention() -> int:
    """How many things need attention now, counted no further than 100."""
    counted: list[int] = quick(COUNT_NEEDING_ATTENTION, {"tenant": current_tenant_id()}, scalar_row).fetchall()
    return counted[0]


def oldest_unsigned() -> datetime | None:
    """Since when the oldest issued invoice or credit note is without KRA's signature; None when all are signed or void."""
    mine = [Submission.tenant_id == current_tenant_id(), Submission.kind.in_(("sale", "credit_note"))]
    # Two halves, because each has an index of its own.
    halves = [
        select(func.min(Submission.queued_at)).where(*mine, Submission.state.in_(states))
        for states in (("queued", "sending", "unknown"), ("refused", "held"))
    ]
    return min((at for half in halves if (at := db.session.execute(half).scalar_one()) is not None), default=None)


def cases(most: int = 100) -> list[Case]:
    """What needs attention, oldest first."""
    wanted = select(Submission).where(needing_attention()).order_by(Submission.queued_at, Submission.position).limit(most)
    rows = db.session.execute(wanted).scalars().all()
    subjects = subjects_of(rows)
    return [_case(row, subjects[row.id]) for row in rows]


def case_of(row: Submission) -> Case:
    """One submission with what it is about; it may have been settled meanwhile."""
    return _case(row, subjects_of([row])[row.id])


def stopped_units() -> list[StoppedUnit]:
    """Control units that are stopped until a person has acted."""
    waiting = (
        select(func.count())
        .where(
            Submission.tenant_id == Device.tenant_id,
            Submission.device_id == Device.id,
            Submission.state.in_(("queued", "unknown")),
        )
        .scalar_subquery()
    )
    stopped = (
        select(Device, Branch.name, waiting)
        .join(Branch, (Branch.tenant_id == Device.tenant_id) & (Branch.id == Device.branch_id))
        .where(Device.tenant_id == current_tenant_id(), Device.status.in_(("lane_held", "blocked")))
    )
    return [StoppedUnit(*each) for each in db.session.execute(stopped)]


# The words of the button that helps, where there is one.
BUTTONS = {
    Help.CHECK_AGAIN: "Check again",
    Help.SEND_AGAIN: "Send again",
    Help.CORRECT: "Correct and issue again",
    Help.REPAIRED: "The control unit is repaired",
}


@dataclass(frozen=True, slots=True)
class CodeWords:
    """One of KRA's result codes for people: what it means, what to do, and the button that helps ('' when none is needed)."""

    code: str
    sentence: str
    advice: str
    button: str


def meanings(wanted: str = "") -> list[CodeWords]:
    """Every result code of KRA, in order; of those asked for, the one with this code, else those whose words hold it."""
    every = [
        CodeWords(code, meaning.sentence, ADVICE[meaning.helps], BUTTONS.get(meaning.helps, ""))
        for code, meaning in sorted(TABLE.items(), key=lambda entry: (len(entry[0]) != 3, entry[0]))
    ]
    text = wanted.strip().casefold()
    if not text:
        return every
    code = (normal_code(text) or "").casefold()
    return [one for one in every if one.code.casefold() == code] or [
        one for one in every if len(text) > 2 and text in f"{one.sentence} {one.advice}".casefold()
    ]


def _case(row: Submission, subject: Subject) -> Case:
    settled = Problem(_("This is settled."), ADVICE[Help.NOTHING], Help.NOTHING, None, None)
    return Case(row, subject, problem_of(row) or settled, row.unknown_since or row.queued_at)
