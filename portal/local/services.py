"""The processes of the portal itself: web, lanes, documents, clock, and the simulator of KRA."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.local.places import clone_folder
from portal.local.processes import (
    Process,
    end,
    end_with_parent,
    recall,
    remember,
    session_members,
    start_of,
    wait_until,
    working_folder,
)

LONGEST_PAUSE = 10.0
STEADY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ServiceKind:
    """How one process is started and ended."""

    name: str
    command: tuple[str, ...]
    # A worker is given the time to finish its job; the web server, the time to finish its answers.
    patience: float
    # A job that outlives its worker may finish; a web worker that outlives its server would keep the port.
    leaves_children: bool = False


def kinds(port: int, simulator_port: int | None, simulator_state: Path) -> dict[str, ServiceKind]:
    """Every process by name; without the simulator when real endpoints were given."""
    web = ("granian", "--interface", "wsgi", "wsgi:app", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
           "--workers", "1", "--blocking-threads", "16", "--workers-kill-timeout", "8", "--respawn-failed-workers",
           "--log-level", "warning")
    found = [
        ServiceKind("web", ("-m", *web), 10),
        ServiceKind("lanes", ("worker.py", "lanes"), 10, leaves_children=True),
        ServiceKind("documents", ("worker.py", "documents"), 10),
        ServiceKind("clock", ("-m", "flask", "clock"), 5),
    ]
    if simulator_port is not None:
        arguments = ("-m", "portal.simulator", "--port", str(simulator_port), "--state", str(simulator_state))
        found.insert(0, ServiceKind("simulator", arguments, 5))
    return {kind.name: kind for kind in found}


@dataclass(slots=True)
class Service:
    """One process that is kept running."""

    kind: ServiceKind
    environment: Mapping[str, str]
    log: Path
    record: Path
    process: subprocess.Popen[bytes] | None = None
    _started_at: float = field(default=0.0)
    _pause: float = field(default=0.5)
    _start_again_at: float | None = field(default=None)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches us only, and we stop everything in order."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.kind.command], cwd=clone_folder(), env=dict(self.environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )
        remember(self.record, self.process.pid)
        self._started_at = time.monotonic()
        self._start_again_at = None

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self.process.poll() if self.process else None

    def keep_running(self) -> str | None:
        """Start it again when it has ended, after a pause that grows; a sentence when there is something to say."""
        if self.exit_code is None:
            return None
        if self._start_again_at is None:
            if time.monotonic() - self._started_at > STEADY_SECONDS:
                self._pause = 0.5
            self._start_again_at = time.monotonic() + self._pause
            pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
            return f"{self.kind.name} ended (exit code {self.exit_code}); it starts again in {pause:g} s"
        if time.monotonic() >= self._start_again_at:
            if not self.kind.leaves_children:
                self._end_leftovers()
            self.start()
        return None

    def ask_to_stop(self) -> None:
        """Ask it to end; come back at once."""
        if self.process is not None and self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def see_stopped(self) -> None:
        """Wait for its end as long as its kind allows, then make it end, with all that it has started."""
        process = self.process
        if process is None:
            return
        wait_until(lambda: process.poll() is not None, self.kind.patience)
        # What it has started gets its time too; a process that has used up its own is asked once more, then killed.
        patience = 2 if process.poll() is None else self.kind.patience
        end(_members(process.pid), signal.SIGTERM, patience)
        process.poll()
        self.record.unlink(missing_ok=True)

    def _end_leftovers(self) -> None:
        if self.process is not None:
            end(_members(self.process.pid), signal.SIGTERM, 2)


def _members(leader: int) -> list[Process]:
    started = start_of(leader)
    return session_members(leader) or ([Process(leader, started)] if started else [])


def end_leftovers(records: Path) -> int:
    """End what a killed supervisor has left running, and only that; the answer is how many processes it was."""
    found: list[Process] = []
    for record in records.glob("*.process"):
        previous = recall(record)
        if previous is not None:
            found += _remains(previous)
        record.unlink(missing_ok=True)
    end(found, signal.SIGTERM, 10)
    return len(found)


def _remains(previous: Process) -> list[Process]:
    if previous.is_alive:
        return _members(previous.pid)
    if start_of(previous.pid) is not None and start_of(previous.pid) != previous.started:
        return []  # the id belongs to somebody else by now
    mine = clone_folder()
    return [member for member in session_members(previous.pid) if working_folder(member.pid) == mine]


def environment_for(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of the portal: ours, with the settings of the stack."""
    no_proxy = ",".join(filter(None, ["127.0.0.1", "localhost", os.environ.get("NO_PROXY", "")]))
    # Compiled modules are kept even where that is switched off: they halve the time of the next start.
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, **settings, "PYTHONUNBUFFERED": "1", "NO_PROXY": no_proxy, "no_proxy": no_proxy}
