"""Waiting for a worker inside a request: the row is looked at again and again, and no transaction stays open."""

from __future__ import annotations

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


def wait_until(done: Callable[[], bool], seconds: int) -> bool:
    """Whether `done` came true within so many seconds; between two looks nothing is held in the database."""
    ends = time.monotonic() + min(seconds, LONGEST_SECONDS)
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
