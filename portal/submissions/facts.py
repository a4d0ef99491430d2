"""What the rule of doubt must know besides the answer: everything tried before under the same number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from portal.infra.db import db
from portal.kra.codes import expected_number, expected_rate_of_band_e
from portal.kra.outcomes import Answer, Outcome
from portal.submissions import numbers
from portal.submissions.claim import Job
from portal.submissions.models import Attempt, Evidence, Submission
from portal.submissions.rules import Act, Facts, Past


def facts_of(row: Submission, job: Job, answer: Answer[Any]) -> Facts:
    """The facts about an exchange whose evidence is kept already, of a row that is locked."""
    tried = _tried(row)
    late = _late_enough(tried, row)
    found = answer.value if job.act is Act.LOOK_UP else None
    sequence = answer.outcome is Outcome.SEQUENCE
    return Facts(
        kind=job.kind,
        act=job.act,
        doubt=job.doubt,
        number=job.number,
        past=[_past(each, job, each.token in late) for each in tried if each.token != job.token],
        lines_in_band_e=b'"taxTyCd":"E"' in job.body,
        rate_was_tried=answer.expected_rate is not None and _rate_was_tried(row, job),
        jumped_lately=sequence and numbers.jumped_within_the_hour(row.device_id, row.sequence),
        expected_is_ours=sequence and answer.expected_number is not None and numbers.is_ours(row, answer.expected_number),
        looked_up_equal=found is not None and found.is_what_we_sent(job.body),
        late_enough=job.token in late,
    )


def _tried(row: Submission) -> Sequence[Row[Any]]:
    """Every attempt under the number that is bound now, oldest first; one without evidence ended in a crash."""
    of_attempt = (
        (Evidence.tenant_id == Attempt.tenant_id)
        & (Evidence.submission_id == Attempt.submission_id)
        & (Evidence.token == Attempt.token)
    )
    tried = (
        select(Attempt.token, Attempt.act, Attempt.started_at)
        .add_columns(Evidence.outcome, Evidence.silent, Evidence.result_code, Evidence.message)
        .outerjoin(Evidence, of_attempt)
        .where(
            Attempt.tenant_id == row.tenant_id,
            Attempt.submission_id == row.id,
            Attempt.started_at >= row.bound_at,
        )
        .order_by(Attempt.started_at)
    )
    return db.session.execute(tried).all()


def _past(each: Row[Any], job: Job, late_enough: bool) -> Past:
    outcome = Outcome(each.outcome) if each.outcome else None
    expected = expected_number(job.kind.sequence, each.message or "") if outcome is Outcome.SEQUENCE else None
    return Past(
        act=Act(each.act),
        outcome=outcome,
        silent=bool(each.silent),
        code=each.result_code,
        message=each.message or "",
        expected_ours_plus_one=expected is not None and job.number is not None and expected == job.number + 1,
        late_enough=late_enough,
    )


def _late_enough(tried: Sequence[Row[Any]], row: Submission) -> set[Any]:
    """The look-ups that were asked a quarantine after the doubt began, and a quarantine after the last that counted.

    What is absent earlier may only not be stored yet: a person who presses *Check again* proves nothing by it.
    """
    quarantine = timedelta(seconds=current_app.extensions["settings"].kra_quarantine)
    floor: datetime | None = row.unknown_since
    late = set()
    for each in tried:
        if each.act == Act.LOOK_UP.value and floor is not None and each.started_at >= floor + quarantine:
            late.add(each.token)
            if each.outcome == Outcome.EMPTY.value:
                floor = each.started_at
    return late


def _rate_was_tried(row: Submission, job: Job) -> bool:
    """Whether KRA has named a rate for band E before: the bytes are rebuilt once (`kra/PROTOCOL.md` §6.3)."""
    refused = select(Evidence.message).where(
        Evidence.tenant_id == row.tenant_id,
        Evidence.submission_id == row.id,
        Evidence.token != job.token,
        Evidence.outcome == Outcome.REFUSED.value,
    )
    return any(expected_rate_of_band_e(message or "") is not None for message in db.session.execute(refused).scalars())
