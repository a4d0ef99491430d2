"""What the benchmarks share: throw-away servers, and medians of interleaved rounds, so that only ratios are told."""

from __future__ import annotations

import gc
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Self
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal.app import create_app
from portal.settings import Settings
from tests.support.stack import SECRETS, Stack, TestDatabase, running_stack
from tests.support.world import Visitor


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of the rounds, in milliseconds: on the clock, and of this process's own CPU."""

    wall: float
    cpu: float


class Browser:
    """Requests put straight into a WSGI app, with the headers and cookies of a browser that has been there before."""

    def __init__(self, app: Flask, cookies: str = "", csrf: str = "") -> None:
        self._app, self._csrf = app.wsgi_app, csrf
        headers = {"Cookie": cookies, "Accept": "text/html", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
        self._environ = EnvironBuilder("/", headers=headers).get_environ()

    @classmethod
    def of(cls, visitor: Visitor) -> Self:
        """The browser of somebody who is signed in, with the token of the form."""
        page = visitor.get("/invoices/new").text
        names = ("session", "visitor")
        cookies = "; ".join(f"{name}={each.value}" for name in names if (each := visitor.get_cookie(name)) is not None)
        return cls(visitor.application, cookies, re.findall(r'name="csrf_token" value="([^"]+)"', page)[0])

    def get(self, path: str) -> str:
        """The page at `path`."""
        where, _, query = path.partition("?")
        body, status = self._ask({"REQUEST_METHOD": "GET", "PATH_INFO": where, "QUERY_STRING": query})
        assert status.startswith("200"), (path, status)
        return body

    def post(self, path: str, form: Mapping[str, object]) -> str:
        """The status and address after sending a form."""
        sent = urlencode({**form, "csrf_token": self._csrf}, doseq=True).encode()
        body, status = self._ask({
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": BytesIO(sent), "CONTENT_LENGTH": str(len(sent)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
        })  # fmt: skip
        return f"{status} {body[:500]}"

    def _ask(self, changes: Mapping[str, object]) -> tuple[str, str]:
        parts, status, _headers = run_wsgi_app(self._app, {**self._environ, **changes}, buffered=True)
        return b"".join(parts).decode(), status


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
