"""What became of a submission, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.kra.codes import expected_rate_of_band_e, explain
from portal.kra.outcomes import Help, Outcome
from portal.submissions.models import Attempt, Evidence, Submission

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
