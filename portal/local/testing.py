"""bin/test: lint, types and pytest against a PostgreSQL and a Redis that exist for this run only."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from portal.local.places import clone_folder
from portal.local.throwaway import throw_away_servers

USAGE = """bin/test [--all] [--no-lint] [what pytest takes]

  bin/test                       lint, types, and all tests but the slow and the browser ones
  bin/test --all                 everything; a skipped test fails the run (this is what CI runs)
  bin/test tests/fiscal -k band  a few tests; lint and types are left out when tests are named
"""
LINT = (("ruff", "check", "."), ("mypy",))
RUNS_IN_ONE_PROCESS = ("-n", "--numprocesses", "--pdb", "-s", "--capture=no", "--collect-only", "--co")


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the answer is pytest's exit code, or 1 when only lint found something."""
    if "-h" in arguments or "--help" in arguments:
        print(USAGE)
        return 0
    _stop_like_ctrl_c()
    own = {"--all", "--no-lint"}
    asked = [argument for argument in arguments if argument not in own]
    everything = "--all" in arguments
    lint = everything or ("--no-lint" not in arguments and not any(_names_tests(argument) for argument in asked))
    with ExitStack() as stack:
        checks = [(name, _start(name)) for name in LINT] if lint else []
        environment = {**os.environ, **_servers(stack)}
        clean = all([_report(name, check) for name, check in checks])
        outcome = _pytest([*_defaults(asked, everything), *asked], environment)
    if not clean:
        print("Lint or types are not clean: see the beginning of this output.", flush=True)
    return outcome or (0 if clean else 1)


def _names_tests(argument: str) -> bool:
    return not argument.startswith("-") and Path(argument.partition("::")[0]).exists()


def _defaults(asked: Sequence[str], everything: bool) -> list[str]:
    options = []
    if everything:
        options.append("--fail-on-skip")
    elif not any(argument.startswith("-m") for argument in asked):
        options += ["-m", "not browser and not slow"]
    if not any(argument.startswith(RUNS_IN_ONE_PROCESS) for argument in asked):
        # The long tests wait more than they compute, so four share two cores well. They stand together in a few files: an
        # idle process takes some of them over.
        options += ["-n", "4", "--dist", "worksteal"]
    return options


def _servers(stack: ExitStack) -> dict[str, str]:
    """Where the tests find their servers; those named by DATABASE_URL and REDIS_URL are used when both are set."""
    given = {"RISITI_TEST_DATABASE_URL": os.environ.get("DATABASE_URL", ""),
             "RISITI_TEST_REDIS_URL": os.environ.get("REDIS_URL", "")}
    if all(given.values()):
        return given
    servers = stack.enter_context(throw_away_servers())
    return {"RISITI_TEST_DATABASE_URL": servers.superuser_dsn, "RISITI_TEST_REDIS_URL": servers.redis_url}


def _start(command: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=clone_folder(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )


def _report(command: tuple[str, ...], check: subprocess.Popen[str]) -> bool:
    said, _ = check.communicate()
    print(f"$ {' '.join(command)}\n{said.rstrip()}", flush=True)
    return check.returncode == 0


def _pytest(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """Pytest in a process of its own, so that whatever happens to it the servers are stopped."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=clone_folder(), env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C has reached pytest as well; it ends its tests and prints what it has.
            if _second_interrupt(process):
                process.kill()


def _second_interrupt(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(20)
    except KeyboardInterrupt:
        return True
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    return False


def _stop_like_ctrl_c() -> None:
    """Being asked to end by another program ends the run as cleanly as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
