"""The acts by which a person settles what the machine cannot (`RELIABILITY.md` §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.audit import services as audit
from portal.devices.models import Device
from portal.errors import BadInput, NotFound
from portal.fiscal.frozen import Signature
from portal.identity.access import Actor
from portal.infra import events, queue
from portal.infra.db import after_commit, database_now, db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.submissions import numbers, services, states
from portal.submissions.models import Evidence, Submission
from portal.submissions.services import NotNow


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReceipt:
    """What a person copied from the control unit or from KRA's portal; `total` is in KES."""

    number: int
    total: Decimal
    sdc_id: str
    receipt_number: int
    total_receipt_number: int
    internal_data: str
    signature: str
    signed_at: datetime
    opened_at_kra: bool


def i_have_the_receipt(actor: Actor, submission_id: UUID, found: FoundReceipt, total: Decimal, reason: str) -> None:
    """Accept a held sale with the receipt a person found; raises BadInput where it is not the receipt of this sale."""
    with transaction():
        row = services.lock(submission_id)
        if row.state != "held" or row.held_reason == "device":
            raise NotNow("This is not waiting for a receipt any more.")
        device = db.session.get_one(Device, (row.tenant_id, row.device_id))
        _check(found, row, device, total)
        signature = Signature(
            receipt_number=found.receipt_number,
            total_receipt_number=found.total_receipt_number,
            internal_data=found.internal_data,
            signature=found.signature,
            signed_at=found.signed_at,
            sdc_id=found.sdc_id,
            mrc_number=device.mrc_number or "",
        )
        _keep(row, "the receipt was entered by a person", signature)
        states.accept(row, signature, "person", database_now())
        states.open_lane(row.device_id)
        _record(actor, row, "settled with its receipt", reason)


def it_never_arrived(actor: Actor, submission_id: UUID, reason: str) -> bool:
    """Say that KRA does not have a held row. True: it goes out again under its number. False: a later number is out,
    so this one is spent for ever, the row is void, and the sale must be issued again as a new document."""
    with transaction():
        row = services.lock(submission_id)
        if row.state != "held" or row.held_reason == "device":
            raise NotNow("This is not waiting for your answer any more.")
        _keep(row, "a person says that KRA does not have it", None)
        again = not _later_number_is_out(row)
        if again:
            states.requeue(row, 0, database_now())
            row.problem_code = row.problem_message = None
            after_commit(queue.ring_lanes)
        else:
            row.state, row.held_reason, row.settled_at = "void", None, database_now()
            db.session.flush()
            events.tell(Event.SUBMISSION_VOID, row)
        states.open_lane(row.device_id)
        _record(actor, row, "never arrived at KRA", reason)
        return again


def unit_is_repaired(actor: Actor, device_id: UUID, reason: str) -> None:
    """Open a blocked control unit: a row that met another document under its number gets a new number at its next turn."""
    with transaction():
        lane = select(Device).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
        device = db.session.execute(lane.with_for_update(key_share=True)).scalar_one_or_none()
        if device is None:
            raise NotFound
        if device.status != "blocked":
            raise NotNow("This control unit is not stopped.")
        for row in _held_for_device(device_id):
            _give_a_new_number(row)
        numbers.take_up_what_kra_expects(device_id)
        device.status = "lane_held" if states.has_doubt(device_id) else "ready"
        audit.record(actor.name, "control unit repaired", f"device {device.id}", branch_id=device.branch_id, reason=reason)
        after_commit(queue.ring_lanes)


def _check(found: FoundReceipt, row: Submission, device: Device, total: Decimal) -> None:
    if found.number != row.sequence_no:
        raise BadInput(f"KRA's invoice number of this sale is {row.sequence_no}. The receipt you entered is of another one.")
    if found.total != total:
        raise BadInput("The total on the receipt differs from this sale. It is the receipt of another sale.")
    if device.sdc_id is not None and found.sdc_id != device.sdc_id:
        raise BadInput(f"The receipt is from another control unit. Ours is {device.sdc_id}.")
    if not found.opened_at_kra:
        raise BadInput("Open the receipt at KRA first, with the link below its QR code, and tick that it is there.")
    if not found.signature.isalnum() or not found.internal_data.isalnum():
        raise BadInput("Enter the signature and the internal data without the dashes: letters and digits only.")


def _later_number_is_out(row: Submission) -> bool:
    later = select(Submission.id).where(
        Submission.tenant_id == row.tenant_id,
        Submission.device_id == row.device_id,
        Submission.sequence == row.sequence,
        Submission.sequence_no > row.sequence_no,
    )
    return row.sequence_no is not None and db.session.execute(later.limit(1)).first() is not None


def _give_a_new_number(row: Submission) -> None:
    """Queue a row that met another program's document: that number is not ours, so the numbers jump over it."""
    if row.sequence is not None and row.sequence_no is not None:
        numbers.go_to(row.device_id, row.sequence, row.sequence_no, row.sequence_no + 1)
    now = database_now()
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None
    states.requeue(row, 0, now)


def _held_for_device(device_id: UUID) -> list[Submission]:
    held = select(Submission).where(
        Submission.tenant_id == current_tenant_id(), Submission.device_id == device_id, Submission.held_reason == "device"
    )
    return list(db.session.execute(held.with_for_update()).scalars())


def _keep(row: Submission, message: str, signature: Signature | None) -> None:
    db.session.add(
        Evidence(
            tenant_id=row.tenant_id,
            submission_id=row.id,
            token=uuid4(),
            source="person",
            outcome="success" if signature else "empty",
            silent=False,
            message=message,
            receipt=states.receipt_to_json(signature) if signature else None,
        )
    )
    db.session.flush()


def _record(actor: Actor, row: Submission, what: str, reason: str) -> None:
    branch_id = db.session.execute(
        select(Device.branch_id).where(Device.tenant_id == row.tenant_id, Device.id == row.device_id)
    ).scalar_one()
    words = f"{row.kind.replace('_', ' ')} {what}"
    audit.record(actor.name, words, f"submission {row.id}", branch_id=branch_id, reason=reason, number=row.sequence_no)
