"""What a person waits to hear from KRA is asked once and its answer used again."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.devices import questions
from portal.errors import NotFound
from portal.infra.db import db, transaction
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for
from tests.support.world import Business, new_business

PIN = "P051365947M"


@pytest.fixture
def business(app: Flask) -> Iterator[Business]:
    """A business that is being acted for."""
    made = new_business(app)
    with app.app_context(), acting_for(made.tenant_id):
        yield made


def settle(question_id: UUID, outcome: str, ago: str = "0 seconds") -> None:
    """Let a question have been answered that long ago."""
    with transaction():
        change = "UPDATE kra_question SET outcome = :outcome, asked_at = now() - CAST(:ago AS interval),"
        change += " answered_at = now() - CAST(:ago AS interval) WHERE id = :id"
        db.session.execute(text(change), {"outcome": outcome, "ago": ago, "id": question_id})


def test_a_question_is_written_down_and_a_worker_is_wished_for(business: Business) -> None:
    asked = questions.ask("taxpayer", PIN, business.device_id)
    assert questions.answer(asked).answered_at is None
    wished = db.session.execute(select(OutboxRow.kind, OutboxRow.queue).where(OutboxRow.ref == asked)).all()
    assert wished == [("ask_kra", "lanes")]


def test_pressing_twice_asks_once(business: Business) -> None:
    assert questions.ask("taxpayer", PIN, business.device_id) == questions.ask("taxpayer", PIN, business.device_id)
    assert db.session.execute(select(func.count()).select_from(OutboxRow)).scalar_one() == 1


@pytest.mark.parametrize("outcome", ["success", "empty"])
def test_an_answer_about_a_pin_holds_for_a_day(business: Business, outcome: str) -> None:
    asked = questions.ask("taxpayer", PIN, business.device_id)
    settle(asked, outcome, "23 hours")
    assert questions.ask("taxpayer", PIN, business.device_id) == asked
    settle(asked, outcome, "25 hours")
    assert questions.ask("taxpayer", PIN, business.device_id) != asked


def test_no_answer_is_asked_for_again(business: Business) -> None:
    asked = questions.ask("taxpayer", PIN, business.device_id)
    settle(asked, "not_sent")
    assert questions.ask("taxpayer", PIN, business.device_id) != asked


def test_a_connection_test_asks_anew_each_time(business: Business) -> None:
    asked = questions.ask("connection", "", business.device_id)
    settle(asked, "success")
    assert questions.ask("connection", "", business.device_id) != asked


def test_the_answer_of_another_business_is_not_there(app: Flask, business: Business) -> None:
    asked = questions.ask("taxpayer", PIN, business.device_id)
    settle(asked, "success")
    other = new_business(app)
    db.session.commit()
    with acting_for(other.tenant_id):
        with pytest.raises(NotFound):
            questions.answer(asked)
        assert questions.ask("taxpayer", PIN, other.device_id) != asked
        with pytest.raises(NotFound):
            questions.ask("connection", "", business.device_id)
