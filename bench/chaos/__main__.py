"""`python -m bench.chaos --documents N --devices D --seed S [--transport vscu|oscu|both] [--control]`.

Exit 0 when every figure is 0 (with --control: when the rig has found what it must find).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from flask import Flask

from bench.chaos import faults, judge, market, person
from bench.chaos.house import TIMES, House, built
from bench.chaos.market import Till
from portal import registry
from portal.app import create_app
from portal.kra.operations import Transport
from portal.settings import Settings

DRAIN_SECONDS = 600.0
WHOLE_WORKER_EVERY = 6  # every so many kills a worker dies with its children, the others lose their children only
CLOCK_EVERY = 11
POSTGRES_EVERY_SECONDS = 20.0
REDIS_EVERY_SECONDS = 5.0


@dataclass(slots=True)
class Damage:
    """What was done to the house."""

    killed: int = 0
    flushed: int = 0
    restarted: int = 0


def main() -> int:
    """Run the rig as the command line says; 0 when all is well."""
    asked = _arguments()
    transports = list(Transport) if asked.transport == "both" else [Transport(asked.transport)]
    if asked.control:
        found = [_control(transport, asked) for transport in transports]
        return 0 if all(found) else 1
    return 0 if all([_run(transport, asked) for transport in transports]) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.chaos", description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--businesses", type=int, help="a quarter of the devices when left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--transport", choices=("vscu", "oscu", "both"), default="both")
    parser.add_argument("--faults", type=float, default=0.4, help="the share of calls that go wrong")
    parser.add_argument("--goods", type=float, default=0.2, help="the share of sales that move stock")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--control", action="store_true", help="a KRA that signs twice and no quarantine: must find doubles")
    asked = parser.parse_args()
    asked.businesses = asked.businesses or max(1, asked.devices // 4)
    return asked


def _run(transport: Transport, asked: argparse.Namespace) -> bool:
    with built(asked.workers) as house:
        app = _app(house)
        tills = _opened(app, house, transport, asked)
        damage, seconds = _storm(house, tills, asked, lambda: market.open_submissions(tills) <= asked.documents / 4)
        drained = _drained(house, tills)
        told = judge.states(tills)
        figures = judge.judge(tills, asked.documents, house.kra.control, transport is Transport.VSCU)
        figures_are_zero = figures.are_all_zero
        _tell(transport, asked, damage, seconds, drained, told)
        print("\n".join(figures.lines()))
        if transport is Transport.VSCU:
            settled = person.settles_what_is_held(tills, house.kra.control)
            drained = _drained(house, tills)
            after = judge.judge(tills, asked.documents, house.kra.control, False)
            figures_are_zero = figures_are_zero and after.are_all_zero
            print(f"  a person then entered {settled} receipts, and after that:")
            print("\n".join(after.lines()))
        return figures_are_zero


def _control(transport: Transport, asked: argparse.Namespace) -> bool:
    """The experiment that must fail: without the quarantine, a KRA that signs a repeat signs twice."""
    with built(asked.workers, TIMES | {"KRA_QUARANTINE": "0"}) as house:
        house.kra.control.options(sign_twice=True)
        app = _app(house)
        tills = _opened(app, house, transport, asked)
        _storm(house, tills, asked, lambda: judge.signed_twice(house.kra.control) > 0)
        found = judge.signed_twice(house.kra.control)
        print(f"{transport.value} without a quarantine, KRA signs twice: {found} double-signed (there must be some)")
        return found > 0


def _app(house: House) -> Flask:
    app = create_app(Settings.from_env(house.settings))
    registry.load_worker_parts()
    return app


def _progress(what: str) -> None:
    """Tell who waits what is going on; the figures alone go to the output."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def _opened(app: Flask, house: House, transport: Transport, asked: argparse.Namespace) -> list[Till]:
    _progress(f"{transport.value}: {asked.devices} control units of {asked.businesses} businesses are opened")
    tills = market.open_market(app, house.kra, asked.businesses, asked.devices, transport)
    house.lanes.muster()
    house.clock.muster()
    market.wait_until_known(tills, DRAIN_SECONDS)
    return tills


def _storm(
    house: House, tills: list[Till], asked: argparse.Namespace, has_been_through: Callable[[], bool]
) -> tuple[Damage, float]:
    """Sell while KRA misbehaves and everything is killed, until the storm has been through the lanes; then heal."""
    for fault in faults.plan(asked.faults, asked.seed, asked.control):
        house.kra.control.next(fault.pop("fault"), fault.pop("operation"), **fault)
    _progress(f"{asked.documents} documents are sold while everything breaks")
    began, damage, breaker = time.monotonic(), Damage(), Breaker(house, random.Random(asked.seed))
    # The people sell in threads and this thread breaks: the kernel ends a server whose starting thread is gone.
    with ThreadPoolExecutor(2) as market_place:
        sold = market_place.submit(market.sell, tills, asked.documents, asked.seed, asked.goods)
        settled = market_place.submit(_until, sold, has_been_through)
        while not settled.done():
            wait([settled], timeout=1.0)
            breaker.strike(damage)
        settled.result()
    house.kra.control.heal()
    _progress("healed; what is left is drained")
    return damage, time.monotonic() - began


def _until(sold: Future[object], has_been_through: Callable[[], bool]) -> None:
    sold.result()
    gives_up = time.monotonic() + DRAIN_SECONDS
    while not has_been_through() and time.monotonic() < gives_up:
        time.sleep(0.5)


@dataclass(slots=True)
class Breaker:
    """Strikes once a second: a SIGKILL, and now and then an emptied Redis or a restarted PostgreSQL."""

    house: House
    chance: random.Random
    strikes: int = 0
    postgres_at: float = field(default_factory=lambda: time.monotonic() + POSTGRES_EVERY_SECONDS / 2)
    redis_at: float = field(default_factory=lambda: time.monotonic() + REDIS_EVERY_SECONDS)

    def strike(self, damage: Damage) -> None:
        """Do the damage whose turn it is, and start again what was killed."""
        self.strikes += 1
        damage.killed += self.house.lanes.kill_one(self.chance, whole=self.strikes % WHOLE_WORKER_EVERY == 0)
        if self.strikes % CLOCK_EVERY == 0:
            damage.killed += self.house.clock.kill_one(self.chance, whole=True)
        self.house.lanes.muster()
        self.house.clock.muster()
        if time.monotonic() > self.redis_at:
            self.house.flush_redis()
            damage.flushed, self.redis_at = damage.flushed + 1, time.monotonic() + REDIS_EVERY_SECONDS
        if time.monotonic() > self.postgres_at:
            self.house.restart_postgres(self.chance)
            damage.restarted, self.postgres_at = damage.restarted + 1, time.monotonic() + POSTGRES_EVERY_SECONDS


def _drained(house: House, tills: list[Till]) -> float | None:
    """Seconds until nothing was left on its way; None when it took too long."""
    began = time.monotonic()
    while time.monotonic() - began < DRAIN_SECONDS:
        house.lanes.muster()
        house.clock.muster()
        if market.open_submissions(tills) == 0:
            return time.monotonic() - began
        time.sleep(0.5)
    return None


def _tell(
    transport: Transport, asked: argparse.Namespace, damage: Damage, seconds: float, drained: float | None, told: dict[str, int]
) -> None:
    alone = told.get("accepted", 0) / max(1, sum(told.values()))
    places = f"{asked.devices} devices, {asked.businesses} businesses"
    print(f"{transport.value}: {asked.documents} documents, {places}, seed {asked.seed}")
    print(f"  a storm of {seconds:.0f} s: {damage.killed} processes killed, Redis emptied {damage.flushed} times,")
    print(f"  PostgreSQL restarted {damage.restarted} times, {asked.faults:.0%} of KRA's answers spoilt")
    print(f"  drained after healing in {'more than 600' if drained is None else f'{drained:.0f}'} s")
    print(f"  settled without a person {alone:.1%}; {', '.join(f'{count} {state}' for state, count in sorted(told.items()))}")


if __name__ == "__main__":
    sys.exit(main())
