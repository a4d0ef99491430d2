"""Waiting for a worker inside a request: the row is looked at again and again, and no transaction stays open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from marshmallow import fields
from marshmallow.validate import Range

from portal.api.v1.fields import Body
from portal.infra.db import db

LONGEST_SECONDS = 30
LOOK_EVERY_SECONDS = 0.1


class WaitQuery(Body):
    """How many seconds to wait for the outcome; more than 30 count as 30."""

    wait = fields.Integer(
        load_default=0,
        validate=Range(0, error="Wait for 0 to 30 seconds."),
        metadata={"description": "Seconds to wait for the outcome, at most 30", "examples": [10]},
    )


# Each waiting request keeps one of the process's threads: some are always left for everybody else.
MOST_WAITING = 12
_places = threading.BoundedSemaphore(MOST_WAITING)


def wait_until(done: Callable[[], bool], seconds: int) -> bool:
    """Whether `done` came true within so many seconds; between two looks nothing is held in the database.

    When too many wait already it is looked at once: the caller asks again.
    """
    if seconds <= 0 or not _places.acquire(blocking=False):
        return _look_until(done, 0)
    try:
        return _look_until(done, min(seconds, LONGEST_SECONDS))
    finally:
        _places.release()


def _look_until(done: Callable[[], bool], seconds: int) -> bool:
    ends = time.monotonic() + seconds
    while True:
        try:
            if done():
                return True
        finally:
            db.session.rollback()
        left = ends - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(LOOK_EVERY_SECONDS, left))
