"""What a lost Redis costs: `python -m bench.redis_away [--seconds 300] [--every 2] [--fast]`.

Shops sell all the time while Redis is stopped and comes back empty. The portal's own times are used, with --fast those of the
chaos rig. Exit 0 when signing went on within two minutes and nothing was lost, signed twice or left behind.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from datetime import datetime, timedelta
from decimal import Decimal

from bench.chaos import judge, market
from bench.chaos.house import TIMES, House, built
from bench.chaos.market import Till
from portal import registry
from portal.app import create_app
from portal.infra.db import database_now
from portal.kra.operations import Transport
from portal.settings import Settings

SIGNS_AGAIN_WITHIN = timedelta(minutes=2)
BEFORE_SECONDS, AFTER_SECONDS = 10.0, 30.0
DEVICES, BUSINESSES = 8, 4


def main() -> int:
    """Run it as the command line says; 0 when all is well."""
    options = argparse.ArgumentParser(prog="bench.redis_away", description=__doc__)
    options.add_argument("--seconds", type=float, default=300, help="how long Redis is away")
    options.add_argument("--every", type=float, default=2, help="seconds between two sales")
    options.add_argument("--fast", action="store_true", help="with the chaos rig's short times")
    options.add_argument("--transport", choices=[transport.value for transport in Transport], default="vscu")
    asked = options.parse_args()
    with built(2, TIMES if asked.fast else {}) as house:
        app = create_app(Settings.from_env(house.settings))
        registry.load_worker_parts()
        tills = market.open_market(app, house.kra, BUSINESSES, DEVICES, Transport(asked.transport))
        house.lanes.muster()
        house.clock.muster()
        market.wait_until_known(tills, 300)
        sold, gone, back = _sell_through(house, tills, asked.seconds, asked.every)
        _wait_for_the_rest(house, tills)
        figures = judge.judge(tills, sold, house.kra.control, True)
        good = _tell(asked.seconds, tills, gone, back)
        print("\n".join(figures.lines()))
        return 0 if good and figures.are_all_zero else 1


def _sell_through(house: House, tills: list[Till], seconds: float, every: float) -> tuple[int, datetime, datetime]:
    """Sell before, while and after Redis is away: how many, and when (the database's clock) it went and came back."""
    chance = random.Random(1)
    sold = _sell_for(house, tills, BEFORE_SECONDS, every, chance, 0)
    gone = _now(tills[0])
    house.redis.stop()
    sold = _sell_for(house, tills, seconds, every, chance, sold)
    house.redis.launch()
    house.redis.wait_until_ready()
    back = _now(tills[0])
    return _sell_for(house, tills, AFTER_SECONDS, every, chance, sold), gone, back


def _sell_for(house: House, tills: list[Till], seconds: float, every: float, chance: random.Random, sold: int) -> int:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        next_at = time.monotonic() + every
        market.sell_one(chance.choice(tills), f"sale-{sold}", False, Decimal(chance.randint(100, 99_999)) / 100)
        sold += 1
        house.lanes.muster()  # as a process manager does
        house.clock.muster()
        time.sleep(max(0.0, next_at - time.monotonic()))
    return sold


def _wait_for_the_rest(house: House, tills: list[Till]) -> None:
    gives_up = time.monotonic() + 300
    while market.open_submissions(tills) > 0 and time.monotonic() < gives_up:
        house.lanes.muster()
        time.sleep(0.5)


def _tell(seconds: float, tills: list[Till], gone: datetime, back: datetime) -> bool:
    rows = [one.row for one in judge.ours(tills) if one.row.settled_at is not None]
    meanwhile = [row for row in rows if gone < row.queued_at <= back]
    signed_meanwhile = sorted(row.settled_at for row in meanwhile if row.settled_at and row.settled_at <= back)
    waits = [row.settled_at - row.queued_at for row in rows if row.settled_at]
    again = (signed_meanwhile[0] if signed_meanwhile else max(row.settled_at for row in rows if row.settled_at)) - gone
    print(f"Redis away for {seconds:.0f} s while {len(rows)} documents were sold, {len(meanwhile)} of them without Redis")
    print(f"  signing went on after       {again.total_seconds():6.1f} s (at most {SIGNS_AGAIN_WITHIN.total_seconds():.0f})")
    print(f"  signed while it was away    {len(signed_meanwhile):6} of {len(meanwhile)}")
    print(f"  longest wait of a document  {max(waits).total_seconds():6.1f} s")
    return again <= SIGNS_AGAIN_WITHIN


def _now(till: Till) -> datetime:
    with till.inside():
        return database_now()


if __name__ == "__main__":
    sys.exit(main())
