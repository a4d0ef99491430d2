"""What the benchmarks share: throw-away servers, and medians of interleaved rounds, so that only ratios are told."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

from portal.app import create_app
from portal.settings import Settings
from tests.support.stack import SECRETS, Stack, TestDatabase, running_stack


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of the rounds, in milliseconds: on the clock, and of this process's own CPU."""

    wall: float
    cpu: float


@contextmanager
def servers() -> Iterator[Stack]:
    """A PostgreSQL and a Redis of their own, gone afterwards."""
    with running_stack() as stack:
        yield stack


def app_over(stack: Stack, database: TestDatabase, **environment: str) -> Flask:
    """The portal over one of these databases, as portal_app."""
    values = {
        **SECRETS,
        "DATABASE_URL": database.app_dsn,
        "MIGRATION_DATABASE_URL": database.owner_dsn,
        "REDIS_URL": stack.redis_url(9),
        "STORAGE_URL": tempfile.mkdtemp(),
        "MAIL_URL": "memory:",
        "LANE_THREADS": "4",
    }
    return create_app(Settings.from_env(values | environment))


def interleaved(acts: Mapping[str, Callable[[], object]], rounds: int = 40, warm: int = 5) -> dict[str, Measured]:
    """Run all acts in turn, `rounds` times: the machine's drift meets all of them alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for turn in range(rounds + warm):
        for name, act in acts.items():
            gc.collect(0)
            wall, cpu = time.perf_counter(), time.process_time()
            act()
            if turn >= warm:
                taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: Measured(1000 * statistics.median(w for w, _ in each), 1000 * statistics.median(c for _, c in each))
        for name, each in taken.items()
    }


def table(title: str, rows: list[tuple[str, ...]]) -> None:
    """Print figures as a plain table."""
    print(f"\n{title}")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))


def ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}×"
