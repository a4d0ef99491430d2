"""One circuit per KRA host: after five failures in a row it opens, and one probe per 30 seconds goes through."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import text

from portal.infra.db import db

FAILURES_THAT_OPEN = 5
PROBE_EVERY_SECONDS = 30.0
STANDARD_QUARANTINE_SECONDS = 120.0


def probe_every() -> float:
    """Seconds between two probes of an open circuit; like the back-off they shrink with KRA_QUARANTINE."""
    quarantine: float = current_app.extensions["settings"].kra_quarantine
    return PROBE_EVERY_SECONDS * min(1.0, quarantine / STANDARD_QUARANTINE_SECONDS)


@lru_cache
def host_of(url: str) -> str:
    """The host whose circuit the calls of an address belong to."""
    return urlsplit(url).netloc


def may_call(host: str) -> bool:
    """Whether to call `host` now, inside the caller's transaction: always while closed, once per 30 s while open."""
    open_ = text("SELECT 1 FROM kra_host WHERE host = :host AND open_until IS NOT NULL")
    if db.session.execute(open_, {"host": host}).one_or_none() is None:
        return True
    probe = text(
        "UPDATE kra_host SET open_until = clock_timestamp() + interval '1 second' * :wait"
        " WHERE host = :host AND open_until <= clock_timestamp() RETURNING host"
    )
    return db.session.execute(probe, {"host": host, "wait": probe_every()}).one_or_none() is not None


def answered(host: str) -> None:
    """Close the circuit of `host`: it gave an answer. Writes only when there is something to change."""
    db.session.execute(
        text(
            "INSERT INTO kra_host AS h (host, last_answer_at) VALUES (:host, now()) ON CONFLICT (host) DO UPDATE"
            " SET failures_in_row = 0, open_until = NULL, last_answer_at = now()"
            " WHERE h.failures_in_row > 0 OR h.open_until IS NOT NULL OR h.last_answer_at < now() - interval '5 seconds'"
        ),
        {"host": host},
    )


def failed(host: str) -> None:
    """Count a call of `host` that brought no answer; the fifth in a row opens the circuit."""
    db.session.execute(
        text(
            "INSERT INTO kra_host AS h (host, failures_in_row, last_failure_at) VALUES (:host, 1, now())"
            " ON CONFLICT (host) DO UPDATE SET failures_in_row = h.failures_in_row + 1, last_failure_at = now(),"
            " open_until = CASE WHEN h.failures_in_row + 1 >= :most THEN clock_timestamp() + interval '1 second' * :wait END"
        ),
        {"host": host, "most": FAILURES_THAT_OPEN, "wait": probe_every()},
    )


def is_open(host: str) -> bool:
    """Whether calls to `host` are being held back."""
    question = text("SELECT 1 FROM kra_host WHERE host = :host AND open_until IS NOT NULL")
    return db.session.execute(question, {"host": host}).one_or_none() is not None
