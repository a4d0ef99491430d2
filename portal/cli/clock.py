"""The clock: finds what is due and was not rung for; it works with Redis away (`RELIABILITY.md` §8)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from flask import Flask, current_app
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import registry
from portal.downloads import services as downloads
from portal.identity import letters
from portal.infra import beats, doors, outbox, queue
from portal.infra.checks import check_before_serving
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.sharing import services as sharing
from portal.submissions import pump

log = structlog.get_logger()
ONE_AT_A_TIME = 0x636C6F636B  # 'clock': the advisory lock of a pass, so that two clocks do not do it twice
REDIS_LOST_SECONDS = 60.0
HEARTBEATS_AT_ONCE = 200
TIDIED_EVERY = 600.0


@dataclass(slots=True)
class Chore:
    """Something done every so many seconds."""

    every: float
    do: Callable[[], None]
    next_at: float = 0.0


def run() -> None:
    """Ring for what is due until told to stop; two clocks may run."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    check_before_serving(app)
    registry.load_worker_parts()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    sweep_every = app.extensions["settings"].sweep_interval
    ringer = Ringer(app)
    chores = [Chore(sweep_every, ringer.sweep), Chore(60.0, wish_heartbeats), Chore(TIDIED_EVERY, tidy_up)]
    while not stop.is_set():
        for chore in chores:
            if monotonic() >= chore.next_at:
                chore.next_at = monotonic() + chore.every
                _pass(app, chore.do)
        stop.wait(max(0.05, min(chore.next_at for chore in chores) - monotonic()))


def _pass(app: Flask, chore: Callable[[], None]) -> None:
    """One pass of a chore, unless another clock is at it; a lost database is waited for."""
    try:
        with app.app_context():
            chore()
    except (SQLAlchemyError, OSError) as error:
        log.warning("clock_pass_failed", chore=chore.__name__, problem=type(error).__name__)


class Ringer:
    """Rings for due work, and pumps the lanes itself when Redis has been away for a minute."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.redis_lost_at: float | None = None

    def sweep(self) -> None:
        """Say that the clock lives, and ring for every queue that has something due."""
        with acting_for_nobody():
            beats.beat("clock")
            lanes, documents = due_queues()
        try:
            if lanes:
                queue.ring_lanes()
            if documents:
                queue.ring_documents()
            queue.redis_of(self.app.extensions["settings"].redis_url).ping()
            self.redis_lost_at = None
        except RedisError:
            self.redis_lost_at = self.redis_lost_at or monotonic()
        if self.redis_lost_at is not None and monotonic() - self.redis_lost_at > REDIS_LOST_SECONDS and lanes:
            log.warning("clock_pumps", reason="the queue is away")
            pump.drain(self.app, threads=1, at_most=timedelta(seconds=10))


def due_queues() -> tuple[bool, bool]:
    """Whether the lanes queue and the documents queue have something due; (False, False) while another clock looks."""
    if not db.session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME}).scalar_one():
        return False, False
    lanes = bool(doors.due_lanes(1) or doors.due_outbox("lanes", 1))
    documents = bool(doors.due_outbox("documents", 1) or letters.are_due())
    db.session.commit()
    return lanes, documents


def wish_heartbeats() -> None:
    """Ask KRA for news through every device that has not heard from it for 15 minutes."""
    with acting_for_nobody():
        silent = doors.devices_to_beat(HEARTBEATS_AT_ONCE)
    for tenant_id, device_id in silent:
        with acting_for(tenant_id):
            outbox.wish_now("lanes", "heartbeat", device_id)


def tidy_up() -> None:
    """Remove what is too old to be opened any more."""
    sharing.forget_old_links()
    downloads.remove_old()
