"""What the person at the terminal sees: progress, and the lines of every log with the name of its process in front."""

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

NAME_WIDTH = 10
LARGEST_LOG = 10_000_000


@dataclass(slots=True)
class Console:
    """Follows the log files, so that no process ever waits for a slow terminal."""

    logs: Path
    shows_logs: bool = True
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    _read_to: dict[str, int] = field(default_factory=dict)
    _rest: dict[str, bytes] = field(default_factory=dict)

    def open_log(self, name: str) -> Path:
        """The log file of one process, followed from its present end; a large one is put aside first."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        self._read_to.setdefault(name, path.stat().st_size)
        return path

    def say(self, sentence: str = "") -> None:
        """Print a line of our own."""
        self._print(sentence)

    def show_new_lines(self) -> None:
        """Print what the processes have written since the last call."""
        for name in list(self._read_to):
            for line in self._new_lines(name):
                if self.shows_logs:
                    self._print(f"{name:<{NAME_WIDTH}}| {line}")

    def _new_lines(self, name: str) -> list[str]:
        try:
            with (self.logs / f"{name}.log").open("rb") as log:
                log.seek(self._read_to[name])
                fresh = log.read(1_000_000)
        except OSError:
            return []
        self._read_to[name] += len(fresh)
        *lines, self._rest[name] = (self._rest.get(name, b"") + fresh).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _print(self, line: str) -> None:
        try:
            print(line, file=self.stream, flush=True)
        except BrokenPipeError:
            # Whoever read our output has left (bin/run | head): the stack goes on, its logs are in var/log.
            self.stream = open(os.devnull, "w")  # noqa: SIM115


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Seconds since bin/run was entered, installation included."""

    began: float

    def seconds(self) -> float:
        """Elapsed seconds, rounded to a hundredth."""
        return round(time.time() - self.began, 2)
