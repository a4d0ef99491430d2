"""What workers do besides the set-up: the heartbeat, the daily refresh, questions that a person waits for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.codelists import queries as codelists
from portal.devices import fetching, progress, questions, services, setup
from portal.devices.models import LookUpMark, Notice
from portal.devices.units import control_unit
from portal.fiscal.bands import Band
from portal.infra import outbox
from portal.infra.db import database_now, db, transaction
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for
from portal.kra.outcomes import Answer
from portal.kra.values import KnownBranch
from tests.devices.newcomer import Newcomer, hurry, work
from tests.support.simulator import SimulatorProcess

SOMEBODY = "P051365947M"


@pytest.fixture
def ready(newcomer: Newcomer) -> Newcomer:
    """A business whose device is ready."""
    work()
    return newcomer


def wish(kind: str, ref: UUID) -> None:
    with transaction():
        outbox.wish("lanes", kind, ref)


def problem_of(kind: str) -> str | None:
    """Why a wish is still open; None when it is done."""
    found = db.session.execute(select(OutboxRow.problem).where(OutboxRow.kind == kind)).scalar_one()
    db.session.rollback()
    return found


def silent_for(hours: int) -> None:
    with transaction():
        db.session.execute(text(f"UPDATE device SET last_contact_at = now() - interval '{hours} hours'"))


# --- heartbeat


def test_a_heartbeat_moves_the_24_hour_clock(ready: Newcomer) -> None:
    silent_for(30)
    assert services.gate(ready.device).state == "closed"
    wish("heartbeat", ready.device_id)
    work()
    assert services.gate(ready.device).state == "open"


def test_a_new_notice_of_kra_arrives_with_the_heartbeat_once(ready: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.notice("New rate", "From Monday on.")
    for _time in range(2):
        wish("heartbeat", ready.device_id)
        work()
    assert db.session.execute(select(Notice.title)).scalars().all().count("New rate") == 1


def test_a_notice_that_was_read_stays_read(ready: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE notice SET read_at = now()"))
        db.session.execute(text("UPDATE look_up_mark SET mark = '2018-01-01'"))
    wish("heartbeat", ready.device_id)
    work()
    assert None not in db.session.execute(select(Notice.read_at)).scalars().all()


@pytest.mark.parametrize("away", ["refuse", "http"])
def test_no_answer_is_no_contact(ready: Newcomer, simulator: SimulatorProcess, away: str) -> None:
    silent_for(23)
    simulator.control.down(away)
    wish("heartbeat", ready.device_id)
    work()
    assert services.gate(ready.device).state == "warn"
    assert problem_of("heartbeat")


def test_a_unit_that_does_not_reach_kra_gives_no_contact(ready: Newcomer, simulator: SimulatorProcess) -> None:
    silent_for(23)
    simulator.control.next("code:894", "notices")
    wish("heartbeat", ready.device_id)
    work()
    assert services.gate(ready.device).state == "warn"


# --- refresh


def test_lists_are_refreshed_once_a_day_after_a_heartbeat(ready: Newcomer, simulator: SimulatorProcess) -> None:
    def beat() -> int:
        wish("heartbeat", ready.device_id)
        work()
        return simulator.control.received("item_classes")

    before = beat()
    assert beat() == before
    with transaction():
        db.session.execute(text("UPDATE look_up_mark SET fetched_at = now() - interval '25 hours'"))
    assert beat() == before + 1


@pytest.mark.usefixtures("usual_rates")
def test_a_rate_that_kra_changed_holds_from_the_refresh_on(ready: Newcomer, simulator: SimulatorProcess) -> None:
    changed_at = (database_now() + timedelta(hours=3)).strftime("%Y%m%d%H%M%S")
    db.session.rollback()
    simulator.control.options(rates={"E": 16}, rates_changed_at=changed_at)
    wish("refresh_lists", ready.device_id)
    work()
    assert codelists.rates_now()[Band.E] == 16
    assert codelists.rates_now()[Band.B] == 16


def test_a_refresh_with_kra_away_is_tried_again(ready: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.down("refuse")
    wish("refresh_lists", ready.device_id)
    work()
    assert problem_of("refresh_lists")
    simulator.control.up()
    hurry()
    work()
    assert problem_of("refresh_lists") is None


def test_marks_never_move_back(ready: Newcomer) -> None:
    ahead = text("UPDATE look_up_mark SET mark = now() + interval '10 years' WHERE operation = 'notices'")
    with transaction():
        db.session.execute(ahead)
    marks = select(LookUpMark.mark).where(LookUpMark.operation == "notices")
    before = db.session.execute(marks).scalar_one()
    wish("heartbeat", ready.device_id)
    work()
    assert db.session.execute(marks).scalar_one() == before


def test_a_long_list_is_fetched_in_several_runs(
    newcomer: Newcomer, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "RUN_SECONDS", 0)
    runs = 0
    while newcomer.steps()["item_classes"] != "done" and runs < 30:
        work()
        hurry()
        runs += 1
    pages = simulator.control.received("item_classes")
    assert 2 < pages < 30 and runs == pages + 2, "one call in each run: initialise, codes, then page by page"


# --- questions


def answered(newcomer: Newcomer, kind: str, argument: str) -> tuple[str | None, dict[str, object]]:
    asked = questions.ask(kind, argument, newcomer.device_id)  # type: ignore[arg-type]
    work()
    found = questions.answer(asked)
    return found.outcome, {name: value for name, value in (found.answer or {}).items() if name != "milliseconds"}


def test_who_has_a_pin_is_told(ready: Newcomer) -> None:
    outcome, found = answered(ready, "taxpayer", SOMEBODY)
    assert outcome == "success"
    assert (found["pin"], found["is_active"]) == (SOMEBODY, True) and found["name"]


def test_kra_away_is_an_answer_too(ready: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.down("refuse")
    outcome, found = answered(ready, "taxpayer", SOMEBODY)
    assert outcome == "not_sent" and found["message"]


def test_a_question_is_asked_once_however_often_its_job_runs(ready: Newcomer, simulator: SimulatorProcess) -> None:
    asked = questions.ask("taxpayer", SOMEBODY, ready.device_id)
    work()
    wish("ask_kra", asked)
    work()
    assert simulator.control.received("taxpayer") == 1


def test_a_connection_test_counts_as_contact(ready: Newcomer) -> None:
    silent_for(30)
    assert answered(ready, "connection", "")[0] in ("success", "empty")
    assert services.gate(ready.device).state == "open"


# --- two at once


def test_two_workers_at_once_ask_kra_once(app: Flask, newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    db.session.rollback()

    def one_worker(_number: int) -> None:
        with app.app_context(), acting_for(newcomer.tenant_id):
            try:
                setup.set_up(newcomer.device_id)
            except outbox.Later:
                db.session.rollback()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_worker, range(4)))
    assert simulator.control.received("initialise") == 1
    assert newcomer.device.status == "ready"


def test_a_claimed_step_is_not_given_out_twice(newcomer: Newcomer) -> None:
    assert progress.begin_next(newcomer.device_id) == "initialise"
    with pytest.raises(outbox.Later):
        progress.begin_next(newcomer.device_id)


def test_nothing_is_fetched_while_a_transaction_is_open(ready: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones = []

    def ask(_gateway: object, _since: object) -> Answer[tuple[KnownBranch, ...]]:
        open_ones.append(db.session().in_transaction())
        raise ConnectionError

    monkeypatch.setitem(fetching._lists, "branches", fetching.KraList(name="branches", ask=ask, keep=lambda _answer: None))
    with transaction():
        unit = control_unit(ready.device)
    with pytest.raises(ConnectionError):
        fetching.fetch(unit, "branches", ends=0)
    assert open_ones == [False]
