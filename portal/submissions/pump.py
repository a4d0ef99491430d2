"""One wake-up drains every due lane, many side by side, each in order (`ARCHITECTURE.md` §3, `PERFORMANCE.md` §5)."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask

from portal.infra import doors, outbox
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.kra.outcomes import Answer
from portal.submissions.claim import MOVED, Job, Moved, claim
from portal.submissions.rules import Act
from portal.submissions.settle import settle

log = structlog.get_logger()
SAFETY_SECONDS = 20.0  # at the most: a lease that is shorter than that keeps a quarter of itself
Work = tuple[str, UUID, UUID]


def drain(app: Flask, *, threads: int, at_most: timedelta) -> int:
    """Work until no lane and no wish of this queue is due, or `at_most` has passed; returns how many lanes and wishes ran."""
    ends = time.monotonic() + at_most.total_seconds()
    done = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="lane") as pool:
        running: dict[Future[None], Work] = {}
        while time.monotonic() < ends:
            for work in _due(app, threads, set(running.values())):
                if len(running) >= threads:
                    break
                running[pool.submit(_run, app, work, ends)] = work
            if not running:
                break
            finished, _ = wait(running, timeout=0.25, return_when=FIRST_COMPLETED)
            for future in finished:
                running.pop(future)
                future.result()
                done += 1
    return done


def _due(app: Flask, threads: int, busy: set[Work]) -> list[Work]:
    if len(busy) >= threads:
        return []
    with app.app_context(), acting_for_nobody():
        lanes: list[Work] = [("lane", *pair) for pair in doors.due_lanes(threads)]
        wishes: list[Work] = [("wish", *pair) for pair in doors.due_outbox("lanes", threads)]
    return [work for pair in _in_turn(wishes, lanes) for work in pair if work not in busy]


def _in_turn(wishes: list[Work], lanes: list[Work]) -> list[list[Work]]:
    """One of each in turn: a person waits for a wish, a customer for a lane."""
    longest = max(len(wishes), len(lanes), 0)
    return [wishes[place : place + 1] + lanes[place : place + 1] for place in range(longest)]


def _run(app: Flask, work: Work, ends: float) -> None:
    kind, tenant_id, id_ = work
    try:
        if kind == "wish":
            with app.app_context():
                outbox.do(tenant_id, id_)
        else:
            drain_lane(app, tenant_id, id_, ends)
    except Exception:
        # The outer edge of a lane: its row keeps its lease and becomes a doubt, the other lanes go on.
        log.exception("lane_failed", kind=kind)


def drain_lane(app: Flask, tenant_id: UUID, device_id: UUID, ends: float) -> None:
    """Claim, call and settle the head of one lane until it is empty, waits, or `ends` (monotonic seconds) has come."""
    while time.monotonic() < ends:
        job = _claimed(app, tenant_id, device_id)
        if job is None:
            return
        if job is MOVED or isinstance(job, Moved):
            continue
        answer = _call(app, job)
        if answer is None:
            return
        with app.app_context(), acting_for(tenant_id):
            settle(job, answer)


def _claimed(app: Flask, tenant_id: UUID, device_id: UUID) -> Job | Moved | None:
    with app.app_context(), acting_for(tenant_id):
        return claim(device_id)


def _call(app: Flask, job: Job) -> Answer[Any] | None:
    """Speak to KRA with no transaction open; None when too little of the lease is left to begin."""
    settings = app.extensions["settings"]
    left = job.ends - time.monotonic() - min(SAFETY_SECONDS, settings.kra_lease / 4)
    if left < settings.kra_call_timeout:
        return None
    if job.act is Act.LOOK_UP:
        assert job.number is not None
        return job.gateway.look_up_sale(job.number)
    return job.gateway.tell(job.kind, job.body)
