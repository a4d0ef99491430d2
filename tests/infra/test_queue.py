"""The doorbell rings our own bells only: whoever writes to Redis cannot have anything else run (`RELIABILITY.md` §8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from rq import Queue, SimpleWorker
from rq.job import Callback, Job

from portal.infra import queue
from portal.infra.queue import SafeJob


@pytest.fixture
def ours(app: Flask, redis_url: str) -> Queue:
    return queue.queue_named("lanes", redis_url)


def work(ours: Queue) -> None:
    """A worker of ours takes everything that waits."""
    SimpleWorker(
        [ours], connection=ours.connection, serializer=queue.JSONSerializer, job_class=SafeJob
    ).work(burst=True, logging_level="CRITICAL")


@pytest.mark.parametrize("name", ["os.system", "subprocess.call", "portal.infra.queue.ring_lanes", "builtins.eval"])
def test_no_other_function_is_run(ours: Queue, tmp_path: Path, name: str) -> None:
    mark = tmp_path / "mark"
    stranger = Queue("lanes", connection=ours.connection, serializer=queue.JSONSerializer)
    job = stranger.enqueue_call(name, args=(f"touch {mark}",))
    work(ours)
    assert not mark.exists()
    assert Job.fetch(job.id, connection=ours.connection, serializer=queue.JSONSerializer).is_failed


def test_neither_callbacks_nor_webhooks_are_followed(ours: Queue) -> None:
    stranger = Queue("lanes", connection=ours.connection, serializer=queue.JSONSerializer)
    job = stranger.enqueue_call("os.system", args=("true",), on_failure=Callback("portal.infra.queue.ring_lanes"))
    safe = SafeJob.fetch(job.id, connection=ours.connection, serializer=queue.JSONSerializer)
    assert (safe.success_callback, safe.failure_callback, safe.stopped_callback, safe.webhooks) == (None, None, None, [])
    with pytest.raises(PermissionError):
        _ = safe.func


def test_a_bell_has_an_id_of_its_own_each_time_and_is_kept_short(app: Flask, ours: Queue) -> None:
    with app.app_context():
        queue.ring_lanes()
        queue.ring_lanes()
    first, second = ours.jobs
    assert first.id != second.id
    assert (first.func_name, list(first.args), first.timeout, first.result_ttl, first.retries_left) == (
        queue.ALLOWED["lanes"], [], 120, 0, None,
    )  # fmt: skip
