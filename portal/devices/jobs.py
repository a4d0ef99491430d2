"""What workers do for control units: set them up, keep in touch, refresh lists, ask what a person waits for."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from portal.devices import fetching, progress, queries, setup
from portal.devices.calls import called, note
from portal.devices.models import KraQuestion
from portal.devices.units import ControlUnit, control_unit
from portal.infra import outbox
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.kra.gateway import Gateway
from portal.kra.outcomes import Answer
from portal.kra.values import Taxpayer

STALE_LISTS = text("""
    SELECT NOT EXISTS (SELECT 1 FROM look_up_mark WHERE tenant_id = :tenant AND device_id = :device
                          AND operation = 'codes' AND fetched_at > now() - interval '1 day')""")


@outbox.handles("set_up_device")
def set_up_device(device_id: UUID) -> None:
    """Take the set-up of a device as far as it goes."""
    setup.set_up(device_id)


@outbox.handles("heartbeat")
def heartbeat(device_id: UUID) -> None:
    """Look up notices: new ones are shown, and KRA's answer moves the 24-hour clock. Once a day the lists follow."""
    unit = _unit(device_id)
    answer = fetching.fetch(unit, "notices", ends=_soon())
    if not answer.ok:
        raise outbox.Later(answer.message or "No word from KRA.")
    with transaction():
        if db.session.execute(STALE_LISTS, {"tenant": unit.tenant_id, "device": device_id}).scalar_one():
            outbox.wish("lanes", "refresh_lists", device_id)


@outbox.handles("refresh_lists")
def refresh_lists(device_id: UUID) -> None:
    """Bring every list of KRA up to date; one that cannot be fetched now is tried again."""
    unit, ends = _unit(device_id), _soon()
    for name in fetching.names():
        try:
            answer = fetching.fetch(unit, name, ends=ends)
        except fetching.OutOfTime:
            raise outbox.Later(setup.MORE_TO_COME) from None
        if not answer.ok:
            raise outbox.Later(f"{name}: {answer.message}")


@outbox.handles("ask_kra")
def ask_kra(question_id: UUID) -> None:
    """Ask KRA once what a person waits for; no answer is an answer too, because nobody waits longer than seconds."""
    with transaction():
        question = db.session.get_one(KraQuestion, (current_tenant_id(), question_id))
        if question.answered_at is not None:
            return
        kind, argument, device_id = question.kind, question.argument, question.device_id
    unit = _unit(device_id)
    with transaction():
        gateway = unit.gateway()
    started = time.monotonic()
    answer = called(unit, lambda: _ask(gateway, kind, argument))
    milliseconds = round(1000 * (time.monotonic() - started))
    with transaction():
        note(unit, answer)
        question = db.session.get_one(KraQuestion, (current_tenant_id(), question_id), with_for_update=True)
        question.answered_at, question.outcome = database_now(), answer.outcome.value
        question.answer = _found(answer) | {"milliseconds": milliseconds}


def _ask(gateway: Gateway, kind: str, argument: str) -> Answer[Any]:
    return gateway.taxpayer(argument) if kind == "taxpayer" else gateway.notices(None)


def _found(answer: Answer[Any]) -> dict[str, Any]:
    if isinstance(answer.value, Taxpayer):
        return {"pin": answer.value.pin, "name": answer.value.name, "is_active": answer.value.is_active}
    return {} if answer.ok else {"code": answer.code, "message": answer.message[: progress.MESSAGE_LENGTH]}


def _unit(device_id: UUID) -> ControlUnit:
    with transaction():
        return control_unit(queries.device(device_id))


def _soon() -> float:
    return time.monotonic() + setup.RUN_SECONDS
