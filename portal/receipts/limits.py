"""What the rendering child may use and do: little memory, little time, no network, no programs, no files to write."""

from __future__ import annotations

import math
import resource
import sys

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 20
REFUSED_EVENTS = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "urllib.Request",
    "http.client.",
    "ftplib.",
    "webbrowser.",
)
WRITING = set("wax+")


class Forbidden(RuntimeError):
    """The child tried what no rendering needs."""


def limit_memory() -> None:
    """From now on this process cannot have more than 768 MiB, and leaves no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_next_job() -> None:
    """The system ends this process after 20 more seconds of computing; call it before each page."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def forbid_the_outside() -> None:
    """From now on, for ever: no sockets, no programs, no file opened for writing."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook: raises Forbidden for an event that leads outside."""
    if event.startswith(REFUSED_EVENTS):
        raise Forbidden(event)
    if event == "open" and len(arguments) > 1 and isinstance(arguments[1], str) and WRITING & set(arguments[1]):
        raise Forbidden(f"writing {arguments[0]!r}")
