"""How fast lanes sign, and what a signed document costs: `python -m bench.lanes [--lanes 16] [--documents 20] [--latency 50]`.

One process, as one work-horse of `worker.py lanes`; KRA is the simulator with a latency. Rounds of the lanes and of bare
calls through the KRA port take turns, so that the machine's drift meets both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from bench import rig
from portal import registry
from portal.kra.operations import Transport
from portal.submissions import pump
from tests.support.database import Cleaner
from tests.support.lane import Till, open_till
from tests.support.simulator import SimulatorProcess

GOAL_OF_THE_RATE = 0.85
GOAL_OF_CPU_MS = 2.5
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Round:
    """One round: documents per second on the clock, and milliseconds of this process's CPU for each."""

    rate: float
    cpu: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lanes", type=int, default=16)
    options.add_argument("--documents", type=int, default=20, help="in each lane, in each round")
    options.add_argument("--latency", type=float, default=50, help="of KRA, in milliseconds")
    options.add_argument("--transport", choices=[transport.value for transport in Transport], default="vscu")
    asked = options.parse_args()
    with rig.servers() as stack, SimulatorProcess() as kra:
        database = stack.new_database("lanes")
        app = rig.app_over(
            stack, database, LANE_THREADS=str(asked.lanes), KRA_VSCU_URL=kra.url, KRA_OSCU_URL=kra.oscu_url,
            KRA_VSCU_HOSTS="127.0.0.1",
        )  # fmt: skip
        registry.load_worker_parts()
        with Cleaner.connected(database.superuser_dsn) as cleaner:
            tills = [open_till(app, kra, cleaner, Transport(asked.transport)) for _ in range(asked.lanes)]
            kra.control.options(latency_ms=asked.latency)
            _round(app, tills, 2, lambda: _drain(app, asked.lanes))  # warm connections and prepared statements
            lanes, bare = [], []
            for _ in range(ROUNDS):
                lanes.append(_round(app, tills, asked.documents, lambda: _drain(app, asked.lanes)))
                bare.append(_calls(tills, asked.documents))
            _tell(asked, lanes, bare)


def _round(app: Flask, tills: Sequence[Till], documents: int, drain: Callable[[], object]) -> Round:
    for till in tills:
        for _ in range(documents):
            till.sells()
    before = sum(len(till.ledger()) for till in tills)
    taken = _measured(drain, len(tills) * documents)
    signed = sum(len(till.ledger()) for till in tills) - before
    assert signed == len(tills) * documents, f"{signed} signed"
    return taken


def _drain(app: Flask, threads: int) -> None:
    pump.drain(app, threads=threads, at_most=timedelta(minutes=5))


def _calls(tills: Sequence[Till], documents: int) -> Round:
    """The floor: as many calls through the KRA port, side by side, with no database and nothing written down."""
    gateways = [till.gateway() for till in tills]

    def ask(place: int) -> None:
        for _ in range(documents):
            gateways[place].notices()

    def side_by_side() -> None:
        with ThreadPoolExecutor(len(gateways)) as threads:
            list(threads.map(ask, range(len(gateways))))

    return _measured(side_by_side, len(tills) * documents)


def _measured(act: Callable[[], object], documents: int) -> Round:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return Round(documents / (time.perf_counter() - wall), 1000 * (time.process_time() - cpu) / documents)


def _tell(asked: argparse.Namespace, lanes: Sequence[Round], bare: Sequence[Round]) -> None:
    best = asked.lanes / (asked.latency / 1000)
    rate, cpu = (statistics.median(getattr(each, name) for each in lanes) for name in ("rate", "cpu"))
    bare_rate, bare_cpu = (statistics.median(getattr(each, name) for each in bare) for name in ("rate", "cpu"))
    print(f"{asked.lanes} {asked.transport} lanes, KRA answers in {asked.latency:g} ms: at best {best:.0f} a second")
    print(f"  signed          {rate:7.1f} a second   {rate / best:5.2f} of the best (goal {GOAL_OF_THE_RATE})")
    print(f"                  {cpu:7.2f} ms of CPU each (goal {GOAL_OF_CPU_MS}), a core is full at {1000 / cpu:.0f} a second")
    print(f"  bare calls      {bare_rate:7.1f} a second   {bare_cpu:7.2f} ms of CPU each (a document: {cpu / bare_cpu:.1f})")


if __name__ == "__main__":
    main()
