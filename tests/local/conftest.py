"""Local stacks of their own for the tests of bin/run: another home, other ports, and nothing left at the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from portal.local import environment
from portal.local.account import Account
from portal.local.places import Places, clone_folder
from portal.local.postgres import lock_owner
from portal.local.processes import Process, recall, start_of, wait_until
from portal.local.status import Status, read_status
from portal.local.supervisor import get

COMMAND = [sys.executable, "-m", "portal.local"]


@dataclass(slots=True)
class LocalStack:
    """A home for bin/run, and the one that was started in it."""

    home: Path
    output: Path
    runner: subprocess.Popen[bytes] | None = None

    @property
    def places(self) -> Places:
        return Places.of(self.home, Account.for_servers())

    @property
    def settings(self) -> dict[str, str]:
        return environment.read(self.places.environment)

    @property
    def status(self) -> Status:
        status = read_status(self.places)
        assert status is not None, self.output.read_text()
        return status

    def start(self) -> None:
        """bin/run, until it is ready; one that is running already stays."""
        if self.runner is None or self.has_ended:
            self.start_without_waiting()
        self.wait_until_ready()

    def start_without_waiting(self) -> None:
        """bin/run."""
        with self.output.open("ab") as output:
            self.runner = subprocess.Popen(
                [*COMMAND, "run", "--no-demo"], cwd=clone_folder(), env=self.environment(), stdout=output,
                stderr=output, start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Come back when bin/run says that it is ready."""
        assert wait_until(self._is_ready, 90, 0.2), self.output.read_text()

    def _is_ready(self) -> bool:
        assert self.runner is not None
        assert self.runner.poll() is None, self.output.read_text()
        status = read_status(self.places)
        return status is not None and status.pid == self.runner.pid and status.state == "ready"

    @property
    def exit_code(self) -> int | None:
        return self.runner.poll() if self.runner else None

    @property
    def has_ended(self) -> bool:
        return self.exit_code is not None

    def answers(self) -> bool:
        """Whether the portal says that everything is there."""
        return get(int(self.status.url.rpartition(":")[2]), "/readyz")[0] == 200

    def run(self, *arguments: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another command in the same home, until it ends."""
        return subprocess.run(
            [*COMMAND, *arguments], cwd=clone_folder(), env=self.environment(), input=typed, capture_output=True,
            text=True, timeout=300, check=False,
        )

    def stop(self) -> int:
        """Ctrl-C, until it has ended; the answer is the exit code, 0 for one that was not started."""
        if self.runner is None:
            return 0
        self.runner.send_signal(signal.SIGINT)
        return self.runner.wait(60)

    def remove(self) -> None:
        """Stop it and delete what it made."""
        if not self.has_ended:
            self.stop()
        self.run("run", "--reset", "--yes")

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in environment.NAMES}
        return {**kept, "RISITI_HOME": str(self.home), "PYTHONPATH": str(clone_folder())}

    def processes(self) -> dict[str, Process]:
        """Everything that was started, by name."""
        found = {path.stem: recall(path) for path in self.places.processes.glob("*.process")}
        found["redis"] = recall(self.places.redis / "redis.process")
        postmaster = lock_owner(self.places.postgres)
        if postmaster is not None:
            found["postgres"] = Process(postmaster, start_of(postmaster) or "")
        return {name: process for name, process in found.items() if process is not None}

    def remember(self, text: str) -> None:
        """Write something that only a kept database can tell again."""
        with psycopg.connect(self.settings["MIGRATION_DATABASE_URL"]) as connection:
            connection.execute("DROP TABLE IF EXISTS remembered")
            connection.execute("CREATE TABLE remembered AS SELECT %s AS words", [text])

    def remembered(self) -> str:
        with psycopg.connect(self.settings["MIGRATION_DATABASE_URL"]) as connection:
            row = connection.execute("SELECT words FROM remembered").fetchone()
        return str(row[0]) if row else ""


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[Callable[[str], LocalStack]]:
    """Homes for bin/run in which nothing was ever started, by name."""
    made: list[LocalStack] = []

    def make(name: str) -> LocalStack:
        made.append(LocalStack(tmp_path / name, tmp_path / f"{name}.log"))
        return made[-1]

    yield make
    for stack in made:
        stack.remove()


@pytest.fixture(scope="session")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    folder = tmp_path_factory.mktemp("stack")
    stack = LocalStack(folder / "home", folder / "home.log")
    yield stack
    stack.remove()


@pytest.fixture
def local_stack(used_home: LocalStack) -> LocalStack:
    """The home that the tests of bin/run share, started or not: making one anew for each takes longer than what they look at."""
    return used_home
