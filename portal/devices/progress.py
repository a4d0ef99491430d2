"""How far a set-up has come: claiming a step, settling it, and the moment a device is ready. For workers only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.audit import services as audit
from portal.devices.models import Device, SetupStep
from portal.devices.services import MACHINE, NEEDED, STEPS
from portal.infra import events
from portal.infra.db import database_now, db, transaction
from portal.infra.events import Event
from portal.infra.outbox import Later
from portal.infra.tenancy import current_tenant_id
from portal.kra.outcomes import Answer, Outcome

# A step whose worker died is taken over after this; no call lasts as long.
ABANDONED_AFTER = timedelta(seconds=90)
UNSURE_TRIES = 3
MESSAGE_LENGTH = 500


def begin_next(device_id: UUID) -> str | None:
    """Claim the next step that is to be done; None when all are done or a person is waited for.

    Raises Later while another worker is at it.
    """
    with transaction():
        device = locked(device_id)
        for step in _steps(device):
            if step.state == "done" or (step.name not in NEEDED and step.state == "failed"):
                continue
            if step.state in ("failed", "waiting_for_kra") or device.status == "retired":
                return None
            now = database_now()
            if step.state == "running" and now - step.changed_at < ABANDONED_AFTER:
                raise Later("Another worker is at it.")
            step.state, step.attempts, step.changed_at = "running", step.attempts + 1, now
            return step.name
    return None


def finish(device: Device, name: str) -> None:
    """Mark a step done, inside the open act; with the last needed one the device is ready."""
    write(device, name, "done")
    states = {step.name: step.state for step in _steps(device)}
    if device.status == "setting_up" and all(states.get(needed) == "done" for needed in NEEDED):
        device.status = "ready"
        db.session.flush()
        events.tell(Event.DEVICE_READY, device)
        audit.record(MACHINE, "control unit ready", f"control unit {device.serial}", branch_id=device.branch_id)


def again_or_fail(device: Device, name: str, answer: Answer[Any]) -> str | None:
    """Put a step back into its turn and return why, or mark it failed, inside the open act.

    Silence is waited out however long it takes; an answer that says nothing clear is asked three times; a no is a no.
    """
    step = db.session.get_one(SetupStep, (device.tenant_id, device.id, name))
    unheard = answer.silent or answer.outcome in (Outcome.NOT_SENT, Outcome.THROTTLED)
    unsure = answer.outcome is Outcome.AMBIGUOUS and step.attempts < UNSURE_TRIES
    again = unheard or unsure
    write(device, name, "waiting" if again else "failed", answer.message, answer.code)
    return (answer.message or name) if again else None


def write(device: Device, name: str, state: str, message: str | None = None, code: str | None = None) -> None:
    """Write down where a step stands, inside the open act; never more of KRA's answer than its code and message."""
    step = db.session.get_one(SetupStep, (device.tenant_id, device.id, name), populate_existing=True)
    step.state, step.code, step.changed_at = state, code, database_now()
    step.message = message.replace("\x00", "")[:MESSAGE_LENGTH] if message else None
    db.session.flush()


def settle(device_id: UUID, name: str, state: str, message: str) -> None:
    """An act of its own that writes down where a step stands."""
    with transaction():
        write(locked(device_id), name, state, message)


def locked(device_id: UUID) -> Device:
    """The device, locked against every other set-up and against its lane until the act ends."""
    wanted = select(Device).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
    fresh = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.execute(fresh).scalar_one()


def _steps(device: Device) -> list[SetupStep]:
    wanted = select(SetupStep).where(SetupStep.tenant_id == device.tenant_id, SetupStep.device_id == device.id)
    found = db.session.execute(wanted.execution_options(populate_existing=True)).scalars()
    return sorted(found, key=lambda step: STEPS.index(step.name))
