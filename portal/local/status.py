"""One supervisor for each stack: a lock that dies with it, and a note of what it is doing for everybody else."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import IO

from portal.local.environment import write_private
from portal.local.places import Places

STARTING, READY, STOPPING = "starting", "ready", "stopping"


@dataclass(frozen=True, slots=True)
class Status:
    """What the running supervisor says of itself."""

    pid: int
    state: str
    url: str
    # Started by bin/flask or bin/python: it stops when nobody uses it any more.
    is_temporary: bool

    def write(self, places: Places) -> None:
        """Tell everybody."""
        write_private(places.status, json.dumps(asdict(self)) + "\n")


def read_status(places: Places) -> Status | None:
    """The last note, which may be that of a supervisor that is dead; None when there is none."""
    try:
        return Status(**json.loads(places.status.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def become_supervisor(places: Places) -> IO[str] | None:
    """The lock of this stack, or None when somebody else holds it; the kernel gives it back however we end."""
    lock = places.lock.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_running(places: Places) -> bool:
    """Whether a supervisor of this stack lives."""
    if not places.lock.exists():
        return False
    lock = become_supervisor(places)
    if lock is None:
        return True
    lock.close()
    return False


def wait_for_running_stack(places: Places, seconds: float = 120) -> Status | None:
    """The status of a stack that is ready, after waiting for its start; None when it has ended instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and is_running(places):
        status = read_status(places)
        if status is not None and status.state == READY and _is_alive(status.pid):
            return status
        time.sleep(0.1)
    return None


def use(places: Places) -> IO[str]:
    """Count as a user of the stack for as long as the answer is open; a temporary stack stops after its last user."""
    users = places.users.open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def is_used(places: Places) -> bool:
    """Whether any command uses the stack."""
    with places.users.open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
