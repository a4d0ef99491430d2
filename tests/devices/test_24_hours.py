"""The 24-hour rule (RELIABILITY §7): 50 edge cases of the gate, and what people see of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import text

from portal.devices import jobs, services
from portal.devices.errors import DeviceClosed
from portal.fiscal.offline import device_gate
from portal.infra.db import db, transaction
from portal.infra.outbox import Later
from portal.infra.tenancy import acting_for
from tests.devices.newcomer import Newcomer, hurry, work
from tests.devices.steps import add_branch
from tests.devices.test_pages import flat
from tests.support.simulator import SimulatorProcess
from tests.support.world import Business, new_business

HOUR, MINUTE, SECOND, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)
NAIROBI, LONDON, KIRITIMATI = timezone(3 * HOUR), timezone(HOUR), timezone(14 * HOUR)
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STARTS = {
    "an ordinary day": NOON,
    "the last tick of a day in Nairobi": datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=NAIROBI),
    "a leap day": datetime(2028, 2, 28, 12, 0, tzinfo=NAIROBI),
    "new year's eve": datetime(2026, 12, 31, 12, 0, tzinfo=NAIROBI),
    "the night clocks change in Europe": datetime(2026, 10, 24, 23, 30, tzinfo=LONDON),
    "told on the other side of the earth": datetime(2026, 11, 20, 23, 0, tzinfo=KIRITIMATI),
}
SILENCES = [
    (20 * HOUR - TICK, "open"),
    (20 * HOUR, "warn"),
    (20 * HOUR + TICK, "warn"),
    (24 * HOUR - TICK, "warn"),
    (24 * HOUR, "closed"),
    (24 * HOUR + TICK, "closed"),
]
ELSE = [
    (timedelta(0), "open"),
    (TICK, "open"),
    (15 * MINUTE, "open"),
    (19 * HOUR + 59 * MINUTE + 59 * SECOND, "open"),
    (22 * HOUR, "warn"),
    (23 * HOUR + 59 * MINUTE + 59 * SECOND, "warn"),
    (24 * HOUR + SECOND, "closed"),
    (48 * HOUR, "closed"),
    (365 * 24 * HOUR, "closed"),
    (20 * 365 * 24 * HOUR, "closed"),
    (-TICK, "open"),  # the database's clock was put back
    (-HOUR, "open"),
    (-24 * HOUR, "open"),
]
CASES = [
    *[(start, silence, state) for start in STARTS.values() for silence, state in SILENCES],
    *[(NOON, silence, state) for silence, state in ELSE],
    (None, timedelta(0), "closed"),
]


def test_there_are_fifty_edge_cases() -> None:
    assert len(CASES) == 50


@pytest.mark.parametrize(("contact", "silence", "state"), CASES)
def test_the_gate_at_its_edges(contact: datetime | None, silence: timedelta, state: str) -> None:
    now = (contact or NOON).astimezone(UTC) + silence
    gate = device_gate(contact, now)
    assert (gate.state, gate.may_issue) == (state, state != "closed")
    assert gate.closes_at == (None if contact is None else contact + 24 * HOUR)


def silent_for(business: Business, ago: str) -> None:
    """Let KRA's last word be that old, by the database's clock."""
    with business.app.app_context(), acting_for(business.tenant_id), transaction():
        change = text("UPDATE device SET last_contact_at = clock_timestamp() - CAST(:ago AS interval) WHERE id = :id")
        db.session.execute(change, {"ago": ago, "id": business.device_id})


@pytest.mark.parametrize(
    ("ago", "state"),
    [("19:59:00", "open"), ("20:00:00", "warn"), ("23:59:00", "warn"), ("24:00:00", "closed"), ("-01:00:00", "open")],
)
def test_issue_is_judged_by_the_databases_clock(app: Flask, ago: str, state: str) -> None:
    business = new_business(app)
    silent_for(business, ago)
    with app.app_context(), acting_for(business.tenant_id):
        if state == "closed":
            with pytest.raises(DeviceClosed, match=r"Your draft is kept"):
                services.require_open(business.branch_id)
        else:
            assert services.gate(services.require_open(business.branch_id)).state == state


# --- what opens it again


def ready(newcomer: Newcomer) -> Newcomer:
    hurry()
    work()
    assert newcomer.device.status == "ready"
    return newcomer


def test_a_forwarded_look_up_opens_a_closed_unit(newcomer: Newcomer) -> None:
    silent_for(ready(newcomer), "30:00:00")
    jobs.heartbeat(newcomer.device_id)
    assert services.gate(newcomer.device).state == "open"


@pytest.mark.parametrize("fault", ["http:503", "html", "code:894", "code:901"])
def test_an_answer_that_is_not_kras_own_opens_nothing(newcomer: Newcomer, simulator: SimulatorProcess, fault: str) -> None:
    silent_for(ready(newcomer), "30:00:00")
    simulator.control.next(fault, "notices", times=5)
    with pytest.raises(Later):
        jobs.heartbeat(newcomer.device_id)
    assert services.gate(newcomer.device).state == "closed"


# --- what people see


def test_every_page_counts_down_and_names_the_branch(app: Flask) -> None:
    business = new_business(app)
    owner = business.client()
    assert "has no contact with KRA" not in owner.get("/branches").text
    silent_for(business, "21:30:30")
    for path in ("/branches", "/settings", "/people", "/items", "/invoices", "/"):
        page = flat(owner.get(path).text)
        assert "Head office has no contact with KRA: 2 h 29 min left" in page
        assert "Invoices can be issued until" in page


def test_the_countdown_goes_on_by_itself_and_ends_with_kras_answer(app: Flask) -> None:
    business = new_business(app)
    owner, path = business.client(), f"/devices/{business.device_id}/contact"
    silent_for(business, "25:00:00")
    note = owner.get(path).text
    assert "may not issue invoices now" in note and "Drafts are kept" in note and f'hx-get="{path}"' in note
    silent_for(business, "00:00:01")
    after = owner.get(path).text
    assert "hx-get" not in after and flat(after) == ""


def test_many_silent_branches_make_two_notes_and_a_count(app: Flask) -> None:
    business = new_business(app)
    with app.app_context(), acting_for(business.tenant_id):
        for code in ("01", "02", "03"):
            add_branch(code)
        with transaction():
            db.session.execute(
                text("UPDATE device SET status = 'ready', last_contact_at = clock_timestamp() - interval '22 hours'")
            )
    page = flat(business.client().get("/settings").text)
    assert page.count("has no contact with KRA:") == 2
    assert "2 more branches have no contact with KRA." in page
