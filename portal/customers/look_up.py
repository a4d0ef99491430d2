"""What KRA says of a PIN: asked by a worker, seen by the form when it comes; no form waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, text

from portal.customers.forms import LONGEST_NAME
from portal.devices import questions
from portal.devices.models import KraQuestion
from portal.devices.queries import head_office_device
from portal.errors import NotFound
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id

# Seconds before each look at the answer, eight in all (UX §3); after the last one the form goes on without it.
DELAYS = (1, 1, 2, 2, 2)
FRESH = text("kra_question.answered_at > now() - interval '1 day'")


class State(StrEnum):
    """How far a question has come."""

    ASKING = "asking"
    FOUND = "found"
    UNKNOWN = "unknown"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class KraSays:
    """What KRA says of a PIN; `delay` is when to look again in seconds, None when it is final."""

    question_id: UUID
    pin: str
    state: State
    name: str | None = None
    is_active: bool | None = None
    looked: int = 0

    @property
    def delay(self) -> int | None:
        return DELAYS[self.looked] if self.state is State.ASKING and self.looked < len(DELAYS) else None

    @property
    def sentence(self) -> str:
        """One line for people."""
        if self.state is State.FOUND:
            return _("KRA knows this PIN: %(name)s.", name=self.name or _("no name given"))
        if self.state is State.UNKNOWN:
            return _("KRA does not know this PIN. Check it with the customer.")
        if self.state is State.ASKING and self.delay is not None:
            return _("Asking KRA for the name.")
        return _("KRA has not answered. You can go on without it.")

    @property
    def warning(self) -> str | None:
        """What should make a person look twice."""
        if self.state is State.FOUND and self.is_active is False:
            return _("KRA says that this PIN is not active. The customer may not be able to claim VAT.")
        return None


def ask(pin: str) -> KraSays | None:
    """Ask KRA about a PIN, an act of its own; what is known already is answered at once. None before the first set-up."""
    device = head_office_device()
    if device.status == "setting_up":
        return None
    return heard(questions.ask("taxpayer", pin, device.id))


def heard(question_id: UUID, looked: int = 0) -> KraSays:
    """What has come of a question after looking `looked` times; raises NotFound."""
    question = questions.answer(question_id)
    if question.kind != "taxpayer":
        raise NotFound
    return _said(question, looked)


def known(pin: str) -> KraSays | None:
    """What KRA said of a PIN within the last day."""
    newest = (
        select(KraQuestion)
        .where(
            KraQuestion.tenant_id == current_tenant_id(),
            KraQuestion.kind == "taxpayer",
            KraQuestion.argument == pin,
            KraQuestion.outcome.in_(("success", "empty")),
            FRESH,
        )
        .order_by(KraQuestion.asked_at.desc())
    )
    question = db.session.execute(newest.limit(1)).scalar_one_or_none()
    return _said(question) if question else None


def _said(question: KraQuestion, looked: int = 0) -> KraSays:
    states = {None: State.ASKING, "success": State.FOUND, "empty": State.UNKNOWN}
    state = states.get(question.outcome, State.SILENT)
    answer = question.answer or {}
    name = str(answer["name"])[:LONGEST_NAME] if answer.get("name") else None
    return KraSays(question.id, question.argument, state, name, answer.get("is_active"), looked)
