"""Writing down what came back: evidence first, always, then the state (`RELIABILITY.md` §4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from psycopg.rows import dict_row
from sqlalchemy import update

from portal.devices import circuit
from portal.devices.models import Device
from portal.fiscal.frozen import Signature
from portal.infra.db import AWAY, db, quick, transaction
from portal.kra.outcomes import Answer, Outcome
from portal.submissions import numbers, states
from portal.submissions.claim import Job
from portal.submissions.facts import facts_of
from portal.submissions.models import Submission
from portal.submissions.rules import Act, Decision, Number, decide

log = structlog.get_logger()
OPEN_STATES = ("sending", "unknown")
CONTACT_NOTED_EVERY = timedelta(seconds=10)

COLUMNS = tuple(Submission.__table__.columns.keys())

# The same order of locks as the claim: the device before the submission.
LOCK = """
    WITH lane AS MATERIALIZED (
      SELECT branch_id, last_contact_at FROM device WHERE tenant_id = %(tenant)s AND id = %(device)s FOR NO KEY UPDATE)
    SELECT {columns}, lane.*, clock_timestamp() AS now,
           EXISTS (SELECT 1 FROM submission r WHERE r.tenant_id = %(tenant)s AND r.device_id = %(device)s AND r.id <> %(id)s
                      AND r.total_receipt_no = %(total_receipt_no)s AND r.signature = %(signature)s) AS receipt_is_known
      FROM lane JOIN submission s ON s.tenant_id = %(tenant)s AND s.id = %(id)s FOR UPDATE OF s""".replace(
    "{columns}", ", ".join(f"s.{name}" for name in COLUMNS)
)
# Once per token: a settle whose commit was not heard of is done again.
EVIDENCE = """
    INSERT INTO evidence
           (tenant_id, submission_id, token, source, outcome, silent, http_status, result_code, message, body, receipt)
    VALUES (%(tenant)s, %(id)s, %(token)s, %(source)s, %(outcome)s, %(silent)s, %(http_status)s, %(code)s, %(message)s, %(body)s,
            %(receipt)s::jsonb)
    ON CONFLICT (tenant_id, token) DO NOTHING"""
ACCEPT = """
    UPDATE submission SET state = 'accepted', lease_token = NULL, lease_until = NULL, settled_at = %(now)s,
           problem_code = NULL, problem_message = NULL, receipt_no = %(receipt_no)s, total_receipt_no = %(total_receipt_no)s,
           internal_data = %(internal_data)s, signature = %(signature)s, signed_at = %(signed_at)s, sdc_id = %(sdc_id)s,
           mrc_number = %(mrc_number)s
     WHERE tenant_id = %(tenant)s AND id = %(id)s AND state IN ('sending','unknown') AND lease_token = %(token)s"""
# What nearly every settle is, in one statement with its evidence.
ACCEPTED = "WITH kept AS (" + EVIDENCE + ")" + ACCEPT


@dataclass(slots=True)
class Seen:
    """The row as it is under its lock, and what a settle must know of its lane; no session knows this copy of the row."""

    row: Submission
    branch_id: UUID
    last_contact_at: datetime | None
    now: datetime
    receipt_is_known: bool


def settle(job: Job, answer: Answer[Any]) -> None:
    """Keep what came back of a call, and move the row by it unless the lease was lost meanwhile.

    Raises one of AWAY when nothing could be written: the caller tries again.
    """
    try:
        with transaction():
            _settle(job, answer)
    except AWAY:
        raise
    except Exception:
        # A fault of ours in what follows an answer must not lose the answer: the next claim uses a kept receipt.
        log.exception("settle_failed", submission_id=str(job.submission_id))
        with transaction():
            quick(EVIDENCE, _evidence(job, answer, signature_in(job, answer)))


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
    kept = _evidence(job, answer, signature)
    seen = _seen(kept)
    _note_on_host_and_device(job, answer, seen)
    if seen.receipt_is_known and seen.row.state != "accepted":
        log.error("receipt_given_twice", submission_id=str(job.submission_id))
    leased = seen.row.lease_token == job.token and seen.row.state in OPEN_STATES
    if leased and answer.outcome is Outcome.SUCCESS and job.act is not Act.LOOK_UP:
        _accept(job, signature, kept, seen)
        return
    quick(EVIDENCE, kept)
    row = db.session.get_one(Submission, (job.tenant_id, job.submission_id), populate_existing=True)
    if leased:
        _move(row, job, answer, seen.now)
    elif signature is not None:
        _use_late(row, signature, seen.now)


def _seen(kept: dict[str, object]) -> Seen:
    locked = quick(LOCK, kept, dict_row).fetchone()
    assert locked is not None  # neither units nor submissions are ever deleted
    return Seen(Submission(**{name: locked.pop(name) for name in COLUMNS}), **locked)


def _evidence(job: Job, answer: Answer[Any], signature: Signature | None) -> dict[str, object]:
    """The values of every statement of a settle."""
    return {
        "tenant": job.tenant_id,
        "device": job.device_id,
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
        **_receipt_columns(signature),
    }


def _receipt_columns(signature: Signature | None) -> dict[str, object]:
    return {
        "receipt_no": signature.receipt_number if signature else None,
        "total_receipt_no": signature.total_receipt_number if signature else None,
        "internal_data": signature.internal_data if signature else None,
        "signature": signature.signature if signature else None,
        "signed_at": signature.signed_at if signature else None,
        "sdc_id": signature.sdc_id if signature else None,
        "mrc_number": signature.mrc_number if signature else None,
    }


def _accept(job: Job, signature: Signature | None, kept: dict[str, object], seen: Seen) -> None:
    """The signature has come, or KRA has taken what it does not sign."""
    if quick(ACCEPTED, kept | {"now": seen.now}).rowcount != 1:
        raise RuntimeError("a row under our lock and lease has moved")
    row = seen.row
    row.state, row.lease_token, row.lease_until, row.settled_at = "accepted", None, None, seen.now
    row.problem_code = row.problem_message = None
    for name, value in _receipt_columns(signature).items():
        setattr(row, name, value)
    states.announce(row, job.act.value, seen.branch_id)


def _note_on_host_and_device(job: Job, answer: Answer[Any], seen: Seen) -> None:
    _count_for_circuit(job, answer)
    stale = seen.last_contact_at is None or seen.now - seen.last_contact_at > CONTACT_NOTED_EVERY
    if answer.authenticated and stale:
        of_job = update(Device).where(Device.tenant_id == job.tenant_id, Device.id == job.device_id)
        db.session.execute(of_job.values(last_contact_at=seen.now))


def _count_for_circuit(job: Job, answer: Answer[Any]) -> None:
    """Five calls in a row that brought nothing open the circuit; an answer closes it, whatever it says."""
    if answer.outcome is Outcome.NOT_SENT or (answer.outcome is Outcome.AMBIGUOUS and answer.silent):
        circuit.failed(job.host)
    elif not job.host_is_well:
        circuit.answered(job.host)


def _move(row: Submission, job: Job, answer: Answer[Any], now: datetime) -> None:
    decision = decide(facts_of(row, job, answer), answer)
    late = states.late_receipt(row) if job.kind.is_signed and decision.state != "accepted" else None
    if late is not None:
        states.accept(row, late, "late", now)
    else:
        _carry_out(row, job, answer, decision, now)


def _carry_out(row: Submission, job: Job, answer: Answer[Any], decision: Decision, now: datetime) -> None:
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


def _use_late(row: Submission, signature: Signature, now: datetime) -> None:
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
