"""Claiming the head of a lane: one short transaction that binds the number and the bytes (`RELIABILITY.md` §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from flask import current_app
from sqlalchemy import text

from portal.devices import circuit
from portal.devices.models import Device
from portal.devices.units import ControlUnit, UnitAddressRefused, control_unit
from portal.infra.crypto import sha256
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.kra.errors import KraError, PayloadError
from portal.kra.gateway import Doubt, Gateway
from portal.kra.operations import SubmissionKind
from portal.submissions import numbers, states
from portal.submissions.builders import build
from portal.submissions.models import Attempt, Submission
from portal.submissions.rules import Act

log = structlog.get_logger()

# Lock the lane and not the row: SKIP LOCKED on submissions would skip a locked head and send the second one first.
# NO KEY: an open Issue holds KEY SHARE on the device through its foreign key and must not be waited for.
LOCK_LANE = text("""
    SELECT 1 FROM device WHERE tenant_id = :tenant AND id = :device AND status = 'ready' FOR NO KEY UPDATE SKIP LOCKED""")
HEAD = text("""
    SELECT id, lease_until < clock_timestamp() AS expired, next_at <= clock_timestamp() AS due FROM submission s
     WHERE tenant_id = :tenant AND device_id = :device AND state IN ('queued','sending','unknown')
       AND NOT EXISTS (SELECT 1 FROM submission w WHERE w.tenant_id = s.tenant_id AND w.id = ANY (s.waits_for)
                          AND w.state NOT IN ('accepted','refused','void'))
     ORDER BY (state = 'queued'), (sequence_no IS NULL), position LIMIT 1""")
WAITED_FOR_IN_VAIN = text("""
    SELECT coalesce(problem_message, 'withdrawn') AS message, problem_code AS code FROM submission
     WHERE tenant_id = :tenant AND id = ANY (:waits_for) AND state IN ('refused','void') ORDER BY position LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker holds while it speaks to KRA: no transaction, only a lease until its time is over."""

    tenant_id: UUID
    device_id: UUID
    submission_id: UUID
    kind: SubmissionKind
    act: Act
    number: int | None
    body: bytes
    token: UUID
    lease_until: datetime
    gateway: Gateway
    host: str
    doubt: Doubt


class Moved:
    """The head was settled without a call: claim again."""


MOVED = Moved()


def claim(device_id: UUID) -> Job | Moved | None:
    """Lease the head of the lane of `device_id`; None when there is nothing to do for it now."""
    with transaction():
        if db.session.execute(LOCK_LANE, _of(device_id)).one_or_none() is None:
            return None
        head = db.session.execute(HEAD, _of(device_id)).one_or_none()
        if head is None:
            return None
        row = db.session.get_one(Submission, (current_tenant_id(), head.id), populate_existing=True)
        if row.state == "sending":
            return _expire(row) if head.expired else None
        if not head.due:
            return None
        device = db.session.get_one(Device, (current_tenant_id(), device_id), populate_existing=True)
        return _take(row, device)


def _take(row: Submission, device: Device) -> Job | Moved | None:
    try:
        unit = control_unit(device)
        settled = _settled_without_a_call(row, unit)
        if settled:
            return MOVED
        if not circuit.may_call(unit.host):
            states.wait(row, circuit.PROBE_EVERY_SECONDS)
            return None
        gateway = unit.gateway()
        if row.state == "queued" and row.body is None:
            _bind(row, unit)
    except PayloadError as error:
        states.refuse(row, None, error.sentence)
        return MOVED
    except (KraError, UnitAddressRefused) as error:
        log.error("lane_cannot_call", device_id=str(device.id), problem=str(error))
        states.wait(row, 60)
        return None
    return _lease(row, unit, gateway)


def _settled_without_a_call(row: Submission, unit: ControlUnit) -> bool:
    """Whether the head moved by what is known already: a refused forerunner, a late receipt, no way to find out."""
    if row.state == "queued":
        if row.waits_for and (cause := _refused_forerunner(row)) is not None:
            states.refuse(row, cause.code, f"Something it needs was not accepted: {cause.message}")
            return True
        return False
    if states.accept_late_receipt(row):
        return True
    if unit.doubt is Doubt.ASK and row.sequence is not None:
        states.hold(row, "cannot_tell")
        return True
    return False


def _refused_forerunner(row: Submission) -> Any:
    waited = {"tenant": row.tenant_id, "waits_for": row.waits_for}
    return db.session.execute(WAITED_FOR_IN_VAIN, waited).one_or_none()


def _bind(row: Submission, unit: ControlUnit) -> None:
    """Take KRA's number and build the exact bytes, now and not earlier; a payload that cannot be built takes no number."""
    with db.session.begin_nested():
        number = numbers.take(row.device_id, row.sequence) if row.sequence else None
        body = build(row, number, unit)
    row.sequence_no, row.body, row.body_sha256, row.bound_at = number, body, sha256(body), states.clock()


def _lease(row: Submission, unit: ControlUnit, gateway: Gateway) -> Job:
    act = _act(row, unit)
    body, digest = row.body, row.body_sha256
    assert body is not None and digest is not None
    row.state = "sending" if row.state == "queued" else row.state
    row.lease_token, row.attempts = uuid4(), row.attempts + 1
    row.lease_until = row.next_at = states.clock() + timedelta(seconds=current_app.extensions["settings"].kra_lease)
    db.session.flush()
    attempt = Attempt(
        tenant_id=row.tenant_id, submission_id=row.id, token=row.lease_token, act=act.value, body_sha256=digest
    )
    db.session.add(attempt)
    return Job(
        row.tenant_id,
        row.device_id,
        row.id,
        SubmissionKind(row.kind),
        act,
        row.sequence_no,
        body,
        row.lease_token,
        row.lease_until,
        gateway,
        unit.host,
        unit.doubt,
    )


def _act(row: Submission, unit: ControlUnit) -> Act:
    if row.state == "queued":
        return Act.SEND
    if unit.doubt is Doubt.LOOK_UP and SubmissionKind(row.kind).is_signed:
        return Act.LOOK_UP
    return Act.REPEAT


def _expire(row: Submission) -> Moved:
    """A worker died with the lease: nobody knows what became of its call (rule 7)."""
    states.doubt(row, current_app.extensions["settings"].kra_quarantine)
    return MOVED


def _of(device_id: UUID) -> dict[str, UUID]:
    return {"tenant": current_tenant_id(), "device": device_id}

