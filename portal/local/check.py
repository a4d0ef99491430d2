"""bin/run --check: what this machine has, what it lacks, and what to do about it."""

import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from portal.local import pango
from portal.local.account import Account
from portal.local.environment import given
from portal.local.places import Places
from portal.local.postgres import find_programs as find_postgres
from portal.local.problems import Problem
from portal.local.redis_server import find_program as find_redis
from portal.local.status import is_running, read_status


def check(places: Places, account: Account) -> int:
    """Print one line for each thing that the stack needs; the answer is 0 when nothing is missing, else 1."""
    named = given()
    good = [
        _line("Python", lambda: platform.python_version()),
        _line("PostgreSQL", lambda: _given_or(named, "DATABASE_URL", lambda: find_postgres(account, places.servers))),
        _line("Redis", lambda: _given_or(named, "REDIS_URL", lambda: _redis(places, account))),
        _line("PDF receipts", _pango),
        _line("State", lambda: f"{places.home}" + (f" and {places.servers}" if places.servers != places.home else "")),
        _line("Running", lambda: _running(places)),
    ]
    return 0 if all(good) else 1


def _line(name: str, ask: Callable[[], str]) -> bool:
    try:
        print(f"ok       {name}: {ask()}")
    except Problem as problem:
        print(f"missing  {name}: {problem}")
        return False
    return True


def _given_or(named: Mapping[str, str], name: str, find: Callable[[], Path]) -> str:
    return f"the one that {name} names" if name in named else str(find())


def _redis(places: Places, account: Account) -> Path:
    return find_redis(account, places.home / "downloads", places.servers)


def _pango() -> str:
    if not pango.works(pango.start_probe()):
        raise Problem(pango.MISSING)
    return "the Pango text library is there"


def _running(places: Places) -> str:
    status = read_status(places) if is_running(places) else None
    return f"{status.state} at {status.url}" if status else "no"
