"""Bringing one control unit in step with KRA after a restore, while all lanes are closed (`RELIABILITY.md` §16).

What was signed after the restore point is not in this database. An OSCU tells it number by number. A VSCU tells nothing, so
whatever waited at the restore point is sent as one repeats a doubt: a signature proves that nothing later is there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from portal.audit import services as audit
from portal.devices.models import Device
from portal.devices.units import ControlUnit, control_unit
from portal.fiscal.frozen import Signature
from portal.infra.crypto import sha256
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.kra.errors import PayloadError
from portal.kra.gateway import Gateway
from portal.kra.operations import Transport
from portal.kra.outcomes import Answer, Outcome
from portal.kra.values import StoredSale
from portal.submissions import numbers, services, states
from portal.submissions.builders import build
from portal.submissions.claim import Job, Moved, claim
from portal.submissions.models import Attempt, Counter, Evidence, Submission
from portal.submissions.rules import Act
from portal.submissions.settle import settle

SERIES = "invoice"
MOST_AT_ONCE = 10_000
COUNTER = text("""
    INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (:tenant, :device, 'invoice', :last)
    ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = greatest(c.last_no, excluded.last_no)""")
UNTOUCHED_LANE = "Nothing waits here to tell how far KRA is. Read its last invoice number at the unit: --last SERIAL=NUMBER"


class NotReconciled(Exception):
    """A control unit could not be compared with KRA; the message says why, and its lane stays closed."""


def reconcile(device_id: UUID, last_number: int | None) -> str:
    """Compare a unit with KRA and go on from there; the answer says in words what was found. Raises NotReconciled.

    `last_number` is KRA's last invoice number of the unit as a person has read it.
    """
    with transaction():
        device = _begin(device_id)
        unit = control_unit(device)
        transport = unit.transport
    if last_number is not None:
        return _as_a_person_says(device_id, last_number)
    gateway = _gateway(unit)
    return _by_asking(device_id, gateway) if transport is Transport.OSCU else _by_repeating(device_id)


def stop(device_id: UUID) -> None:
    """Keep the lane of a unit closed that could not be compared."""
    with transaction():
        device = _locked(device_id)
        if device.status == "ready":
            device.status = "lane_held"
            _note(device, "lane kept closed after a restore")


def _begin(device_id: UUID) -> Device:
    """Whoever held a lease is gone with the old database; a lane that only waited for this is opened."""
    device = _locked(device_id)
    if device.status == "lane_held" and not states.has_doubt(device_id):
        device.status = "ready"
    sending = select(Submission).where(*_in_lane(device_id), Submission.state == "sending")
    for row in db.session.execute(sending.with_for_update()).scalars().all():
        states.doubt(row, 0, database_now())
    return device


def _gateway(unit: ControlUnit) -> Gateway:
    with transaction():
        return unit.gateway()


# --- OSCU: KRA is asked


def _by_asking(device_id: UUID, gateway: Gateway) -> str:
    """Look up one number after the other until there is none."""
    _settle_other_doubts(device_id)
    number, found = _first_open_number(device_id), 0
    for _ in range(MOST_AT_ONCE):
        answer = gateway.look_up_sale(number)
        if answer.outcome is Outcome.EMPTY:
            return f"in step with KRA, {found} documents found there"
        if answer.outcome is not Outcome.SUCCESS or answer.value is None:
            raise NotReconciled(f"KRA could not be asked: {answer.message or answer.outcome.value}")
        with transaction():
            _take_over(_locked(device_id), number, answer)
        number, found = number + 1, found + 1
    raise NotReconciled("KRA has more documents than can be compared at once; run this again.")


def _first_open_number(device_id: UUID) -> int:
    with transaction():
        doubt = select(Submission.sequence_no).where(*_in_lane(device_id), Submission.sequence == SERIES)
        unknown = db.session.execute(doubt.where(Submission.state == "unknown")).scalar_one_or_none()
        return unknown or _last_number(device_id) + 1


def _take_over(device: Device, number: int, answer: Answer[StoredSale]) -> None:
    """Accept the document of ours that KRA holds under `number`, or go past what was lost with the old database."""
    stored = answer.value
    assert stored is not None
    unit = control_unit(device)
    held_here = _free_the_number(device, number, stored)
    row = held_here or next((each for each in _waiting(device.id) if _is(stored, each, number, unit)), None)
    db.session.execute(COUNTER, {"tenant": device.tenant_id, "device": device.id, "last": number - 1})
    if row is None or stored.signature is None:
        numbers.go_to(device.id, SERIES, number, number + 1)
        _note(device, "document at KRA that was lost in a restore", number=number, document=stored.trader_number,
              total=str(stored.total_amount))  # fmt: skip
        return
    if row.state == "queued":
        _bind(row, number, unit)
        db.session.execute(COUNTER, {"tenant": device.tenant_id, "device": device.id, "last": number})
    _accept(row, stored.signature, answer)


def _free_the_number(device: Device, number: int, stored: StoredSale) -> Submission | None:
    """The doubtful row of this number when it is what KRA holds; another one gives the number up and waits again."""
    row = db.session.execute(
        select(Submission).where(
            *_in_lane(device.id), Submission.sequence == SERIES, Submission.sequence_no == number, Submission.state == "unknown"
        )
    ).scalar_one_or_none()
    if row is None or (row.body is not None and stored.is_what_we_sent(row.body)):
        return row
    now = database_now()
    row.sequence_no = row.body = row.body_sha256 = row.bound_at = None
    states.refuse(row, None, "KRA holds another document under its number since the restore.", now)
    services.requeue(row)
    return None


def _is(stored: StoredSale, row: Submission, number: int, unit: ControlUnit) -> bool:
    try:
        return stored.is_what_we_sent(build(row, number, unit))
    except PayloadError:
        return False


def _bind(row: Submission, number: int, unit: ControlUnit) -> None:
    body, now = build(row, number, unit), database_now()
    row.sequence_no, row.body, row.body_sha256, row.bound_at = number, body, sha256(body), now
    row.state, row.lease_token, row.lease_until, row.attempts = "sending", uuid4(), now, row.attempts + 1
    db.session.flush()


def _accept(row: Submission, signature: Signature, answer: Answer[Any]) -> None:
    token = uuid4()
    db.session.add(
        Attempt(
            tenant_id=row.tenant_id, submission_id=row.id, token=token, act=Act.LOOK_UP.value, body_sha256=row.body_sha256
        )
    )
    db.session.add(
        Evidence(
            tenant_id=row.tenant_id, submission_id=row.id, token=token, source=Act.LOOK_UP.value, outcome=answer.outcome.value,
            silent=False, http_status=answer.http_status, result_code=answer.code, message="found at KRA after a restore",
            receipt=states.receipt_to_json(signature),
        )
    )  # fmt: skip
    db.session.flush()
    states.accept(row, signature, "restore", database_now())


def _settle_other_doubts(device_id: UUID) -> None:
    """What is no sale has nothing to look up: the same bytes again."""
    for _ in range(3):
        with transaction():
            doubt = select(Submission).where(*_in_lane(device_id), Submission.state == "unknown")
            row = db.session.execute(doubt).scalar_one_or_none()
            if row is None or row.sequence == SERIES:
                return
            states.wait(row, 0)
        job = claim(device_id)
        if isinstance(job, Job):
            settle(job, job.gateway.tell(job.kind, job.body))
    raise NotReconciled("Something that is no invoice has no clear answer from KRA yet; run this again.")


# --- VSCU: a repeat tells


def _by_repeating(device_id: UUID) -> str:
    """Send what waits as one repeats a doubt, until KRA signs one: then it had nothing later."""
    spent = 0
    for _ in range(MOST_AT_ONCE):
        _make_due(device_id)
        job = claim(device_id)
        if isinstance(job, Moved):
            continue
        if job is None:
            raise NotReconciled(UNTOUCHED_LANE)
        if job.kind.is_signed and job.act is Act.SEND:
            _doubt(job)
            continue
        answer = job.gateway.tell(job.kind, job.body)
        settle(job, answer)
        if answer.silent or answer.outcome is Outcome.NOT_SENT:
            raise NotReconciled(f"KRA could not be reached: {answer.message or answer.outcome.value}")
        if job.kind.is_signed and answer.outcome is Outcome.SUCCESS:
            return f"in step with KRA, {spent} documents there wait for their receipt"
        spent += job.kind.is_signed
    raise NotReconciled("More waits than can be compared at once; run this again.")


def _doubt(job: Job) -> None:
    """It may have been sent before the restore: nobody lived to write down how that ended."""
    with transaction():
        states.doubt(services.lock(job.submission_id), 0, database_now())


def _make_due(device_id: UUID) -> None:
    """The quarantine has passed: no call of before the restore is still on its way."""
    with transaction():
        _locked(device_id)
        waits = select(Submission).where(*_in_lane(device_id), Submission.state.in_(("queued", "unknown")))
        for row in db.session.execute(waits.where(Submission.next_at > database_now())).scalars().all():
            states.wait(row, 0)


def _as_a_person_says(device_id: UUID, last_number: int) -> str:
    with transaction():
        device = _locked(device_id)
        next_here = _last_number(device_id) + 1
        if last_number + 1 < next_here:
            raise NotReconciled(f"The number {next_here - 1} was signed here already: {last_number} cannot be KRA's last one.")
        if last_number + 1 > next_here:
            db.session.execute(COUNTER, {"tenant": device.tenant_id, "device": device_id, "last": next_here - 1})
            numbers.go_to(device_id, SERIES, next_here, last_number + 1)
        _note(device, "numbers compared by a person after a restore", last_number=last_number)
        return f"goes on with {last_number + 1}"


# --- what both need


def _in_lane(device_id: UUID) -> tuple[Any, ...]:
    return Submission.tenant_id == current_tenant_id(), Submission.device_id == device_id


def _waiting(device_id: UUID) -> list[Submission]:
    unbound = select(Submission).where(
        *_in_lane(device_id), Submission.sequence == SERIES, Submission.state == "queued", Submission.sequence_no.is_(None)
    )
    return list(db.session.execute(unbound.order_by(Submission.position)).scalars())


def _last_number(device_id: UUID) -> int:
    last = select(Counter.last_no).where(
        Counter.tenant_id == current_tenant_id(), Counter.scope_id == device_id, Counter.series == SERIES
    )
    return db.session.execute(last).scalar_one_or_none() or 0


def _locked(device_id: UUID) -> Device:
    lane = select(Device).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
    return db.session.execute(lane.with_for_update(key_share=True)).scalar_one()


def _note(device: Device, what: str, **detail: Any) -> None:
    audit.record(states.MACHINE, what, f"control unit {device.serial}", branch_id=device.branch_id, **detail)
