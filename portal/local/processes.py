"""What is running: processes told apart by id and start time, so that a reused id is never taken for ours."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Process:
    """One process, for as long as it lives: another one with the same id has another start."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return start_of(self.pid) == self.started and not is_zombie(self.pid)


def start_of(pid: int) -> str | None:
    """Boot and clock tick at which the process started, or None when there is no such process."""
    if sys.platform != "linux":
        return _ps(pid, "lstart=")
    fields = _stat(pid)
    return f"{_boot_id()}/{fields[19]}" if fields else None


def is_zombie(pid: int) -> bool:
    """Whether the process has ended and only waits for its parent to notice."""
    if sys.platform != "linux":
        return (_ps(pid, "stat=") or "").startswith("Z")
    fields = _stat(pid)
    return bool(fields) and fields[0] == "Z"


def working_folder(pid: int) -> Path | None:
    """The folder a process works in, None when it is gone or hidden from us."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None


def command_of(pid: int) -> str:
    """The command line of a process for a person to read."""
    return _ps(pid, "command=") or "unknown"


def session_members(session: int) -> list[Process]:
    """All living processes of one session: what a service has started, even when the service itself is dead."""
    if sys.platform != "linux":
        return _group_members(session)
    found = []
    for entry in Path("/proc").iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else []
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found.append(Process(int(entry.name), f"{_boot_id()}/{fields[19]}"))
    return found


def remember(path: Path, pid: int) -> None:
    """Write down a process that we started, so that a later start finds it."""
    started = start_of(pid)
    if started is None:
        return
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(Process(pid, started))))
    fresh.replace(path)


def recall(path: Path) -> Process | None:
    """The process written down there, or None when nothing readable is."""
    try:
        return Process(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def end(processes: Iterable[Process], stop_signal: signal.Signals, patience: float, kill: bool = True) -> bool:
    """Ask processes to end, wait for `patience` seconds, then kill them where allowed; True when all are gone."""
    remaining = [process for process in processes if process.is_alive]
    _signal(remaining, stop_signal)
    if wait_until(lambda: not any(process.is_alive for process in remaining), patience):
        return True
    if not kill:
        return False
    _signal([process for process in remaining if process.is_alive], signal.SIGKILL)
    return wait_until(lambda: not any(process.is_alive for process in remaining), 5)


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.03) -> bool:
    """Whether a condition came true within some seconds; asked every few hundredths of one."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program so that the kernel stops it when we die, kill -9 included (Linux)."""
    libc, parent = _libc, os.getpid()
    if libc is None:
        return None

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return arrange


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return []
    return text.rpartition(")")[2].split()


def _group_members(group: int) -> list[Process]:
    """The process group that a session begins with, where there is no /proc."""
    answer = subprocess.run(["ps", "-axo", "pid=,pgid="], capture_output=True, text=True, check=False).stdout
    rows = (line.split() for line in answer.splitlines())
    ids = [int(row[0]) for row in rows if len(row) == 2 and row[1] == str(group)]
    return [Process(pid, start_of(pid) or "") for pid in ids if not is_zombie(pid)]


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return ""


def _ps(pid: int, column: str) -> str | None:
    answer = subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None
