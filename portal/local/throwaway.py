"""A PostgreSQL and a Redis that live as long as one run of the tests and leave nothing behind."""

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.local.account import Account
from portal.local.places import home_folder
from portal.local.ports import Ports
from portal.local.postgres import THROW_AWAY, PostgresServer, find_programs, lock_owner
from portal.local.processes import Process, end, recall, remember, start_of
from portal.local.redis_server import RedisServer, find_program

PREFIX = "risiti-test-"


@dataclass(frozen=True, slots=True)
class ThrowAwayServers:
    """Where the two servers are: PostgreSQL as superuser, Redis as its first database."""

    superuser_dsn: str
    redis_url: str


@contextlib.contextmanager
def throw_away_servers() -> Iterator[ThrowAwayServers]:
    """Both servers in one temporary folder, gone at the end; leftovers of killed runs are removed first."""
    account = Account.for_servers()
    with new_folder(account) as folder:
        yield from _servers_in(folder, account)


@contextlib.contextmanager
def new_folder(account: Account) -> Iterator[Path]:
    """A temporary folder for servers; what killed runs have left behind is removed on the way."""
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp" if os.geteuid() == 0 else None))
    account.make_folder(folder)
    remember(folder / "owner.process", os.getpid())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _servers_in(folder: Path, account: Account) -> Iterator[ThrowAwayServers]:
    ports = Ports()
    postgres = PostgresServer(
        programs=find_programs(account, program_copies(account)), data=folder / "postgres", port=ports.choose(),
        password=secrets.token_hex(16), log=folder / "postgres.log", account=account, settings=THROW_AWAY,
    )
    redis = RedisServer(
        program=find_program(account, home_folder() / "downloads", program_copies(account)),
        folder=account.make_folder(folder / "redis"), port=ports.choose(), password=secrets.token_hex(16),
        log=folder / "redis.log", account=account, keeps_data=False,
    )
    try:
        redis.launch()
        postgres.initialise()
        postgres.launch()
        redis.wait_until_ready()
        postgres.wait_until_ready()
        yield ThrowAwayServers(postgres.dsn(), redis.url)
    finally:
        redis.stop()
        postgres.stop()
        ports.release()


def program_copies(account: Account) -> Path:
    """Where programs are copied to when `nobody` cannot reach those of the virtual environment."""
    if account.user is None:
        return home_folder()
    folder = Path("/var/lib/risiti-programs")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def _remove_leftovers() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            owner = recall(folder / "owner.process")
            if owner is None or owner.is_alive:
                continue
        except OSError:
            continue  # another user's
        _end_servers_of(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _end_servers_of(folder: Path) -> None:
    database = lock_owner(folder / "postgres")
    started = start_of(database) if database else None
    if database and started:
        end([Process(database, started)], signal.SIGQUIT, 5)
    queue = recall(folder / "redis" / "redis.process")
    if queue:
        end([queue], signal.SIGTERM, 5)

