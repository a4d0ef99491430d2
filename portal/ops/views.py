"""Is the process up, and is everything it needs there?"""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from portal.identity.access import public
from portal.infra import beats, queue
from portal.infra.db import db
from portal.infra.queue import redis_of

blueprint = Blueprint("ops", __name__)
ALIVE_SECONDS = 45


@blueprint.get("/healthz")
@public
def health() -> Response:
    """200 while the process can answer at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """200 when database, queue, workers and clock are there; 503 naming what is missing."""
    parts = {"web": True, "database": _database(), "queue": _queue()}
    for name in ("lanes", "documents"):
        parts[name] = parts["queue"] and queue.workers_alive(name, current_app.extensions["settings"].redis_url) > 0
    parts["clock"] = parts["database"] and beats.seconds_since().get("clock", ALIVE_SECONDS) < ALIVE_SECONDS
    return jsonify(ready=all(parts.values()), parts=parts), 200 if all(parts.values()) else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _queue() -> bool:
    try:
        return bool(redis_of(current_app.extensions["settings"].redis_url).ping())
    except RedisError:
        return False
