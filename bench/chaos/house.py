"""The house that chaos breaks: its own PostgreSQL, Redis, KRA simulator, lanes workers and clock."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import redis

from portal.local.account import Account
from portal.local.places import clone_folder, home_folder
from portal.local.ports import Ports
from portal.local.postgres import DURABLE, PostgresServer, find_programs
from portal.local.processes import end_with_parent, session_members
from portal.local.redis_server import RedisServer, find_program
from portal.local.roles import APP, OWNER, make_database, make_roles, with_database, with_role
from portal.local.services import environment_for
from portal.local.throwaway import new_folder, program_copies
from tests.support.simulator import SimulatorProcess
from tests.support.stack import PASSWORDS, SECRETS, TestDatabase, migrate

# A commit is on the server's side of the wall when it is answered; only the machine's own power is not at stake here.
POSTGRES = {**DURABLE, "fsync": "off", "full_page_writes": "off", "max_connections": "300"}
# Seconds. A call is shorter than its lease, and KRA's slowest commit (faults.py) is shorter than the quarantine.
TIMES = {
    "KRA_CONNECT_TIMEOUT": "0.5", "KRA_CALL_TIMEOUT": "1", "KRA_LEASE": "4", "KRA_QUARANTINE": "3", "SWEEP_INTERVAL": "0.5",
}  # fmt: skip


@dataclass(slots=True)
class Crew:
    """Processes of one kind that are killed and started again."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    size: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def muster(self) -> None:
        """Start as many as are missing."""
        self.running = [process for process in self.running if process.poll() is None]
        while len(self.running) < self.size:
            with self.log.open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        [sys.executable, *self.command], cwd=clone_folder(), env=dict(self.environment),
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                        preexec_fn=end_with_parent(signal.SIGKILL),
                    )
                )  # fmt: skip

    def kill_one(self, chance: random.Random, whole: bool) -> int:
        """SIGKILL one of them: all of it, or only the children it works with; how many processes died."""
        if not self.running:
            return 0
        victim = chance.choice(self.running)
        members = [member for member in session_members(victim.pid) if whole or member.pid != victim.pid]
        for member in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
        return len(members)

    def dismiss(self) -> None:
        """End all of them."""
        for process in self.running:
            for member in session_members(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()


@dataclass(slots=True)
class House:
    """Everything that runs, and the settings of the portal in it."""

    postgres: PostgresServer
    redis: RedisServer
    kra: SimulatorProcess
    database: TestDatabase
    settings: dict[str, str]
    folder: Path
    lanes: Crew
    clock: Crew

    def restart_postgres(self, chance: random.Random) -> None:
        """Stop PostgreSQL, cleanly or at once, and start it again."""
        assert self.postgres.process is not None
        self.postgres.process.send_signal(chance.choice([signal.SIGINT, signal.SIGQUIT]))
        self.postgres.process.wait(60)
        self.postgres.launch()
        self.postgres.wait_until_ready()

    def flush_redis(self) -> None:
        """Lose every bell and all that RQ knows."""
        with contextlib.closing(redis.Redis.from_url(self.redis.url)) as connection:
            connection.flushall()


@contextlib.contextmanager
def built(workers: int, times: Mapping[str, str] = TIMES) -> Iterator[House]:
    """A house over a fresh database, nothing of which stays; `times` are the portal's time settings."""
    account = Account.for_servers()
    with new_folder(account) as folder, contextlib.ExitStack() as rooms:
        ports = Ports()
        rooms.callback(ports.release)
        copies = program_copies(account)
        postgres = PostgresServer(
            programs=find_programs(account, copies), data=folder / "postgres", port=ports.choose(),
            password=secrets.token_hex(16), log=folder / "postgres.log", account=account, settings=POSTGRES,
        )  # fmt: skip
        queue = RedisServer(
            program=find_program(account, home_folder() / "downloads", copies), folder=account.make_folder(folder / "redis"),
            port=ports.choose(), password=secrets.token_hex(16), log=folder / "redis.log", account=account, keeps_data=False,
        )  # fmt: skip
        queue.launch()
        rooms.callback(queue.stop)
        postgres.initialise()
        postgres.launch()
        rooms.callback(postgres.stop)
        queue.wait_until_ready()
        postgres.wait_until_ready()
        kra = rooms.enter_context(SimulatorProcess())
        database = _database(postgres)
        own = Path(rooms.enter_context(tempfile.TemporaryDirectory(prefix="risiti-chaos-")))
        settings = _settings(database, queue, kra, own) | dict(times)
        lanes = Crew(("worker.py", "lanes"), environment_for(settings), own / "lanes.log", workers)
        clock = Crew(("-m", "flask", "--app", "portal.app", "clock"), environment_for(settings), own / "clock.log", 1)
        rooms.callback(lanes.dismiss)
        rooms.callback(clock.dismiss)
        yield House(postgres, queue, kra, database, settings, own, lanes, clock)


def _database(postgres: PostgresServer) -> TestDatabase:
    make_roles(postgres.dsn(), PASSWORDS)
    make_database(postgres.dsn(), "chaos")
    superuser = with_database(postgres.dsn(), "chaos")
    found = TestDatabase(
        superuser_dsn=superuser,
        owner_dsn=with_role(superuser, OWNER, PASSWORDS.owner),
        app_dsn=with_role(superuser, APP, PASSWORDS.app),
    )
    migrate(found)
    return found


def _settings(database: TestDatabase, queue: RedisServer, kra: SimulatorProcess, folder: Path) -> dict[str, str]:
    return {
        **SECRETS,
        "DATABASE_URL": database.app_dsn, "MIGRATION_DATABASE_URL": database.owner_dsn, "REDIS_URL": queue.url,
        "PORTAL_ENV": "local", "STORAGE_URL": str(folder / "files"), "MAIL_URL": "memory:", "LANE_THREADS": "16",
        "KRA_VSCU_URL": kra.url, "KRA_OSCU_URL": kra.oscu_url, "KRA_VSCU_HOSTS": "127.0.0.1",
    }  # fmt: skip


def eventually(seconds: float, pause: float = 0.5) -> Iterator[float]:
    """The seconds since the beginning, again and again until `seconds` have passed."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        yield passed
        time.sleep(pause)
