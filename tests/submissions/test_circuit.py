"""One circuit per KRA host: five calls in a row that brought nothing open it, one probe per half minute goes through (§5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.devices import circuit
from portal.infra.db import db
from portal.kra.operations import Transport
from portal.submissions.models import Submission
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till


def is_open(till: Till) -> bool:
    host = till.unit().host
    with till.inside():
        return circuit.is_open(host)


def calls(till: Till) -> int:
    return int(till.kra.control.requests()["total"])


def away(open_a_till: OpenTill, tills: int = 6) -> list[Till]:
    """Some tills with a sale each, and a KRA that breaks every connection."""
    opened = [open_a_till() for _ in range(tills)]
    for till in opened:
        till.sells()
    opened[0].kra.control.next("reset_before", "*", times=None)
    return opened


def test_five_failures_in_a_row_stop_the_calls_to_a_host(open_a_till: OpenTill) -> None:
    tills = away(open_a_till)
    before = calls(tills[0])
    tills[0].pumps(threads=1)
    assert is_open(tills[0])
    assert calls(tills[0]) - before == 5
    assert [till.state(_sale(till)) for till in tills].count("unknown") == 5


def test_one_probe_goes_through_every_half_minute(open_a_till: OpenTill) -> None:
    tills = away(open_a_till, 9)
    tills[0].pumps(threads=1)
    for _ in range(3):
        tills[0].passes(31)
        before = calls(tills[0])
        tills[0].pumps()
        assert calls(tills[0]) - before == 1
        tills[0].pumps()
        assert calls(tills[0]) - before == 1


def test_an_answer_closes_it_and_everything_goes_out(open_a_till: OpenTill) -> None:
    tills = away(open_a_till)
    tills[0].pumps(threads=1)
    tills[0].kra.control.heal()
    for _ in range(4):
        tills[0].passes(901)
        tills[0].pumps()
    assert not is_open(tills[0])
    assert [till.signed_numbers() for till in tills] == [[1]] * 6


def test_a_no_is_an_answer(open_a_till: OpenTill) -> None:
    till = open_a_till()
    till.kra.control.next("code:910", "save_sale", times=None)
    for _ in range(7):
        till.sells()
    till.pumps()
    assert not is_open(till)


def test_an_answer_in_between_begins_the_count_anew(open_a_till: OpenTill) -> None:
    tills = [open_a_till() for _ in range(9)]
    for place, till in enumerate(tills):
        till.sells()
        if place != 4:
            till.goes_wrong("reset_before")
        till.pumps()
    assert not is_open(tills[0])


def test_what_waits_for_a_probe_keeps_its_state(open_a_till: OpenTill) -> None:
    tills = away(open_a_till, 7)
    tills[0].pumps(threads=1)
    waiting = [till for till in tills if till.state(_sale(till)) == "queued"]
    assert len(waiting) == 2
    assert all(till.row(_sale(till)).sequence_no is None and till.attempts(_sale(till)) == [] for till in waiting)


def test_a_unit_without_its_key_says_nothing_about_the_host(open_a_till: OpenTill) -> None:
    till, healthy = open_a_till(Transport.OSCU), open_a_till(Transport.OSCU)
    till.cleaner.connection.execute("DELETE FROM device_key WHERE device_id = %s", [till.business.device_id])
    sale = till.sells()
    for _ in range(7):
        till.pumps()
        till.passes(61)
    assert till.state(sale) == "queued"
    assert not is_open(till)
    healthy.sells()
    healthy.pumps()
    assert healthy.signed_numbers() == [1]


def _sale(till: Till) -> UUID:
    with till.inside():
        found: UUID = db.session.execute(select(Submission.id)).scalar_one()
        return found
