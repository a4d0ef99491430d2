"""PostgreSQL after a kill -9: its lock file stays, and may name a zombie or a stranger."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.local.account import Account
from portal.local.ports import Ports
from portal.local.postgres import THROW_AWAY, PostgresServer, find_programs, lock_owner
from portal.local.processes import wait_until
from portal.local.throwaway import new_folder, program_copies

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    account, ports = Account.for_servers(), Ports()
    with new_folder(account) as folder:
        server = PostgresServer(
            programs=find_programs(account, program_copies(account)), data=folder / "postgres",
            port=ports.choose(), password=secrets.token_hex(8), log=folder / "postgres.log", account=account,
            settings=THROW_AWAY,
        )
        server.initialise()
        server.launch()
        server.wait_until_ready()
        yield server
        server.stop()
        ports.release()


def test_it_starts_although_the_killed_one_is_a_zombie_that_nobody_reaps(server: PostgresServer) -> None:
    zombie = server.process
    assert zombie is not None
    os.kill(zombie.pid, signal.SIGKILL)  # and nobody waits for it: its process id stays in use
    server.launch()
    server.wait_until_ready()
    zombie.wait()


def test_it_starts_although_the_lock_file_names_a_stranger(server: PostgresServer) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **server.account.popen)
    try:
        lock = server.data / "postmaster.pid"
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        server.launch()
        server.wait_until_ready()
        assert lock_owner(server.data) == server.process.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_one_that_was_left_running_is_stopped_before_another_one_starts(server: PostgresServer) -> None:
    left = server.process
    assert left is not None
    server.launch()
    server.wait_until_ready()
    assert left.wait(10) == 0


def test_a_half_made_data_folder_is_made_anew(server: PostgresServer, tmp_path: Path) -> None:
    server.stop()
    half = server.data.with_name("postgres.new")
    half.mkdir()
    server.data.rename(server.data.with_name("elsewhere"))
    assert server.initialise()
    assert not half.exists()
    assert wait_until(lambda: (server.data / "PG_VERSION").exists(), 1)
