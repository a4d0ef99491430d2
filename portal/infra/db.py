"""The one database session, and the transaction that each business act owns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from psycopg import Cursor
from psycopg.rows import RowFactory, namedtuple_row
from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase

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

    For the few that run with every signed document. Placeholders are `%(name)s`, errors are psycopg's own, and what the
    session has not written yet is not written first.
    """
    connection = db.session.connection().connection.driver_connection
    assert connection is not None
    cursor: Cursor[Any] = connection.cursor(row_factory=rows)
    return cursor.execute(statement, values)


def database_now() -> datetime:
    """The database's clock, the only one that rules are judged by (UTC, aware)."""
    return db.session.execute(select(func.clock_timestamp())).scalar_one()
