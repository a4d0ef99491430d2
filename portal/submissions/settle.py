"""Writing down what came back: evidence first, always, then the state (`RELIABILITY.md` §4)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import Row, bindparam, exists, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from portal.devices import circuit
from portal.devices.models import Device
from portal.fiscal.frozen import Signature
from portal.infra.db import db, transaction
from portal.kra.outcomes import Answer, Outcome
from portal.submissions import numbers, states
from portal.submissions.claim import Job
from portal.submissions.facts import facts_of
from portal.submissions.models import Submission
from portal.submissions.rules import Act, Decision, Number, decide

log = structlog.get_logger()
OPEN_STATES = ("sending", "unknown")
CONTACT_NOTED_EVERY = timedelta(seconds=10)

# The same order of locks as the claim: the device before the submission.
_lane = (
    select(Device.id, Device.sdc_id, Device.last_contact_at)
    .where(Device.tenant_id == bindparam("tenant"), Device.id == bindparam("device"))
    .with_for_update(key_share=True)
    .cte("lane")
)
_other = aliased(Submission)
_receipt_is_known = exists().where(
    _other.tenant_id == bindparam("tenant"),
    _other.device_id == bindparam("device"),
    _other.id != bindparam("id"),
    _other.total_receipt_no == bindparam("total_receipt_no"),
    _other.signature == bindparam("signature"),
)
LOCKED = (
    select(Submission, _lane.c.sdc_id, _lane.c.last_contact_at)
    .add_columns(func.clock_timestamp().label("now"), _receipt_is_known.label("receipt_is_known"))
    .join(_lane, Submission.device_id == _lane.c.id)
    .where(Submission.tenant_id == bindparam("tenant"), Submission.id == bindparam("id"))
    .with_for_update(of=Submission)
    .execution_options(populate_existing=True)
)
# Once per token: a settle whose commit was not heard of is done again.
EVIDENCE = text("""
    INSERT INTO evidence
           (tenant_id, submission_id, token, source, outcome, silent, http_status, result_code, message, body, receipt)
    VALUES (:tenant, :id, :token, :source, :outcome, :silent, :http_status, :code, :message, :body, CAST(:receipt AS jsonb))
    ON CONFLICT (tenant_id, token) DO NOTHING""")


def settle(job: Job, answer: Answer[Any]) -> None:
    """Keep what came back of a call, and move the row by it unless the lease was lost meanwhile."""
    try:
        with transaction():
            _settle(job, answer)
    except DBAPIError:
        raise  # the database is away or busy: the caller tries again
    except Exception:
        # A fault of ours in what follows an answer must not lose the answer: the next claim uses a kept receipt.
        log.exception("settle_failed", submission_id=str(job.submission_id))
        with transaction():
            _keep_evidence(job, answer, signature_in(job, answer))


def signature_in(job: Job, answer: Answer[Any]) -> Signature | None:
    """KRA's signature in an answer to a send, a repeat or a look-up that found what we sent; else None."""
    if answer.outcome is not Outcome.SUCCESS or not job.kind.is_signed:
        return None
    if job.act is Act.LOOK_UP:
        found = answer.value
        return found.signature if found is not None and found.is_what_we_sent(job.body) else None
    value: Signature | None = answer.value
    return value


def _settle(job: Job, answer: Answer[Any]) -> None:
    signature = signature_in(job, answer)
    locked = _locked(job, signature)
    row, now, last_contact_at = locked.Submission, locked.now, locked.last_contact_at
    _keep_evidence(job, answer, signature)
    _count_for_circuit(job, answer)
    if answer.authenticated and (last_contact_at is None or now - last_contact_at > CONTACT_NOTED_EVERY):
        _change_device(job, last_contact_at=now)
    if signature is not None and locked.sdc_id is None:
        _change_device(job, sdc_id=signature.sdc_id, mrc_number=signature.mrc_number)
    if locked.receipt_is_known:
        log.error("receipt_given_twice", submission_id=str(row.id))
    if row.lease_token == job.token and row.state in OPEN_STATES:
        _move(row, job, answer, signature, now)
    elif signature is not None:
        _use_late(row, signature, now)


def _locked(job: Job, signature: Signature | None) -> Row[Any]:
    return db.session.execute(
        LOCKED,
        {
            "tenant": job.tenant_id,
            "device": job.device_id,
            "id": job.submission_id,
            "total_receipt_no": signature.total_receipt_number if signature else None,
            "signature": signature.signature if signature else None,
        },
    ).one()


def _keep_evidence(job: Job, answer: Answer[Any], signature: Signature | None) -> None:
    db.session.execute(
        EVIDENCE,
        {
            "tenant": job.tenant_id,
            "id": job.submission_id,
            "token": job.token,
            "source": job.act.value,
            "outcome": answer.outcome.value,
            "silent": answer.silent,
            "http_status": answer.http_status,
            "code": answer.code,
            "message": _storable(answer.message)[:2000],
            "body": _storable(answer.record.decode("utf-8", "replace"))[:20_000],
            "receipt": json.dumps(states.receipt_to_json(signature)) if signature else None,
        },
    )


def _count_for_circuit(job: Job, answer: Answer[Any]) -> None:
    """Five calls in a row that brought nothing open the circuit; an answer closes it, whatever it says."""
    if answer.outcome is Outcome.NOT_SENT or (answer.outcome is Outcome.AMBIGUOUS and answer.silent):
        circuit.failed(job.host)
    elif not job.host_is_well:
        circuit.answered(job.host)


def _change_device(job: Job, **values: Any) -> None:
    of_job = update(Device).where(Device.tenant_id == job.tenant_id, Device.id == job.device_id)
    db.session.execute(of_job.values(**values))


def _move(row: Submission, job: Job, answer: Answer[Any], signature: Signature | None, now: Any) -> None:
    if signature is not None and job.act is not Act.LOOK_UP:
        states.accept(row, signature, job.act.value, now)
        return
    decision = decide(facts_of(row, job, answer), answer)
    late = states.late_receipt(row) if job.kind.is_signed and decision.state != "accepted" else None
    if late is not None:
        states.accept(row, late, "late", now)
    else:
        _carry_out(row, job, answer, decision, now)


def _carry_out(row: Submission, job: Job, answer: Answer[Any], decision: Decision, now: Any) -> None:
    number_is_settled = _change_number(row, decision)
    said = decision.words_of or answer
    row.problem_code, row.problem_message = said.code, _storable(said.message)[:1000]
    if decision.state == "accepted":
        states.accept(row, signature_in(job, answer), job.act.value, now)
    elif decision.state == "held":
        states.hold(row, decision.held_reason or "cannot_tell", now)
    elif not number_is_settled:
        states.doubt(row, 0, now)
        states.hold(row, "cannot_tell", now)
    elif decision.state == "refused":
        states.refuse(row, row.problem_code, row.problem_message, now)
    elif decision.state == "queued":
        again_at_once = decision.number is not Number.KEEP or job.act is Act.LOOK_UP
        states.requeue(row, 0 if again_at_once else states.back_off(decision.tries), now)
    else:
        quarantine = current_app.extensions["settings"].kra_quarantine
        wait = quarantine if decision.quarantine else states.back_off(decision.tries)
        states.doubt(row, max(wait, answer.retry_after or 0), now)
    if decision.blocks_device:
        states.stop_device(row, "blocked")


def _use_late(row: Submission, signature: Signature, now: Any) -> None:
    """A receipt that came after its lease was lost ends the doubt at once; another one than ours is an alarm."""
    if row.state == "accepted":
        if row.signature != signature.signature:
            log.error("signed_twice", submission_id=str(row.id))
        return
    doubted = row.state == "unknown" or (row.state == "held" and row.held_reason != "device")
    late = states.late_receipt(row) if doubted else None
    if late is not None:
        states.accept(row, late, "late", now)
        states.open_lane(row.device_id)


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
