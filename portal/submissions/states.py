"""The moves of a submission, each in the caller's transaction; the database refuses every other (`RELIABILITY.md` §1)."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import func, select, text

from portal.audit import services as audit
from portal.devices.models import Device
from portal.fiscal.frozen import Signature
from portal.infra import events
from portal.infra.db import db
from portal.infra.events import Event
from portal.submissions.models import Evidence, Submission
from portal.submissions.rules import back_off_seconds

log = structlog.get_logger()
MACHINE = "Risiti"


def clock() -> datetime:
    """The database's clock now."""
    with db.session.no_autoflush:  # a row in the middle of a move must not be written half changed
        moment: datetime = db.session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def accept(row: Submission, signature: Signature | None, source: str) -> None:
    """KRA has it; for a sale or credit note with KRA's signature. Everything that follows is in the same transaction."""
    if signature is not None:
        row.receipt_no, row.total_receipt_no = signature.receipt_number, signature.total_receipt_number
        row.internal_data, row.signature = signature.internal_data, signature.signature
        row.signed_at, row.sdc_id, row.mrc_number = signature.signed_at, signature.sdc_id, signature.mrc_number
    _settle(row, "accepted")
    row.problem_code = row.problem_message = None
    db.session.flush()
    if signature is not None:
        _warn_of_repeated_signature(row, signature)
    events.tell(Event.SUBMISSION_ACCEPTED, row)
    _record(row, "accepted by KRA", source=source, number=row.sequence_no)


def refuse(row: Submission, code: str | None, message: str) -> None:
    """KRA said a definite no and kept nothing; the number was handed back before."""
    _settle(row, "refused")
    row.problem_code, row.problem_message = code, message[:1000]
    db.session.flush()
    events.tell(Event.SUBMISSION_REFUSED, row)
    _record(row, "refused by KRA", code=code)


def hold(row: Submission, reason: str) -> None:
    """The machine cannot settle it: a person must. `cannot_tell` stops the lane, `device` blocks the unit."""
    _settle(row, "held")
    row.held_reason = reason
    if reason == "cannot_tell":
        set_device(row, "lane_held")
    db.session.flush()
    _record(row, "held", reason=reason)


def doubt(row: Submission, wait_seconds: float) -> None:
    """It is not known whether KRA has it; asked again after `wait_seconds`."""
    row.unknown_since = row.unknown_since or clock()
    row.state = "unknown"
    row.lease_token = row.lease_until = None
    row.next_at = clock() + timedelta(seconds=wait_seconds)
    db.session.flush()


def requeue(row: Submission, tries: int) -> None:
    """Back into its turn: no byte left, or KRA proved that it kept nothing."""
    row.state = "queued"
    row.lease_token = row.lease_until = row.unknown_since = row.held_reason = None
    row.next_at = clock() + timedelta(seconds=back_off(tries) if tries >= 0 else 0)
    db.session.flush()


def wait(row: Submission, seconds: float) -> None:
    """Leave it as it is and look again after `seconds`."""
    row.next_at = clock() + timedelta(seconds=seconds)
    db.session.flush()


def set_device(row: Submission, status: str) -> None:
    """Stop the lane of this row; it opens again by an act of a person."""
    device = db.session.get_one(Device, (row.tenant_id, row.device_id))
    if device.status in ("ready", "lane_held") and device.status != status:
        device.status = status
        log.error("device_stopped", device_id=str(device.id), status=status)
        audit.record(MACHINE, f"control unit {status.replace('_', ' ')}", f"device {device.id}")


def back_off(tries: int) -> float:
    """Seconds to wait after `tries` misses."""
    quarantine = current_app.extensions["settings"].kra_quarantine
    return back_off_seconds(tries, quarantine, random.random())  # noqa: S311 - spreads load, guards nothing


def accept_late_receipt(row: Submission) -> bool:
    """Use a receipt that came after its lease was lost: late receipts are never thrown away (rule 8)."""
    late = db.session.execute(
        select(Evidence.receipt)
        .where(
            Evidence.tenant_id == row.tenant_id,
            Evidence.submission_id == row.id,
            Evidence.receipt.is_not(None),
            Evidence.came_at >= row.bound_at,
        )
        .limit(1)
    ).scalar_one_or_none()
    if late is None:
        return False
    accept(row, receipt_from_json(late), "late")
    return True


def receipt_to_json(signature: Signature) -> dict[str, Any]:
    """A signature as it is kept with its evidence."""
    values = {name: getattr(signature, name) for name in Signature.__dataclass_fields__}
    return values | {"signed_at": signature.signed_at.isoformat()}


def receipt_from_json(kept: dict[str, Any]) -> Signature:
    """The signature that `receipt_to_json` kept."""
    return Signature(**(kept | {"signed_at": datetime.fromisoformat(kept["signed_at"])}))


def _settle(row: Submission, state: str) -> None:
    row.state = state
    row.lease_token = row.lease_until = row.held_reason = None
    row.settled_at = clock()


def _warn_of_repeated_signature(row: Submission, signature: Signature) -> None:
    repeated = db.session.execute(
        text(
            "SELECT 1 FROM submission WHERE tenant_id = :tenant AND device_id = :device AND id <> :id"
            " AND sequence = 'invoice' AND total_receipt_no = :total AND signature = :signature LIMIT 1"
        ),
        {
            "tenant": row.tenant_id,
            "device": row.device_id,
            "id": row.id,
            "total": signature.total_receipt_number,
            "signature": signature.signature,
        },
    ).first()
    if repeated:
        log.error("receipt_given_twice", submission_id=str(row.id))


def _record(row: Submission, what: str, **detail: Any) -> None:
    # One chain per branch, so that one till never waits for another's (RELIABILITY §15).
    branch_id = db.session.execute(
        select(Device.branch_id).where(Device.tenant_id == row.tenant_id, Device.id == row.device_id)
    ).scalar_one()
    details = json.loads(json.dumps(detail, default=str))
    audit.record(MACHINE, f"{row.kind.replace('_', ' ')} {what}", f"submission {row.id}", branch_id=branch_id, **details)
