"""bin/run: one stack in each clone, stopped as a whole, and back after anything was killed."""

import os
import shutil
import signal
import socket
from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from portal.local.processes import Process, session_members, wait_until
from portal.local.status import is_running
from tests.local.conftest import LocalStack

pytestmark = pytest.mark.slow


def kill(*processes: Process) -> None:
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)


def test_it_starts_everything_and_ctrl_c_leaves_nothing_running(local_stack: LocalStack) -> None:
    local_stack.start()
    processes = local_stack.processes()
    assert local_stack.answers()
    assert set(processes) == {"web", "lanes", "documents", "clock", "simulator", "postgres", "redis"}
    assert local_stack.stop() == 0
    assert not [name for name, process in processes.items() if process.is_alive]
    assert not (local_stack.places.postgres / "postmaster.pid").exists()


def test_secrets_are_readable_by_their_owner_only(local_stack: LocalStack) -> None:
    local_stack.start()
    for path in (local_stack.places.environment, local_stack.places.secrets):
        assert path.stat().st_mode & 0o777 == 0o600
    for path in (local_stack.places.home, local_stack.places.servers):
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_second_start_says_where_the_first_one_is(local_stack: LocalStack) -> None:
    local_stack.start()
    second = local_stack.run("run", "--no-demo")
    assert second.returncode == 0
    assert f"already running at {local_stack.status.url}" in second.stdout
    assert local_stack.answers()


def test_two_homes_run_side_by_side_and_stop_alone(local_stack: LocalStack, new_stack: Callable[[str], LocalStack]) -> None:
    first, second = local_stack, new_stack("second")
    first.start()
    second.start()
    assert first.status.url != second.status.url
    first.stop()
    assert second.answers()


def test_the_data_is_there_again_after_a_stop(local_stack: LocalStack) -> None:
    local_stack.start()
    url = local_stack.status.url
    local_stack.remember("before the stop")
    local_stack.stop()
    local_stack.start()
    assert local_stack.remembered() == "before the stop"
    assert local_stack.status.url == url


def test_after_kill_9_of_the_supervisor_its_children_end_and_the_next_start_works(local_stack: LocalStack) -> None:
    local_stack.start()
    local_stack.remember("before the kill")
    children = local_stack.processes()
    assert local_stack.runner is not None
    local_stack.runner.kill()
    local_stack.runner.wait()
    local_stack.start()
    assert not [name for name, process in children.items() if process.is_alive]
    assert local_stack.remembered() == "before the kill"


def test_after_kill_9_of_everything_the_next_start_works(local_stack: LocalStack) -> None:
    local_stack.start()
    local_stack.remember("before the kill")
    assert local_stack.runner is not None
    kill(Process(local_stack.runner.pid, ""), *local_stack.processes().values())
    local_stack.runner.wait()
    local_stack.start()
    assert local_stack.remembered() == "before the kill"
    assert local_stack.answers()


def test_what_is_killed_is_started_again(local_stack: LocalStack) -> None:
    local_stack.start()
    web = local_stack.processes()["web"]
    kill(*(process for process in session_members(web.pid) if process != web))
    assert wait_until(local_stack.answers, 60, 0.2)
    for victim, before in local_stack.processes().items():
        kill(before)
        back = partial(is_back, local_stack, victim, before)
        assert wait_until(back, 60, 0.2), local_stack.output.read_text()


def is_back(stack: LocalStack, name: str, before: Process) -> bool:
    now = stack.processes().get(name)
    return now is not None and now != before and now.is_alive and stack.answers()


def test_two_starts_at_the_same_moment_make_one_stack(local_stack: LocalStack) -> None:
    local_stack.stop()
    other = LocalStack(local_stack.home, local_stack.output)
    local_stack.start_without_waiting()
    other.start_without_waiting()
    both = [local_stack, other]
    assert wait_until(lambda: any(stack.has_ended for stack in both), 90, 0.2)
    winner, loser = sorted(both, key=lambda stack: stack.has_ended)
    try:
        assert loser.exit_code == 0
        assert f"already running at {winner.status.url}" in local_stack.output.read_text()
        assert winner.answers()
    finally:
        assert winner.stop() == 0


def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing_running(new_stack: Callable[[str], LocalStack]) -> None:
    local_stack = new_stack("fresh")
    local_stack.start_without_waiting()
    assert wait_until(lambda: (local_stack.places.postgres / "postmaster.pid").exists(), 60)
    processes = local_stack.processes()
    assert local_stack.stop() == 0
    assert processes
    assert not [name for name, process in processes.items() if process.is_alive]


def test_a_port_in_use_is_said_and_nothing_is_started(new_stack: Callable[[str], LocalStack]) -> None:
    local_stack = new_stack("fresh")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = local_stack.run("run", "--no-demo", "--port", str(port))
    assert answer.returncode == 1
    assert f"Port {port} is in use by another program" in answer.stderr
    assert not is_running(local_stack.places)


def test_reset_asks_and_deletes_only_after_a_yes(new_stack: Callable[[str], LocalStack]) -> None:
    local_stack = new_stack("fresh")
    local_stack.start()
    (local_stack.home / "somebody's letter").touch()
    assert "Stop it first" in local_stack.run("run", "--reset", "--yes").stderr
    local_stack.stop()
    assert "Nothing was deleted" in local_stack.run("run", "--reset", typed="no\n").stdout
    assert local_stack.places.postgres.exists()
    assert "Deleted" in local_stack.run("run", "--reset", typed="yes\n").stdout
    assert not local_stack.places.postgres.exists()
    assert [path.name for path in local_stack.home.iterdir()] == ["somebody's letter"]


def test_a_command_starts_the_stack_for_itself_and_the_stack_ends_with_it(local_stack: LocalStack) -> None:
    local_stack.stop()
    program = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.user)"
    answer = local_stack.run("python", "-c", program)
    assert answer.stdout == "portal_app\n", answer.stderr
    assert wait_until(lambda: not is_running(local_stack.places), 60, 0.2)


def test_after_the_clone_was_deleted_and_made_anew_it_starts_from_nothing(local_stack: LocalStack) -> None:
    local_stack.start()
    local_stack.remember("in the deleted clone")
    local_stack.stop()
    shutil.rmtree(local_stack.home)
    local_stack.start()
    with pytest.raises(psycopg.errors.UndefinedTable):
        local_stack.remembered()
    assert local_stack.answers()
