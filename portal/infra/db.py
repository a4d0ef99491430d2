"""The one database session, and the transaction that each business act owns."""

from __future__ import annotations

import select as sockets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from psycopg import Cursor
from psycopg.rows import RowFactory, namedtuple_row, tuple_row
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, Pool

log = structlog.get_logger()


class Base(DeclarativeBase):
    """The parent of every table."""


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# A lock is waited for briefly, and nothing slow may sit inside a transaction (`RELIABILITY.md` §3).
CONNECTION_OPTIONS = "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s -c timezone=UTC"


# The database is away, or somebody held a lock for too long: the same act may be tried again.
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class AfterCommit:
    """What an act wants done once it is certain: bells, never anything that must not be lost."""

    def __init__(self) -> None:
        self._acts: list[Callable[[], object]] = []

    def then(self, act: Callable[[], object]) -> None:
        """Run `act` after the commit, once however often it was asked for; a failure is logged, the commit stands."""
        if act not in self._acts:
            self._acts.append(act)

    def run(self) -> None:
        for act in self._acts:
            try:
                act()
            except Exception:
                # The truth is committed and the clock will find it: a lost bell costs seconds.
                log.warning("bell_lost", act=getattr(act, "__name__", repr(act)), exc_info=True)


@contextmanager
def transaction() -> Iterator[AfterCommit]:
    """One business act: all of it happens or none of it; a second one inside raises RuntimeError."""
    info = db.session().info
    if "act" in info:
        raise RuntimeError("one act, one transaction: this service was called inside another one")
    after = info["act"] = AfterCommit()
    try:
        yield after
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        info.pop("act", None)
    after.run()


def after_commit(act: Callable[[], object]) -> None:
    """Ask the open act to run `act` after its commit; raises RuntimeError outside an act."""
    open_act = db.session().info.get("act")
    if not isinstance(open_act, AfterCommit):
        raise RuntimeError("no act is open: call this inside transaction()")
    open_act.then(act)


def quick(statement: str, values: Mapping[str, object], rows: RowFactory[Any] = namedtuple_row) -> Cursor[Any]:
    """Run one statement in the open transaction without SQLAlchemy's machinery, which costs more than the statement.

    For the few that run with every page or signed document. Placeholders are `%(name)s`, errors are SQLAlchemy's as anywhere
    else, and what the session has not written yet is not written first.
    """
    held = db.session.connection()
    connection = held.connection.driver_connection
    assert connection is not None
    cursor: Cursor[Any] = connection.cursor(row_factory=rows)
    try:
        return cursor.execute(statement, values)
    except psycopg.Error as error:
        if connection.closed:
            held.invalidate(error)
        raise DBAPIError.instance(statement, values, error, psycopg.Error) from error


def database_now() -> datetime:
    """The database's clock, the only one that rules are judged by (UTC, aware)."""
    now: datetime = quick("SELECT clock_timestamp()", {}, tuple_row).fetchall()[0][0]
    return now


# A connection that was used a moment ago is there unless its socket says otherwise, which costs no round trip to ask.
TRUSTED_SECONDS = 20.0


@event.listens_for(Pool, "checkin")
def _rested(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rested_at"] = monotonic()


@event.listens_for(Pool, "checkout")
def _still_there(connection: Any, record: ConnectionPoolEntry, _fairy: object) -> None:
    """Have the pool open new connections when this one was cut: a server that went away speaks or closes the socket."""
    rested_at = record.info.get("rested_at")
    if rested_at is None or connection is None:
        return
    trusted = monotonic() - rested_at < TRUSTED_SECONDS
    if not (trusted and _is_silent(connection)) and not _answers(connection):
        raise InvalidatePoolError


def _is_silent(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return False
    socket = sockets.poll()
    socket.register(connection.fileno(), sockets.POLLIN)
    return not socket.poll(0)


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error:
        return False
    return True
