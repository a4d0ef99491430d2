"""The doorbell: RQ jobs without arguments; losing every one of them costs seconds, never a document."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from typing import Any

import structlog
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now

log = structlog.get_logger()

# Who writes to Redis could name any function: only these are ever run (`RELIABILITY.md` §8).
ALLOWED = {"lanes": "portal.submissions.jobs.drain_lanes", "documents": "portal.receipts.jobs.drain_documents"}


WORKER_TTL_SECONDS = 60
HEARD_FROM_SECONDS = WORKER_TTL_SECONDS + 15


class SafeJob(Job):
    """An RQ job that refuses to be any function but ours, and forgets what else Redis would have it call."""

    def restore(self, raw_data: Any) -> Any:
        """Read the job without callbacks and webhooks: a bell of ours has none."""
        restored = super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        return restored

    @property
    def func(self) -> Any:
        """The function to run; raises PermissionError for one that is not a bell of ours."""
        if self.func_name not in ALLOWED.values():
            raise PermissionError(f"{self.func_name!r} is not a job of this portal")
        return super().func


@lru_cache
def redis_of(url: str) -> Redis:
    """The Redis connection pool of `url`, with short timeouts so that a lost Redis never holds a page up."""
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5)


def queue_named(name: str, url: str) -> Queue:
    """The RQ queue of that name."""
    return Queue(name, connection=redis_of(url), serializer=JSONSerializer, job_class=SafeJob)


def workers_alive(name: str, url: str) -> int:
    """How many workers of the queue of that name Redis has heard from lately."""
    freshest = now() - timedelta(seconds=HEARD_FROM_SECONDS)
    workers = Worker.all(queue=queue_named(name, url))
    return sum(1 for worker in workers if worker.last_heartbeat and worker.last_heartbeat >= freshest)


def ring_lanes() -> None:
    """Wake a lanes worker."""
    _ring("lanes")


def ring_documents() -> None:
    """Wake a documents worker."""
    _ring("documents")


class Bells:
    """Bells asked for by the threads of a worker, rung together: RQ carries wake-ups, not documents (`PERFORMANCE.md` §2)."""

    def __init__(self, here: str) -> None:
        """`here` is the queue that is being worked on: it needs no bell."""
        self._here = here
        self._asked: deque[str] = deque()

    def ask(self, name: str) -> None:
        """Note that this queue is to be woken."""
        if name != self._here:
            self._asked.append(name)

    def ring(self) -> None:
        """Wake every queue that was asked for since the last time; a queue that is away is left to the clock."""
        asked = set()
        while self._asked:
            asked.add(self._asked.popleft())
        for name in sorted(asked):
            try:
                _enqueue(name)
            except RedisError:
                log.warning("bell_lost", queue=name)


_gathered: ContextVar[Bells | None] = ContextVar("bells", default=None)


@contextmanager
def gathering(bells: Bells) -> Iterator[None]:
    """Within it, in this thread, bells are not rung but asked of `bells`."""
    token = _gathered.set(bells)
    try:
        yield
    finally:
        _gathered.reset(token)


def _ring(name: str) -> None:
    bells = _gathered.get()
    if bells is None:
        _enqueue(name)
    else:
        bells.ask(name)


def _enqueue(name: str) -> None:
    queue = queue_named(name, current_app.extensions["settings"].redis_url)
    queue.enqueue_call(ALLOWED[name], timeout=120, result_ttl=0, failure_ttl=86400)
