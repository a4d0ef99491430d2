"""Leases, fencing and late answers (`RELIABILITY.md` §4): a worker may die, sleep or come too late at any moment."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.infra import events
from portal.infra.events import Event
from portal.kra.outcomes import Answer
from portal.submissions import builders, pump
from portal.submissions.claim import Job, Moved, claim
from portal.submissions.settle import settle
from tests.support.lane import Till


def call(job: Job) -> Answer[Any]:
    return job.gateway.tell(job.kind, job.body)


def settle_in(till: Till, job: Job, answer: Answer[Any]) -> None:
    with till.inside():
        settle(job, answer)


def claimed(till: Till) -> Job | Moved | None:
    with till.inside():
        return claim(till.business.device_id)


def test_the_number_and_the_bytes_are_bound_and_the_attempt_is_noted_before_anything_is_sent(till: Till) -> None:
    sale = till.sells()
    job = till.claims()
    row = till.row(sale)
    assert (row.state, row.sequence_no, row.body, row.lease_token) == ("sending", 1, job.body, job.token)
    assert till.attempts(sale) == ["send"]
    assert till.kra.control.received("save_sale") == 0


def test_a_live_lease_is_left_alone(till: Till) -> None:
    sale = till.sells()
    till.claims()
    assert claimed(till) is None
    till.passes(60)
    assert till.pumps() == 0
    assert till.state(sale) == "sending"


def test_a_worker_that_died_leaves_a_doubt_with_its_number(till: Till) -> None:
    sale = till.sells()
    till.claims()
    till.passes(91)
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("unknown", 1)
    assert till.kra.control.received("save_sale") == 0
    till.settles(sale)
    assert till.state(sale) == "accepted"
    assert till.signed_numbers() == [1]


def test_a_worker_that_died_while_it_looked_for_an_answer_is_followed_by_another(till: Till) -> None:
    sale = till.sells()
    till.goes_wrong("timeout_before")
    till.pumps()
    till.quarantine_passes()
    till.claims()
    assert claimed(till) is None
    till.passes(91)
    till.settles(sale)
    assert till.signed_numbers() == [1]


def test_a_late_answer_is_kept_and_its_receipt_ends_the_doubt_at_once(till: Till) -> None:
    sale, next_sale = till.sells(), till.sells()
    job = till.claims()
    answer = call(job)
    till.passes(91)
    till.pumps()
    assert till.state(sale) == "unknown"
    settle_in(till, job, answer)
    row = till.row(sale)
    assert (row.state, row.signature) == ("accepted", till.ledger()[0]["rcptSign"])
    till.pumps()
    assert till.state(next_sale) == "accepted"
    assert till.signed_numbers() == [1, 2]


def test_a_late_receipt_settles_a_row_that_a_repeat_has_just_called_spent(vscu: Till) -> None:
    sale = vscu.sells()
    job = vscu.claims()
    answer = call(job)
    vscu.passes(91)
    vscu.settles(sale)
    assert vscu.row(sale).held_reason == "spent"
    settle_in(vscu, job, answer)
    assert (vscu.state(sale), vscu.row(sale).signature) == ("accepted", vscu.ledger()[0]["rcptSign"])


def test_a_late_receipt_opens_the_lane_that_was_stopped_for_want_of_it(vscu: Till) -> None:
    sale, next_sale = vscu.sells(), vscu.sells()
    job = vscu.claims()
    answer = call(job)
    vscu.passes(91)
    vscu.goes_wrong("code:910")
    vscu.settles(sale)
    assert vscu.device().status == "lane_held"
    settle_in(vscu, job, answer)
    assert (vscu.state(sale), vscu.device().status) == ("accepted", "ready")
    vscu.pumps()
    assert vscu.state(next_sale) == "accepted"


def test_a_late_answer_without_a_receipt_is_kept_and_moves_nothing(till: Till) -> None:
    sale = till.sells()
    job = till.claims()
    till.goes_wrong("code:910")
    answer = call(job)
    till.passes(91)
    till.pumps()
    settle_in(till, job, answer)
    assert till.state(sale) == "unknown"
    assert [each.outcome for each in till.evidence(sale)] == ["refused"]


def test_a_late_receipt_for_other_bytes_is_not_taken_for_this_one(till: Till) -> None:
    sale = till.sells()
    job = till.claims()
    answer = call(job)
    till.cleaner.connection.execute("UPDATE submission SET body = '{}'::bytea, body_sha256 = sha256('{}'::bytea)")
    till.passes(91)
    till.pumps()
    settle_in(till, job, answer)
    assert till.state(sale) == "unknown"


def test_settling_twice_is_settling_once(till: Till) -> None:
    sale = till.sells()
    job = till.claims()
    answer = call(job)
    settle_in(till, job, answer)
    settle_in(till, job, answer)
    assert till.state(sale) == "accepted"
    assert len(till.evidence(sale)) == 1


@pytest.mark.parametrize("fault", [ZeroDivisionError("a handler"), IntegrityError("INSERT", {}, ValueError("elsewhere"))])
def test_a_receipt_outlives_a_fault_in_what_follows_it(
    till: Till, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(_submission: object) -> None:
        raise fault

    sale = till.sells()
    with monkeypatch.context() as broken_portal:
        broken_portal.setitem(events._handlers, Event.SUBMISSION_ACCEPTED, [broken])
        till.pumps()
        assert till.state(sale) == "sending"
        assert till.evidence(sale)[0].receipt is not None
    till.passes(91)
    till.settles(sale)
    assert (till.state(sale), till.row(sale).signature) == ("accepted", till.ledger()[0]["rcptSign"])
    assert till.kra.control.received("save_sale") == 1


def test_an_answer_waits_for_a_database_that_is_away_for_a_moment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def away_once(job: Job, answer: Answer[Any]) -> None:
        monkeypatch.setattr(pump, "settle", settle)
        raise OperationalError("SELECT 1", {}, ConnectionError("the server closed the connection"))

    monkeypatch.setattr(pump, "settle", away_once)
    monkeypatch.setattr(pump, "SETTLE_PAUSE_SECONDS", 0)
    sale = till.sells()
    till.pumps()
    assert till.state(sale) == "accepted"


def test_a_call_is_not_begun_when_too_little_of_the_lease_is_left(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def claim_and_fall_asleep(device_id: UUID) -> Job | Moved | None:
        job = claim(device_id)
        return replace(job, ends=time.monotonic() + 20) if isinstance(job, Job) else job

    sale = till.sells()
    monkeypatch.setattr(pump, "claim", claim_and_fall_asleep)
    till.pumps()
    assert till.state(sale) == "sending"
    assert till.kra.control.received("save_sale") == 0


def test_a_lane_whose_head_cannot_be_worked_on_waits_and_the_others_go_on(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ZeroDivisionError("a builder of another feature")

    sale = till.sells()
    with monkeypatch.context() as broken_portal:
        broken_portal.setitem(builders._builds, "sale", broken)
        assert till.pumps() == 1
    assert till.state(sale) == "queued"
    assert till.pumps() == 0
    till.passes(61)
    till.pumps()
    assert till.signed_numbers() == [1]

