"""A seeded simulation of the lane: the clock, KRA and a power cut before or after each commit are its inputs.

PostgreSQL, the claim, the rule of doubt and the settle are real; KRA is in memory, because it is KRA that is made up here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.devices.units import ControlUnit
from portal.infra.db import db
from portal.kra.operations import Transport
from portal.kra.outcomes import Answer
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.submissions.claim import Job, claim
from portal.submissions.models import Submission
from portal.submissions.rules import Act
from portal.submissions.settle import settle
from tests.submissions.conftest import OpenTill
from tests.submissions.memory_kra import BAD_TOTAL, MemoryKra
from tests.support.lane import LONGEST_WAIT_SECONDS, Till

FAULTS = ["refused connection", "silence before", "silence after", "late commit", "fault of its own", "passing 899"]
SILENT_FAULTS = ["refused connection", "silence before", "silence after", "late commit"]
# Which commit of a turn the power is cut at, and on which side of it: the first is the claim's, the second the settle's.
CUTS = [None, (1, "before"), (1, "after"), (2, "before"), (2, "after")]
QUARANTINE = 120


class PowerCut(BaseException):
    """The machine is gone at this very moment."""


@dataclass(slots=True)
class Asleep:
    """A worker that stopped in the middle of a turn and may wake up."""

    job: Job
    answer: Answer[Any] | None


class LaneMachine(RuleBasedStateMachine):
    """One lane under anything that may happen to it."""

    open_a_till: ClassVar[OpenTill]
    transport: ClassVar[Transport]
    monkeypatch: ClassVar[pytest.MonkeyPatch]

    @initialize()
    def opens(self) -> None:
        self.monkeypatch.undo()  # the till is opened at the simulator; only what it sells goes to the KRA in memory
        self.till: Till = self.open_a_till(self.transport)
        self.kra = MemoryKra(self.transport)
        self.sleepers: list[Asleep] = []
        self.sales: list[UUID] = []
        self.saw_words = False
        self.monkeypatch.setattr(ControlUnit, "gateway", lambda _unit: self.kra)

    # --- what may happen

    @rule(bad=st.booleans())
    def somebody_sells(self, bad: bool) -> None:
        self.sales.append(self.till.sells(str(BAD_TOTAL) if bad else "116.00"))

    @rule(bad=st.booleans(), fault=st.sampled_from(FAULTS))
    def a_sale_meets_a_fault_at_once(self, bad: bool, fault: str) -> None:
        self.somebody_sells(bad)
        self.a_worker_takes_its_turn(fault, None)

    @rule(fault=st.sampled_from([None, None, *FAULTS]), cut=st.sampled_from(CUTS))
    def a_worker_takes_its_turn(self, fault: str | None, cut: tuple[int, str] | None) -> None:
        self.kra.next_fault = fault
        self.saw_words = self.saw_words or fault in ("fault of its own", "passing 899")
        try:
            with self._power_cut_at(cut):
                self._turn()
        except PowerCut:
            pass
        self.kra.next_fault = None

    @rule(seconds=st.sampled_from([1, 31, 91, QUARANTINE + 1, LONGEST_WAIT_SECONDS]))
    def time_passes(self, seconds: int) -> None:
        if seconds > QUARANTINE:
            self.kra.stores_what_is_late()  # KRA's slowest commit is quicker than the quarantine
        self.till.passes(seconds)

    @rule()
    def kra_stores_what_is_late(self) -> None:
        self.kra.stores_what_is_late()

    @rule(called=st.booleans())
    def a_worker_falls_asleep(self, called: bool) -> None:
        job = self._claim()
        if job is not None:
            self.sleepers.append(Asleep(job, self._call(job) if called else None))

    @precondition(lambda self: self.sleepers)
    @rule(data=st.data())
    def a_worker_wakes_up(self, data: st.DataObject) -> None:
        asleep = self.sleepers.pop(data.draw(st.integers(0, len(self.sleepers) - 1)))
        answer = asleep.answer or self._call(asleep.job)
        with self.till.inside():
            settle(asleep.job, answer)

    @precondition(lambda self: self.sales)
    @rule(data=st.data())
    def somebody_checks_again(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from(self.sales))
        if self.till.state(sale) == "unknown":
            self.till.somebody_checks_again(sale)

    # --- what must hold at every moment

    @invariant()
    def nothing_is_signed_twice(self) -> None:
        if hasattr(self, "kra"):
            signed = self.kra.documents()
            assert len(signed) == len(set(signed))

    @invariant()
    def what_we_call_signed_is_what_kra_signed(self) -> None:
        for name, row in self._rows().items():
            if row.state == "accepted":
                entry = self.kra.ledger[(row.sequence_no or 0) - 1]
                assert (entry.document, entry.signature.signature) == (name, row.signature)

    @invariant()
    def every_number_kra_holds_is_bound_to_that_document_and_to_no_other(self) -> None:
        rows = self._rows()
        for entry in self.kra.ledger if hasattr(self, "kra") else []:
            assert rows[entry.document].sequence_no == entry.number, rows[entry.document].state
            holders = [name for name, row in rows.items() if row.sequence_no == entry.number]
            assert holders == [entry.document]

    @invariant()
    def kra_signs_in_the_order_of_issue(self) -> None:
        if hasattr(self, "kra"):
            assert self.kra.documents() == sorted(self.kra.documents())

    @invariant()
    def numbers_have_no_gap(self) -> None:
        bound = sorted(row.sequence_no for row in self._rows().values() if row.sequence_no is not None)
        assert bound == list(range(1, len(bound) + 1))
        if hasattr(self, "till") and not self.till.jumps():
            assert self.till.counter() == len(bound)

    def teardown(self) -> None:
        """After healing everything is settled, without a person wherever KRA can be asked."""
        if not hasattr(self, "kra"):
            return
        self.kra.next_fault = None
        for _ in range(60):
            self.kra.stores_what_is_late()
            while self._turn():
                pass
            if all(self.till.state(sale) in ("accepted", "refused", "held") for sale in self.sales):
                break
            if self.till.device().status != "ready":
                break
            self.till.passes(LONGEST_WAIT_SECONDS)
        self._judge()

    def _judge(self) -> None:
        stopped = self.till.device().status != "ready"
        # A VSCU has nothing to look up: a no to a repeat does not say what became of the first.
        refused_a_repeat = self.transport is Transport.VSCU and self.kra.refusals > 0
        assert not stopped or self.saw_words or refused_a_repeat, "silence alone never stops a lane"
        for name, row in self._rows().items():
            if stopped and row.state in ("queued", "unknown"):
                continue
            signed = name in self.kra.documents()
            assert row.state in ("accepted", "refused", "held"), (name, row.state)
            assert signed == (row.state == "accepted" or (row.state == "held" and signed)), (name, row.state)
            if row.state == "held":
                assert row.held_reason == "cannot_tell" or (signed or self.saw_words), (name, row.held_reason)
                assert self.transport is Transport.VSCU or self.saw_words, (name, row.held_reason)
            if row.state == "refused":
                assert not signed
        self.nothing_is_signed_twice()

    # --- a turn, and the power in it

    def _turn(self) -> bool:
        job = self._claim()
        if job is None:
            return False
        answer = self._call(job)
        with self.till.inside():
            settle(job, answer)
        return True

    def _claim(self) -> Job | None:
        for _ in range(20):
            with self.till.inside():
                job = claim(self.till.business.device_id)
            if job is None or isinstance(job, Job):
                return job
        raise AssertionError("the head moves and moves and nothing is sent")

    def _call(self, job: Job) -> Answer[Any]:
        if job.act is Act.LOOK_UP:
            return self.kra.look_up_sale(job.number or 0)
        return self.kra.tell(job.kind, job.body)

    @contextmanager
    def _power_cut_at(self, cut: tuple[int, str] | None) -> Iterator[None]:
        whole, commits = db.session.commit, 0

        def commit() -> None:
            nonlocal commits
            commits += 1
            if cut == (commits, "before"):
                raise PowerCut
            whole()
            if cut == (commits, "after"):
                raise PowerCut

        with self.monkeypatch.context() as power:
            power.setattr(db.session, "commit", commit)
            yield

    def _rows(self) -> dict[str, Submission]:
        """Our submissions by the number of their document."""
        if not hasattr(self, "till"):
            return {}
        with self.till.inside():
            mine = select(Submission, Document.trader_no).join(
                Document, (Document.tenant_id == Submission.tenant_id) & (Document.id == Submission.subject_id)
            )
            rows = {number_of("sale", trader_no, "00"): row for row, trader_no in db.session.execute(mine)}
            db.session.expunge_all()
        return rows


# A seed that fails is added here and stays. The first must find, by itself: silence taken as a no (rules.py), and a refused
# number that is not handed back (settle.py).
SEEDS = [pytest.param(1, 12, 25, id="seed1"), pytest.param(2, 12, 40, id="seed2", marks=pytest.mark.slow)]


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize(("seed_", "examples", "steps"), SEEDS)
def test_the_lane_keeps_its_promise_whatever_happens(
    open_a_till: OpenTill, monkeypatch: pytest.MonkeyPatch, transport: Transport, seed_: int, examples: int, steps: int
) -> None:
    own = {"open_a_till": staticmethod(open_a_till), "transport": transport, "monkeypatch": monkeypatch}
    unhurried = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(seed(seed_)(type("Lane", (LaneMachine,), own)), settings=unhurried)
