"""The clock finds what was not rung for, and signs by itself when the queue is away (`RELIABILITY.md` §8)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from portal.app import create_app
from portal.cli import clock
from portal.infra import beats, queue
from portal.infra.checks import UnsafeStart, check_before_serving
from portal.infra.tenancy import acting_for_nobody
from portal.local.places import clone_folder
from portal.settings import KraEnvironment, Settings
from tests.support.lane import Till
from tests.support.stack import TestDatabase, flush

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def without_queue(lane_app: Flask, lane_settings: Settings) -> Iterator[Flask]:
    """The app of a clock that cannot reach Redis."""
    app = create_app(replace(lane_settings, redis_url=NOBODY_LISTENS))
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def bells(url: str) -> int:
    return queue.queue_named("lanes", url).count


def sweep(app: Flask, ringer: clock.Ringer) -> None:
    with app.app_context():
        ringer.sweep()


def test_the_clock_rings_for_a_lane_that_nobody_rang_for(vscu: Till, redis_url: str) -> None:
    vscu.sells()
    flush(redis_url)
    sweep(vscu.app, clock.Ringer(vscu.app))
    assert bells(redis_url) == 1


def test_the_clock_is_silent_when_nothing_is_due(vscu: Till, redis_url: str) -> None:
    sweep(vscu.app, clock.Ringer(vscu.app))
    assert bells(redis_url) == 0


def test_the_clock_rings_for_a_worker_that_died(vscu: Till, redis_url: str) -> None:
    vscu.sells()
    vscu.claims()
    flush(redis_url)
    ringer = clock.Ringer(vscu.app)
    sweep(vscu.app, ringer)
    assert bells(redis_url) == 0
    vscu.passes(91)
    sweep(vscu.app, ringer)
    assert bells(redis_url) == 1


def test_an_emptied_redis_costs_one_sweep(vscu: Till, redis_url: str) -> None:
    ringer = clock.Ringer(vscu.app)
    for _ in range(3):
        vscu.sells()
        flush(redis_url)
        sweep(vscu.app, ringer)
        assert bells(redis_url) == 1
    vscu.pumps()
    assert vscu.signed_numbers() == [1, 2, 3]


def test_issuing_goes_on_while_the_queue_is_away(vscu: Till, without_queue: Flask) -> None:
    till = replace(vscu, app=without_queue)
    assert till.state(till.sells()) == "queued"


def test_the_clock_pumps_by_itself_when_the_queue_has_been_away_for_a_minute(
    vscu: Till, without_queue: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    till, ringer = replace(vscu, app=without_queue), clock.Ringer(without_queue)
    sales = [till.sells() for _ in range(3)]
    sweep(without_queue, ringer)
    now[0] += 59
    sweep(without_queue, ringer)
    assert [till.state(sale) for sale in sales] == ["queued"] * 3
    now[0] += 2
    sweep(without_queue, ringer)
    assert [till.state(sale) for sale in sales] == ["accepted"] * 3


def test_the_minute_begins_anew_when_the_queue_was_there_in_between(
    vscu: Till, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    ringer = clock.Ringer(vscu.app)
    there = vscu.app.extensions["settings"]
    sale = vscu.sells()
    for url, seconds in ((NOBODY_LISTENS, 50), (redis_url, 50), (NOBODY_LISTENS, 50)):
        monkeypatch.setitem(vscu.app.extensions, "settings", replace(there, redis_url=url))
        sweep(vscu.app, ringer)
        now[0] += seconds
    assert vscu.state(sale) == "queued"


def test_the_clock_says_that_it_lives(vscu: Till) -> None:
    sweep(vscu.app, clock.Ringer(vscu.app))
    with vscu.app.app_context(), acting_for_nobody():
        assert beats.seconds_since()["clock"] < 60


def test_a_device_of_another_environment_stops_the_start(vscu: Till, lane_settings: Settings) -> None:
    check_before_serving(vscu.app)
    elsewhere = create_app(replace(lane_settings, kra_environment=KraEnvironment.SANDBOX))
    with pytest.raises(UnsafeStart, match="another environment"):
        check_before_serving(elsewhere)
    with elsewhere.app_context():
        elsewhere.extensions["sqlalchemy"].engine.dispose()


def test_a_forked_work_horse_has_a_connection_of_its_own(database: TestDatabase, redis_url: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FORK],
        cwd=clone_folder(), capture_output=True, text=True, check=False,
        env={
            **os.environ, "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url, "SECRET_KEY": "x",
            "ENCRYPTION_KEYS": "t:" + "A" * 43 + "=",
        },
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    parent, child, parent_again = answer.stdout.split()
    assert parent == parent_again
    assert child != parent


FORK = """
import os
from sqlalchemy import text
from portal.app import create_app
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from portal.submissions import jobs, pump

def backend():
    with acting_for_nobody():
        return db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()

app = create_app()
with app.app_context():
    print(backend(), flush=True)
    if os.fork() == 0:
        pump.drain = lambda app, **_: print(backend(), flush=True)
        pump.is_due = lambda app: False
        jobs.drain_lanes()
        os._exit(0)
    os.wait()
    print(backend(), flush=True)
"""
