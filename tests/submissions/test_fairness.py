"""A business with many lanes gets a quarter of the threads while others wait, and all of them when nobody does (§5, §9)."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.infra import doors
from portal.infra.tenancy import acting_for_nobody
from portal.submissions.pump import Work, _chosen
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till, branch_of, open_branch

TENANTS = [UUID(int=number) for number in range(5)]
owners = st.lists(st.integers(0, 4), max_size=40)


def due(till: Till, most: int) -> list[tuple[UUID, UUID]]:
    with till.app.app_context(), acting_for_nobody():
        return doors.due_lanes(most)


@given(owners, st.integers(1, 16), st.integers(0, 16))
def test_nobody_gets_more_than_a_quarter_while_others_wait(whose: list[int], threads: int, running: int) -> None:
    works: list[Work] = [("lane", TENANTS[owner], UUID(int=100 + number)) for number, owner in enumerate(whose)]
    busy, waiting = works[: min(running, threads)], works[min(running, threads) :]
    chosen = _chosen(waiting, busy, threads)
    assert len(chosen) == min(len(waiting), threads - len(busy))
    passed_over = [work for work in waiting if work not in chosen]
    share = max(1, threads // 4)
    for _, tenant, _ in chosen:
        mine = sum(work[1] == tenant for work in [*busy, *chosen])
        others_below_their_share = [
            work for work in passed_over if sum(each[1] == work[1] for each in [*busy, *chosen]) < share
        ]
        assert mine <= share or not others_below_their_share


def test_the_door_names_others_before_the_rest_of_a_busy_business(open_a_till: OpenTill) -> None:
    big = open_a_till()
    branches = [big, *(open_branch(big, f"{number:02}") for number in range(1, 6))]
    for branch in branches:
        branch.sells()
    small, tiny = open_a_till(), open_a_till()
    small.sells()
    tiny.sells()
    named = [tenant for tenant, _ in due(big, 4)]
    assert named.count(big.business.tenant_id) == 2
    assert {small.business.tenant_id, tiny.business.tenant_id} <= set(named)
    assert [tenant for tenant, _ in due(big, 16)].count(big.business.tenant_id) == 6


def test_the_door_names_a_lane_as_often_as_a_claim_would_find_something(open_a_till: OpenTill) -> None:
    till = open_a_till()
    mine = (till.business.tenant_id, till.business.device_id)
    assert due(till, 4) == []
    item = till.adds_item()
    sale = till.sells(waits_for=[item])
    assert due(till, 4) == [mine]
    job = till.claims()
    assert job.submission_id == item
    assert due(till, 4) == []
    till.passes(91)
    assert due(till, 4) == [mine]
    till.settles(item, sale)
    assert due(till, 4) == []


def test_the_door_passes_over_what_waits_and_a_unit_that_is_stopped(open_a_till: OpenTill) -> None:
    till, other = open_a_till(), open_a_till()
    far = other.sells()
    till.cleaner.connection.execute("UPDATE submission SET tenant_id = %s WHERE id = %s", [till.business.tenant_id, far])
    till.sells(waits_for=[far])
    assert due(till, 4) == []
    free = till.sells()
    assert due(till, 4) == [(till.business.tenant_id, till.business.device_id)]
    for status in ("lane_held", "blocked", "setting_up", "retired"):
        till.cleaner.connection.execute("UPDATE device SET status = %s", [status])
        assert due(till, 4) == []
    assert till.state(free) == "queued"


def test_an_outage_s_long_lanes_are_named_once_each_oldest_first(open_a_till: OpenTill) -> None:
    first, second = open_a_till(), open_a_till()
    branch_of(first.business, "01")
    for till in (first, second):
        for _ in range(30):
            till.sells()
    first.passes(0)
    second.cleaner.connection.execute(
        "UPDATE submission SET next_at = now() - interval '1 hour' WHERE tenant_id = %s", [second.business.tenant_id]
    )
    assert [tenant for tenant, _ in due(first, 16)] == [second.business.tenant_id, first.business.tenant_id]
