"""One wake-up drains every due lane, many side by side, each in order (`ARCHITECTURE.md` §3, `PERFORMANCE.md` §5)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask

from portal.infra import doors, outbox, queue
from portal.infra.db import AWAY
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.kra.outcomes import Answer
from portal.submissions import reconciled
from portal.submissions.claim import Job, Moved, claim, put_off
from portal.submissions.rules import Act
from portal.submissions.settle import settle

log = structlog.get_logger()
LOOK_EVERY_SECONDS = 0.25
# Nobody else holds an answer that came: a database that is away is waited for, but not beyond the job's own limit.
SETTLE_FOR_SECONDS = 45.0
SETTLE_PAUSE_SECONDS = 0.5
Work = tuple[str, UUID, UUID]


def drain(app: Flask, *, threads: int, at_most: timedelta) -> int:
    """Work until no lane and no wish of this queue is due, or `at_most` has passed; returns how many lanes and wishes ran."""
    ends = time.monotonic() + at_most.total_seconds()
    done, bells = 0, queue.Bells(here="lanes")
    with ThreadPoolExecutor(threads, thread_name_prefix="lane") as pool:
        running: dict[Future[None], Work] = {}
        while time.monotonic() < ends:
            if len(running) < threads:
                for work in _chosen(_due(app, threads), list(running.values()), threads):
                    running[pool.submit(_run, app, work, ends, bells)] = work
            if not running:
                break
            finished, _ = wait(running, timeout=LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                running.pop(future)
                future.result()
                done += 1
            _ring(app, bells)
    _ring(app, bells)
    return done


def _ring(app: Flask, bells: queue.Bells) -> None:
    with app.app_context():
        bells.ring()


def is_due(app: Flask) -> bool:
    """Whether a lane or a wish of this queue waits to be worked on."""
    return bool(_due(app, 1))


def _due(app: Flask, threads: int) -> list[Work]:
    with app.app_context(), acting_for_nobody():
        due = [] if reconciled.lanes_are_closed() else doors.due_lanes(threads)
        lanes: list[Work] = [("lane", *pair) for pair in due]
        wishes: list[Work] = [("wish", *pair) for pair in doors.due_outbox("lanes", threads)]
    return [work for pair in _in_turn(wishes, lanes) for work in pair]


def _in_turn(wishes: list[Work], lanes: list[Work]) -> Iterable[list[Work]]:
    """One of each in turn: a person waits for a wish, a customer for a lane."""
    longest = max(len(wishes), len(lanes))
    return (wishes[place : place + 1] + lanes[place : place + 1] for place in range(longest))


def _chosen(due: list[Work], busy: list[Work], threads: int) -> list[Work]:
    """What to begin now: a business gets a quarter of the threads at the most while others wait (`RELIABILITY.md` §5)."""
    free = threads - len(busy)
    waiting = [work for work in due if work not in busy]
    share = max(1, threads // 4)
    running = Counter(tenant for _, tenant, _ in busy)
    fair: list[Work] = []
    more: list[Work] = []
    for work in waiting:
        running[work[1]] += 1
        (fair if running[work[1]] <= share else more).append(work)
    return (fair + more)[:free]


def _run(app: Flask, work: Work, ends: float, bells: queue.Bells) -> None:
    kind, tenant_id, id_ = work
    try:
        with queue.gathering(bells):
            if kind == "wish":
                with app.app_context():
                    outbox.do(tenant_id, id_)
            else:
                drain_lane(app, tenant_id, id_, ends)
    except Exception:
        # The outer edge of a lane: its row keeps its lease and becomes a doubt, the other lanes go on.
        log.exception("lane_failed", kind=kind)
        if kind == "lane":
            _put_off(app, tenant_id, id_)


def drain_lane(app: Flask, tenant_id: UUID, device_id: UUID, ends: float) -> None:
    """Claim, call and settle the head of one lane until it is empty, waits, or `ends` (monotonic seconds) has come."""
    while time.monotonic() < ends:
        with app.app_context(), acting_for(tenant_id):
            job = claim(device_id)
        if job is None:
            return
        if isinstance(job, Moved):
            continue
        answer = _call(app, job)
        if answer is None:
            return
        _settle(app, job, answer)


def _call(app: Flask, job: Job) -> Answer[Any] | None:
    """Speak to KRA with no transaction open; None when too little of the lease is left to begin."""
    settings = app.extensions["settings"]
    if job.ends - time.monotonic() - settings.lease_reserve < settings.kra_call_timeout:
        return None
    if job.act is Act.LOOK_UP:
        assert job.number is not None
        return job.gateway.look_up_sale(job.number)
    return job.gateway.tell(job.kind, job.body)


def _settle(app: Flask, job: Job, answer: Answer[Any]) -> None:
    gives_up = time.monotonic() + SETTLE_FOR_SECONDS
    while True:
        try:
            with app.app_context(), acting_for(job.tenant_id):
                settle(job, answer)
            return
        except AWAY as error:
            if time.monotonic() > gives_up:
                raise
            log.warning("settle_waits", submission_id=str(job.submission_id), problem=type(error).__name__)
            time.sleep(SETTLE_PAUSE_SECONDS)


def _put_off(app: Flask, tenant_id: UUID, device_id: UUID) -> None:
    try:
        with app.app_context(), acting_for(tenant_id):
            put_off(device_id)
    except Exception:
        log.exception("lane_not_put_off")
