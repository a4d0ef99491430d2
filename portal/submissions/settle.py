"""Writing down what came back: evidence first, always, then the state (`RELIABILITY.md` §4)."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select, text

from portal.devices import circuit
from portal.fiscal.frozen import Signature
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.kra.codes import expected_number
from portal.kra.outcomes import Answer, Outcome
from portal.submissions import numbers, states
from portal.submissions.claim import Job
from portal.submissions.models import Attempt, Evidence, Submission
from portal.submissions.rules import Act, Decision, Facts, Number, Past, decide

# The same order of locks as the claim: the device before the submission.
LOCK_DEVICE = text("SELECT 1 FROM device WHERE tenant_id = :tenant AND id = :device FOR NO KEY UPDATE")
CONTACT = text("UPDATE device SET last_contact_at = now() WHERE tenant_id = :tenant AND id = :device")
UNHEARD = (Outcome.NOT_SENT, Outcome.AMBIGUOUS)


def settle(job: Job, answer: Answer[Any]) -> None:
    """Keep what came back of a call, and move the row by it unless the lease was lost meanwhile."""
    with transaction():
        where = {"tenant": current_tenant_id(), "device": job.device_id}
        db.session.execute(LOCK_DEVICE, where)
        row = db.session.execute(
            select(Submission)
            .where(Submission.tenant_id == job.tenant_id, Submission.id == job.submission_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).scalar_one()
        past = _past(row, job)
        _keep_evidence(job, answer)
        _count_for_circuit(job, answer)
        if answer.authenticated:
            db.session.execute(CONTACT, where)
        if row.lease_token == job.token and row.state in ("sending", "unknown"):
            facts = _facts(row, job, past, answer)
            _carry_out(row, job, answer, decide(facts, answer))


def signature_in(job: Job, answer: Answer[Any]) -> Signature | None:
    """KRA's signature in an answer to a send, a repeat or a look-up that found what we sent; else None."""
    if answer.outcome is not Outcome.SUCCESS or not job.kind.is_signed:
        return None
    if job.act is Act.LOOK_UP:
        found = answer.value
        return found.signature if found is not None and found.is_what_we_sent(job.body) else None
    value: Signature | None = answer.value
    return value


def _keep_evidence(job: Job, answer: Answer[Any]) -> None:
    signature = signature_in(job, answer)
    db.session.add(
        Evidence(
            tenant_id=job.tenant_id,
            submission_id=job.submission_id,
            token=job.token,
            source=job.act.value,
            outcome=answer.outcome.value,
            silent=answer.silent,
            http_status=answer.http_status,
            result_code=answer.code,
            message=_storable(answer.message)[:2000],
            body=_storable(answer.record.decode("utf-8", "replace"))[:20_000],
            receipt=states.receipt_to_json(signature) if signature else None,
        )
    )
    db.session.flush()


def _count_for_circuit(job: Job, answer: Answer[Any]) -> None:
    unheard = answer.outcome in UNHEARD and (answer.silent or answer.outcome is Outcome.NOT_SENT)
    (circuit.failed if unheard else circuit.answered)(job.host)


def _past(row: Submission, job: Job) -> list[Past]:
    """What was tried before under this number, oldest first; an attempt without evidence ended in a crash."""
    attempts = db.session.execute(
        select(Attempt.act, Evidence.outcome, Evidence.silent, Evidence.result_code, Evidence.message)
        .outerjoin(
            Evidence, (Evidence.tenant_id == Attempt.tenant_id) & (Evidence.token == Attempt.token)
        )
        .where(
            Attempt.tenant_id == row.tenant_id,
            Attempt.submission_id == row.id,
            Attempt.token != job.token,
            Attempt.started_at >= row.bound_at,
        )
        .order_by(Attempt.started_at)
    ).all()
    return [_one_past(each, job) for each in attempts]


def _one_past(each: Any, job: Job) -> Past:
    outcome = Outcome(each.outcome) if each.outcome else None
    expected = expected_number(job.kind.sequence, each.message or "") if outcome is Outcome.SEQUENCE else None
    return Past(
        act=Act(each.act),
        outcome=outcome,
        silent=bool(each.silent),
        code=each.result_code,
        message=each.message or "",
        expected_ours_plus_one=expected is not None and job.number is not None and expected == job.number + 1,
    )


def _facts(row: Submission, job: Job, past: list[Past], answer: Answer[Any]) -> Facts:
    equal = job.act is Act.LOOK_UP and answer.value is not None and answer.value.is_what_we_sent(job.body)
    return Facts(
        kind=job.kind,
        act=job.act,
        doubt=job.doubt,
        number=job.number,
        past=past,
        lines_in_band_e=_has_band_e(job),
        jumped_lately=answer.outcome is Outcome.SEQUENCE and numbers.jumped_within_the_hour(row.device_id, row.sequence),
        expected_is_ours=numbers.is_ours(row.device_id, row.sequence, answer.expected_number),
        looked_up_equal=equal,
    )


def _has_band_e(job: Job) -> bool:
    return b'"taxTyCd":"E"' in job.body.replace(b" ", b"")


def _carry_out(row: Submission, job: Job, answer: Answer[Any], decision: Decision) -> None:
    row.problem_code, row.problem_message = answer.code, _storable(answer.message)[:1000]
    if decision.state == "accepted":
        states.accept(row, signature_in(job, answer), job.act.value)
    elif decision.state == "held":
        states.hold(row, decision.held_reason or "cannot_tell")
    elif not _change_number(row, decision):
        states.doubt(row, 0)  # a later number is out: the next claim finds it a matter for a person
    elif decision.state == "refused":
        states.refuse(row, answer.code, answer.message)
    elif decision.state == "queued":
        states.requeue(row, decision.tries if decision.number is Number.KEEP and job.act is Act.SEND else -1)
    else:
        quarantine = current_app.extensions["settings"].kra_quarantine
        wait = quarantine if decision.quarantine else states.back_off(decision.tries)
        states.doubt(row, max(wait, answer.retry_after or 0))
    if decision.blocks_device:
        states.set_device(row, "blocked")


def _change_number(row: Submission, decision: Decision) -> bool:
    """Hand the number back or take KRA's up; False when a later number of this device is out already."""
    if decision.number is Number.TAKE_UP and decision.expected_number is not None:
        numbers.take_up(row, decision.expected_number)
    elif decision.number is Number.HAND_BACK:
        try:
            numbers.hand_back(row)
        except numbers.NumberNotLatest:
            return False
    return True


def _storable(text_: str) -> str:
    return text_.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
