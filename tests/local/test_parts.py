"""The parts of the local stack that can be tried without starting anything large."""

import io
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portal.local import environment
from portal.local.console import Console
from portal.local.environment import Generated
from portal.local.places import Places
from portal.local.ports import Ports, is_free
from portal.local.problems import Problem
from portal.local.processes import Process, end, recall, remember, session_members, start_of, wait_until
from portal.local.roles import database_name, with_database, with_role, without_password
from portal.local.services import end_leftovers


def sleeper(seconds: int = 60) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", str(seconds)], start_new_session=True)


def test_a_process_is_told_from_another_one_with_its_id(tmp_path: Path) -> None:
    process = sleeper()
    try:
        remember(tmp_path / "one.process", process.pid)
        found = recall(tmp_path / "one.process")
        assert found is not None
        assert found.is_alive
        assert not Process(process.pid, "another start").is_alive
    finally:
        process.kill()
        process.wait()
    assert not found.is_alive


def test_a_process_that_ignores_the_polite_signal_is_killed_after_its_time() -> None:
    program = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert end([Process(process.pid, start_of(process.pid) or "")], signal.SIGTERM, 0.3)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


def test_what_a_killed_stack_left_running_is_ended_and_a_stranger_is_not(tmp_path: Path) -> None:
    left, stranger = sleeper(), sleeper()
    remember(tmp_path / "left.process", left.pid)
    (tmp_path / "reused.process").write_text(f'{{"pid": {stranger.pid}, "started": "long ago"}}')
    (tmp_path / "broken.process").write_text("{")
    assert end_leftovers(tmp_path) == 1
    assert left.wait(10) == -signal.SIGTERM
    assert stranger.poll() is None
    assert list(tmp_path.iterdir()) == []
    stranger.kill()
    stranger.wait()


def test_the_children_of_a_dead_process_are_found_by_its_session() -> None:
    parent = subprocess.Popen(["sh", "-c", "sleep 60 & echo; wait"], start_new_session=True, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    (orphan,) = session_members(parent.pid)
    assert end([orphan], signal.SIGKILL, 5)


def test_two_stacks_never_choose_the_same_port() -> None:
    first, second = Ports(), Ports()
    try:
        port = first.choose()
        assert is_free(port)
        assert not second.take(port)
        assert second.choose(remembered=port) != port
        assert second.choose_for_web(None, port) != port
        first.release()
        assert second.choose(remembered=port) == port
    finally:
        first.release()
        second.release()


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    ports = Ports()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Problem, match="in use by another program"):
        ports.choose_for_web(taken.getsockname()[1], None)
    ports.release()


def test_the_environment_is_written_for_its_owner_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "env"
    settings = {"SECRET_KEY": "a=b c#d", "MAIL_FROM": "Risiti <no-reply@risiti.invalid>"}
    environment.write(path, settings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert environment.read(path) == settings


def test_a_setting_of_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="line break"):
        environment.write(tmp_path / "env", {"SECRET_KEY": "a\nPORTAL_ENV=production"})


def test_generated_secrets_stay_the_same(tmp_path: Path) -> None:
    made = Generated.load(tmp_path / "secrets.json")
    made.save(tmp_path / "secrets.json")
    assert Generated.load(tmp_path / "secrets.json") == made
    assert Generated() != made


def test_unreadable_secrets_are_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(Problem, match="holds the keys"):
        Generated.load(tmp_path / "secrets.json")


@pytest.mark.parametrize("given, needed", [
    ({}, True),
    ({"KRA_VSCU_URL": "http://unit:8088"}, True),
    ({"KRA_VSCU_URL": "http://unit:8088", "KRA_OSCU_URL": "https://kra.invalid"}, False),
    ({"KRA_ENVIRONMENT": "sandbox", "KRA_VSCU_URL": "http://unit:8088"}, False),
])
def test_the_simulator_stands_in_only_for_what_was_not_given(given: dict[str, str], needed: bool) -> None:
    assert environment.needs_simulator(given) is needed


def test_logs_are_shown_line_by_line_with_the_name_of_their_process(tmp_path: Path) -> None:
    stream = io.StringIO()
    console = Console(tmp_path, stream=stream)
    log = console.open_log("web")
    with log.open("a") as file:
        file.write("first\nsec")
    console.show_new_lines()
    with log.open("a") as file:
        file.write("ond\n")
    console.show_new_lines()
    assert stream.getvalue() == "web       | first\nweb       | second\n"


def test_what_an_earlier_run_wrote_is_not_shown_again(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("yesterday\n")
    stream = io.StringIO()
    console = Console(tmp_path, stream=stream)
    console.open_log("web")
    console.show_new_lines()
    assert stream.getvalue() == ""


def test_only_what_the_stack_made_is_deleted(tmp_path: Path) -> None:
    for name in ("env", "secrets.json", "somebody's letter"):
        (tmp_path / name).touch()
    (tmp_path / "postgres").mkdir()
    Places(tmp_path, tmp_path).delete()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody's letter"]


def test_urls_change_role_and_database_and_hide_their_password() -> None:
    url = "postgresql://root:s%40fe@db.example:5433/postgres?sslmode=require"
    assert with_database(url, "risiti") == "postgresql://root:s%40fe@db.example:5433/risiti?sslmode=require"
    assert with_role(url, "portal_app", "a/b") == "postgresql://portal_app:a%2Fb@db.example:5433/postgres?sslmode=require"
    assert database_name(url) == "postgres"
    assert without_password(url) == "postgresql://root@db.example:5433/postgres"


def test_waiting_ends_when_the_time_is_over() -> None:
    assert not wait_until(lambda: False, 0.05)
