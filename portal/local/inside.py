"""bin/flask and bin/python: a command inside the local stack, which is started for it when it is down."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

from portal.local.account import Account
from portal.local.environment import read
from portal.local.places import Places, clone_folder, home_folder
from portal.local.problems import Problem, tail
from portal.local.services import environment_for
from portal.local.status import READY, is_running, read_status, use, wait_for_running_stack


def main(program: Sequence[str]) -> NoReturn:
    """Become `python …` with the environment of the stack; the stack lives at least as long as the command."""
    account = Account.for_servers()
    places = Places.of(home_folder(), account)
    places.make(account)
    # Held across the exec and closed by the kernel when the command ends, however it ends.
    users = use(places)
    os.set_inheritable(users.fileno(), True)
    _see_running(places)
    environment = environment_for(read(places.environment))
    os.execve(sys.executable, [sys.executable, *program], environment)


def _see_running(places: Places) -> None:
    for _ in range(2):
        if wait_for_running_stack(places) is not None:
            return
        _start(places)
    status = read_status(places)
    if not (is_running(places) and status is not None and status.state == READY):
        raise Problem(f"The local stack did not start. Its log:\n{tail(places.logs / 'stack.log')}")


def _start(places: Places) -> None:
    """Start a stack that stops by itself after its last user."""
    print("Starting the local stack for this command …", file=sys.stderr, flush=True)
    with (places.logs / "stack.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.local", "run", "--no-demo", "--while-used"], cwd=clone_folder(),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    while process.poll() is None and wait_for_running_stack(places, 1) is None:
        pass
