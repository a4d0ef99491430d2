"""The moves of a submission, each in the caller's transaction; the database refuses every other (`RELIABILITY.md` §1)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select, text

from portal.audit import services as audit
from portal.devices.models import Device
from portal.fiscal.frozen import Signature
from portal.infra import events, queue
from portal.infra.db import after_commit, database_now, db
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import Attempt, Evidence, Submission
from portal.submissions.rules import back_off_seconds

log = structlog.get_logger()
MACHINE = "Risiti"
OPEN_LANE = text("UPDATE device SET status = 'ready' WHERE tenant_id = :tenant AND id = :device AND status = 'lane_held'")


def accept(row: Submission, signature: Signature | None, source: str, at: datetime) -> None:
    """KRA has it; for a sale or credit note with KRA's signature. Everything that follows is in the same transaction."""
    if signature is not None:
        row.receipt_no, row.total_receipt_no = signature.receipt_number, signature.total_receipt_number
        row.internal_data, row.signature = signature.internal_data, signature.signature
        row.signed_at, row.sdc_id, row.mrc_number = signature.signed_at, signature.sdc_id, signature.mrc_number
    _settle(row, "accepted", at)
    row.problem_code = row.problem_message = None
    db.session.flush()
    announce(row, source, _branch_of(row))


def announce(row: Submission, source: str, branch_id: UUID) -> None:
    """Let everybody draw the conclusions of an acceptance that is written, and then the audit row."""
    events.tell(Event.SUBMISSION_ACCEPTED, row)
    _audit(row, "accepted by KRA", branch_id, source=source, number=row.sequence_no)


def refuse(row: Submission, code: str | None, message: str, at: datetime) -> None:
    """KRA said a definite no and kept nothing; the number was handed back before."""
    _settle(row, "refused", at)
    row.problem_code, row.problem_message = code, message[:1000]
    db.session.flush()
    events.tell(Event.SUBMISSION_REFUSED, row)
    record(row, "refused by KRA", code=code)


def hold(row: Submission, reason: str, at: datetime) -> None:
    """The machine cannot settle it: a person must. `cannot_tell` stops the lane, `device` blocks the unit."""
    _settle(row, "held", at)
    row.held_reason = reason
    db.session.flush()
    log.error("submission_held", submission_id=str(row.id), reason=reason)
    record(row, "held", reason=reason)
    if reason == "cannot_tell":
        stop_device(row, "lane_held")


def doubt(row: Submission, wait_seconds: float, at: datetime) -> None:
    """It is not known whether KRA has it; asked again after `wait_seconds`."""
    row.unknown_since = row.unknown_since or at
    row.state = "unknown"
    row.lease_token = row.lease_until = None
    row.next_at = at + timedelta(seconds=wait_seconds)
    db.session.flush()


def requeue(row: Submission, wait_seconds: float, at: datetime) -> None:
    """Back into its turn: no byte left, or KRA proved that it kept nothing."""
    row.state = "queued"
    row.lease_token = row.lease_until = row.unknown_since = row.held_reason = None
    row.next_at = at + timedelta(seconds=wait_seconds)
    db.session.flush()


def wait(row: Submission, seconds: float) -> None:
    """Leave it as it is and look again after `seconds`."""
    row.next_at = database_now() + timedelta(seconds=seconds)
    db.session.flush()


def stop_device(row: Submission, status: str) -> None:
    """Stop the lane of this row; it opens again by an act of a person."""
    device = db.session.get_one(Device, (row.tenant_id, row.device_id), populate_existing=True)
    if device.status in ("ready", "lane_held") and device.status != status:
        device.status = status
        log.error("device_stopped", device_id=str(device.id), status=status)
        audit.record(
            MACHINE, f"control unit {status.replace('_', ' ')}", f"device {device.id}", branch_id=device.branch_id
        )


def open_lane(device_id: UUID) -> None:
    """Open a lane that was stopped for a doubt when its last doubt is gone, inside the open act."""
    db.session.flush()
    if not has_doubt(device_id):
        db.session.execute(OPEN_LANE, {"tenant": current_tenant_id(), "device": device_id})
        after_commit(queue.ring_lanes)


def has_doubt(device_id: UUID) -> bool:
    """Whether a row of this device is held because nobody can tell whether KRA has it."""
    found = select(Submission.id).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.device_id == device_id,
        Submission.state == "held",
        Submission.held_reason == "cannot_tell",
    )
    return db.session.execute(found.limit(1)).first() is not None


def back_off(tries: int) -> float:
    """Seconds to wait after `tries` misses."""
    quarantine = current_app.extensions["settings"].kra_quarantine
    return back_off_seconds(tries, quarantine, random.random())  # noqa: S311 - spreads load, guards nothing


def late_receipt(row: Submission) -> Signature | None:
    """A receipt for these very bytes that came after its lease was lost: late receipts are never thrown away (rule 8)."""
    kept = db.session.execute(
        select(Evidence.receipt)
        .join(Attempt, (Attempt.tenant_id == Evidence.tenant_id) & (Attempt.token == Evidence.token))
        .where(
            Evidence.tenant_id == row.tenant_id,
            Evidence.submission_id == row.id,
            Evidence.receipt.is_not(None),
            Attempt.submission_id == row.id,
            Attempt.body_sha256 == row.body_sha256,
        )
        .limit(1)
    ).scalar_one_or_none()
    return None if kept is None else receipt_from_json(kept)


def receipt_to_json(signature: Signature) -> dict[str, Any]:
    """A signature as it is kept with its evidence."""
    values = {name: getattr(signature, name) for name in Signature.__dataclass_fields__}
    return values | {"signed_at": signature.signed_at.isoformat()}


def receipt_from_json(kept: dict[str, Any]) -> Signature:
    """The signature that `receipt_to_json` kept."""
    return Signature(**(kept | {"signed_at": datetime.fromisoformat(kept["signed_at"])}))


def record(row: Submission, what: str, **detail: Any) -> None:
    """An audit row of what the machine did, in the chain of the branch: one till never waits for another's (§15)."""
    _audit(row, what, _branch_of(row), **detail)


def _audit(row: Submission, what: str, branch_id: UUID, **detail: Any) -> None:
    audit.record(MACHINE, f"{row.kind.replace('_', ' ')} {what}", f"submission {row.id}", branch_id=branch_id, **detail)


def _branch_of(row: Submission) -> UUID:
    of_device = select(Device.branch_id).where(Device.tenant_id == row.tenant_id, Device.id == row.device_id)
    branch_id: UUID = db.session.execute(of_device).scalar_one()
    return branch_id


def _settle(row: Submission, state: str, at: datetime) -> None:
    row.state = state
    row.lease_token = row.lease_until = row.held_reason = None
    row.settled_at = at
