"""Setting up a control unit: each step is claimed, done without a transaction, and settled. For workers only."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import structlog

from portal.audit import services as audit
from portal.devices import initialising, numbering, progress, queries
from portal.devices.calls import called, note
from portal.devices.fetching import OutOfTime, fetch
from portal.devices.models import Device
from portal.devices.services import MACHINE
from portal.devices.units import ControlUnit, UnitAddressRefused, control_unit
from portal.infra.crypto import CryptoError
from portal.infra.db import transaction
from portal.infra.outbox import Later
from portal.kra.errors import KraError
from portal.kra.operations import Transport
from portal.kra.outcomes import Answer, Outcome
from portal.kra.values import DeviceKeys

log = structlog.get_logger()
# A run begins no further call after this, so that it ends before the lease of its wish and the time limit of its job.
RUN_SECONDS = 40
INITIALISE = "initialise"

KEY_LOST = (
    "KRA says this control unit is installed already, and it hands out its key only once. We do not have that key."
    " Ask KRA (timsupport@kra.go.ke) to unbind the unit, then try again."
)
ADDRESS_REFUSED = "The address of this control unit may not be used here. Our operators must correct it."
KEYS_UNREADABLE = "The stored key of this control unit cannot be read. Our operators must look."
MORE_TO_COME = "There is more to fetch; it goes on by itself."


def set_up(device_id: UUID) -> None:
    """Take the set-up as far as it goes now; raises Later when it is to go on by itself."""
    ends = time.monotonic() + RUN_SECONDS
    while (name := progress.begin_next(device_id)) is not None:
        again = _do(device_id, name, ends)
        if again is not None or time.monotonic() > ends:
            raise Later(again or MORE_TO_COME)


def _do(device_id: UUID, name: str, ends: float) -> str | None:
    """Do one claimed step; returns why it is to be tried again by itself. Whatever stops it is said on the step."""
    try:
        with transaction():
            unit = control_unit(queries.device(device_id))
        return _initialise(unit) if name == INITIALISE else _fetch(unit, name, ends)
    except OutOfTime:
        progress.settle(device_id, name, "waiting", MORE_TO_COME)
        return MORE_TO_COME
    except (UnitAddressRefused, KraError) as error:
        log.error("set_up_refused", device_id=str(device_id), problem=str(error))
        progress.settle(device_id, name, "failed", ADDRESS_REFUSED)
    except CryptoError:
        log.exception("key_unreadable", device_id=str(device_id))
        progress.settle(device_id, name, "failed", KEYS_UNREADABLE)
    return None


def _initialise(unit: ControlUnit) -> str | None:
    with transaction():
        gateway = unit.gateway()
    answer = called(unit, gateway.initialise)
    looked_up = called(unit, gateway.notices) if _is_installed_elsewhere(unit, answer) else None
    with transaction():
        device = progress.locked(unit.device_id)
        note(unit, answer)
        if looked_up is not None:
            note(unit, looked_up)
        return _settle(unit, device, answer, looked_up)


def _is_installed_elsewhere(unit: ControlUnit, answer: Answer[DeviceKeys]) -> bool:
    """Whether a VSCU was installed and we hold no answer: then a look-up shows whether it can be used (PROTOCOL §4)."""
    if not answer.already_installed or unit.transport is not Transport.VSCU:
        return False
    with transaction():
        return not initialising.is_stored(unit, queries.device(unit.device_id))


def _settle(unit: ControlUnit, device: Device, answer: Answer[DeviceKeys], looked_up: Answer[Any] | None) -> str | None:
    """Draw the conclusions of an answer to the initialisation (PROTOCOL §4), inside the open act."""
    if answer.outcome is Outcome.SUCCESS and answer.value is not None:
        initialising.keep_answer(device, answer.value)
    elif answer.waiting_for_approval:
        progress.write(device, INITIALISE, "waiting_for_kra", answer.message, answer.code)
        return None
    elif not answer.already_installed:
        return progress.again_or_fail(device, INITIALISE, answer)
    elif not initialising.is_stored(unit, device):
        if looked_up is None:
            progress.write(device, INITIALISE, "failed", KEY_LOST, answer.code)
            return None
        if not looked_up.ok:
            return progress.again_or_fail(device, INITIALISE, looked_up)
        _take_over(device)
    progress.finish(device, INITIALISE)
    return None


def _take_over(device: Device) -> None:
    """Use a VSCU that was installed before: it holds its keys, and its ids come with the first signature."""
    numbering.take_up(device, invoice=None, purchase=None)
    audit.record(MACHINE, "control unit found installed", f"control unit {device.serial}", branch_id=device.branch_id)


def _fetch(unit: ControlUnit, name: str, ends: float) -> str | None:
    def say(rows: int) -> None:
        progress.write(queries.device(unit.device_id), name, "running", f"{rows:,} so far" if rows else None)

    answer = fetch(unit, name, ends=ends, progress=say)
    with transaction():
        device = progress.locked(unit.device_id)
        if not answer.ok:
            return progress.again_or_fail(device, name, answer)
        progress.finish(device, name)
    return None
