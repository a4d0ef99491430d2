"""The signs of life of the processes that serve no page."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped

from portal.infra.columns import Moment, PartWord
from portal.infra.db import Model, db, transaction


class ProcessBeat(Model):
    """When a kind of process was last seen working."""

    __tablename__ = "process_beat"
    name: Mapped[PartWord]
    at: Mapped[Moment]


def beat(name: str) -> None:
    """Say that a process of this kind is alive now."""
    with transaction():
        db.session.execute(
            text("INSERT INTO process_beat (name, at) VALUES (:name, now()) ON CONFLICT (name) DO UPDATE SET at = now()"),
            {"name": name},
        )


def seconds_since() -> dict[str, float]:
    """For each kind of process, how many seconds ago it was last seen."""
    rows = db.session.execute(text("SELECT name, extract(epoch FROM now() - at) FROM process_beat"))
    return {name: float(seconds) for name, seconds in rows}
