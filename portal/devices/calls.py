"""Asking a control unit something: never inside a transaction, never against an open circuit. For workers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from portal.devices import circuit, services
from portal.devices.units import ControlUnit
from portal.infra.db import transaction
from portal.kra.outcomes import Answer, Outcome

T = TypeVar("T")
UNHEARD = (Outcome.NOT_SENT, Outcome.AMBIGUOUS)
AWAY = "KRA has not been answering for a while, so this was not sent. It goes out by itself as soon as KRA answers."


def called(unit: ControlUnit, call: Callable[[], Answer[T]]) -> Answer[T]:
    """The answer to one call, or NOT_SENT without a call while KRA's host is known to be away."""
    with transaction():
        may_call = circuit.may_call(unit.host)
    return call() if may_call else Answer(outcome=Outcome.NOT_SENT, message=AWAY)


def note(unit: ControlUnit, answer: Answer[Any]) -> None:
    """Keep, inside the open act, what an answer says about KRA's host and about contact with KRA."""
    if answer.message == AWAY:
        return
    unheard = answer.outcome is Outcome.NOT_SENT or (answer.outcome in UNHEARD and answer.silent)
    (circuit.failed if unheard else circuit.answered)(unit.host)
    if answer.authenticated:
        services.record_contact(unit.device_id)
