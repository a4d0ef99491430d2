"""What a person waits to hear from KRA: the page writes the question, a worker asks, the page polls."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text

from portal.devices import queries
from portal.devices.models import KraQuestion
from portal.errors import NotFound
from portal.infra import outbox
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id

Kind = Literal["taxpayer", "connection"]

# An answer of KRA about a PIN holds for a day; a question on its way is asked once however often a button is pressed.
FRESH = text("kra_question.answered_at > now() - interval '1 day'")
UNDER_WAY = text("kra_question.asked_at > now() - interval '1 minute'")


def ask(kind: Kind, argument: str, device_id: UUID) -> UUID:
    """The id of a question to KRA through this device; a fresh answer about the same PIN is used again."""
    with transaction():
        known = _known(kind, argument, device_id)
        if known is not None:
            return known
        queries.device(device_id)
        question = KraQuestion(tenant_id=current_tenant_id(), device_id=device_id, kind=kind, argument=argument)
        db.session.add(question)
        db.session.flush()
        outbox.wish("lanes", "ask_kra", question.id)
        return question.id


def answer(question_id: UUID) -> KraQuestion:
    """A question with its answer as far as it is known (`answered_at` None: not yet); raises NotFound."""
    found = db.session.get(KraQuestion, (current_tenant_id(), question_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _known(kind: Kind, argument: str, device_id: UUID) -> UUID | None:
    same = [KraQuestion.tenant_id == current_tenant_id(), KraQuestion.kind == kind, KraQuestion.argument == argument]
    under_way = KraQuestion.answered_at.is_(None) & UNDER_WAY
    useful: ColumnElement[bool] = under_way & (KraQuestion.device_id == device_id)
    if kind == "taxpayer":
        useful = or_(under_way, FRESH & KraQuestion.outcome.in_(("success", "empty")))
    newest_first = select(KraQuestion.id).where(*same, useful).order_by(KraQuestion.asked_at.desc())
    return db.session.execute(newest_first.limit(1)).scalar_one_or_none()
