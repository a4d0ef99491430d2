"""After a restore the lanes start closed (`RELIABILITY.md` §16): going on with old counters would use KRA's numbers twice.

A database that was restored to a point in time, promoted from a standby or filled from a dump is another one than before:
its timeline or its system identifier differs from what was noted when the lanes were last known to be in step with KRA.
"""

from __future__ import annotations

import structlog
from sqlalchemy import text

from portal.infra.db import db, transaction

log = structlog.get_logger()
CLOSED = "closed"
HERE = "(SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system())"
IS_HERE = text(f"SELECT database = {HERE} FROM reconciled_database")  # noqa: S608
NOTE = text(f"""
    INSERT INTO reconciled_database (database) VALUES (coalesce(:database, {HERE}))
    ON CONFLICT (only_one) DO UPDATE SET database = excluded.database, at = now()""")  # noqa: S608
FIRST = text(f"INSERT INTO reconciled_database (database) VALUES ({HERE}) ON CONFLICT DO NOTHING")  # noqa: S608


def lanes_are_closed() -> bool:
    """Whether nothing may be sent because this database was not compared with KRA since it was restored."""
    is_here = db.session.execute(IS_HERE).scalar_one_or_none()
    if is_here is None:  # a new deployment has nothing to compare
        db.session.rollback()
        with transaction():
            db.session.execute(FIRST)
        return False
    if not is_here:
        log.error("lanes_closed", reason="this database was restored: run `flask after-restore`")
    return not is_here


def close_lanes() -> None:
    """Send nothing more until the lanes are opened, whatever this database is."""
    with transaction():
        db.session.execute(NOTE, {"database": CLOSED})


def open_lanes() -> None:
    """The lanes of this database are in step with KRA."""
    with transaction():
        db.session.execute(NOTE, {"database": None})
