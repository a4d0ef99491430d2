"""The bell that lanes workers answer: no arguments, no result, harmless to ring twice."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from portal.infra import queue
from portal.infra.db import db
from portal.submissions import pump

AT_MOST = timedelta(seconds=20)


def drain_lanes() -> None:
    """Send everything that is due, and do every wish of the lanes queue."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    # A forked work-horse must not speak on its parent's connections (`PERFORMANCE.md` §5).
    db.engine.dispose(close=False)
    pump.drain(app, threads=app.extensions["settings"].lane_threads, at_most=AT_MOST)
    if pump.is_due(app):
        queue.ring_lanes()  # the time was up: go on at once, in a fresh work-horse
