"""The press: a warm, limited, killable child that renders (`PERFORMANCE.md` §5), and its keeper in the documents worker."""

from __future__ import annotations

import atexit
import io
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from portal.receipts import messages
from portal.receipts.errors import NoTextLibrary, PageRefused, PressBroken, PressMissing
from portal.receipts.sizes import PaperSize

log = structlog.get_logger()
ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
JOB_SECONDS = 30.0
GRACE_SECONDS = 0.5
MOST_JOBS = 300  # then the child is replaced: whatever its libraries leak goes with it
COMMAND = (sys.executable, "-m", "portal.receipts.child")


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and how many pages it has."""

    pdf: bytes
    pages: int


class Press:
    """Keeps one child at a time; every job is done by it or raises, and a child that failed is replaced."""

    def __init__(self, *, job_seconds: float = JOB_SECONDS, most_jobs: int = MOST_JOBS) -> None:
        self._job_seconds, self._most_jobs = job_seconds, most_jobs
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def print_page(self, page: str, size: PaperSize = PaperSize.A4) -> Printed:
        """The PDF of a page; raises PageRefused, PressBroken or PressMissing."""
        head, pdf = self._do({"do": "render", "size_of_paper": size}, page.encode())
        return Printed(pdf, head["pages"])

    def print_copy_body(self, page: str, size: PaperSize = PaperSize.A4) -> Printed:
        """The PDF of a copy with an empty field for number and time, ready for `stamp.stamped`."""
        head, pdf = self._do({"do": "render_body", "size_of_paper": size}, page.encode())
        return Printed(pdf, head["pages"])

    @property
    def pid(self) -> int | None:
        """The process id of the child, None while there is none."""
        return self._child.process.pid if self._child else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _do(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            child = self._ready()
            try:
                answer, data = child.ask(messages.packed(head, body), self._job_seconds)
            except (OSError, EOFError, ValueError) as error:
                code = self._end()
                raise PressBroken(f"{type(error).__name__}, the child ended with {code}") from error
            if not answer["ok"]:
                raise self._refusal(answer)
            return answer, data

    def _ready(self) -> _Child:
        """The child that is warm; a new one when there is none, it died meanwhile, or it has done enough."""
        child = self._child
        if child is not None and (child.jobs >= self._most_jobs or child.process.poll() is not None):
            self._end()
        if self._child is None:
            self._child = _started()
        return self._child

    def _refusal(self, answer: dict[str, Any]) -> PageRefused:
        """The page is the problem: a child that ends itself over it says so, and is replaced."""
        code = self._end() if answer.get("last") else None
        log.error("page_refused", problem=answer.get("problem"), exit_code=code)
        return PageRefused(str(answer.get("problem")))

    def _end(self) -> int | None:
        child, self._child = self._child, None
        return child.end() if child else None


class _Child:
    """The process, our end of its line, and its own folder for fonts."""

    def __init__(self) -> None:
        self.jobs = 0
        self._folder = tempfile.TemporaryDirectory(prefix=messages.FOLDER_PREFIX, ignore_cleanup_errors=True)
        self._line, theirs = socket.socketpair()
        with theirs:
            # Nothing of our environment: secrets do not go where pages are drawn.
            self.process = subprocess.Popen(
                COMMAND, cwd=ROOT, stdin=theirs.fileno(), stdout=theirs.fileno(), close_fds=True,
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": self._folder.name, "TMPDIR": self._folder.name},
            )  # fmt: skip

    def ask(self, message: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The answer to a message; raises TimeoutError, another OSError or EOFError when none came in time."""
        self.jobs += 1
        ends = time.monotonic() + seconds
        self._line.settimeout(seconds)
        self._line.sendall(message)
        return self.hear(ends)

    def hear(self, ends: float) -> tuple[dict[str, Any], bytes]:
        """The next message of the child, until `ends` (monotonic seconds)."""
        with io.BufferedReader(_Line(self._line, ends)) as source:
            return messages.unpacked(source)

    def end(self) -> int:
        """End the process, by force where it does not go by itself; returns its exit code."""
        self._line.close()
        try:
            code = self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._folder.cleanup()
        return code


class _Line(io.RawIOBase):
    """Reads the line to a child, and not longer than until `ends`."""

    def __init__(self, line: socket.socket, ends: float) -> None:
        self._line, self._ends = line, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(left)
        return self._line.recv_into(buffer)


def _started() -> _Child:
    child = _Child()
    try:
        child.hear(time.monotonic() + START_SECONDS)
    except (OSError, EOFError, ValueError) as error:
        code = child.end()
        log.warning("press_missing", exit_code=code)
        if code == messages.NO_TEXT_LIBRARY:
            raise NoTextLibrary from error
        raise PressMissing(f"Receipts wait: the rendering child ended with {code} as it started.") from error
    return child


_press: Press | None = None


def the_press() -> Press:
    """The one press of this process, started at its first page and ended with the process."""
    global _press
    if _press is None:
        _press = Press()
        atexit.register(_press.close)
    return _press
