"""bin/test: its servers end with it, however it ends, and a skipped test is not a passed one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.local.places import clone_folder
from portal.local.ports import is_open
from portal.local.processes import wait_until
from portal.local.testing import _defaults, _names_tests

pytest_plugins = ["pytester"]

PATIENT_TEST = """
import os, threading

def test_that_waits():
    with open({note!r}, "w") as note:
        note.write(os.environ["RISITI_TEST_DATABASE_URL"])
    threading.Event().wait(60)
"""
CONFTEST = """
from tests.support import skipping

def pytest_addoption(parser):
    parser.addoption("--fail-on-skip", action="store_true")

def pytest_configure(config):
    skipping.register(config)
"""
SKIPPED = """
import pytest

@pytest.mark.skip(reason="no browser; enable it with: apt-get install chromium")
def test_pages(): ...

def test_sums(): ...
"""


@pytest.fixture
def waiting_run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A bin/test in the middle of a test, and the port of its PostgreSQL."""
    note = tmp_path / "note"
    (tmp_path / "test_patient.py").write_text(PATIENT_TEST.format(note=str(note)))
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "-m", "portal.local", "test", "-s", str(tmp_path / "test_patient.py")]
    process = subprocess.Popen(
        command, cwd=clone_folder(), env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # behind nohup it would be ignored
    )
    assert wait_until(lambda: note.exists() and note.read_text() != "", 60)
    yield process, urlsplit(note.read_text()).port or 0
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    process.wait(30)


@pytest.mark.slow
def test_ctrl_c_ends_the_run_and_its_servers(waiting_run: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = waiting_run
    assert is_open(port)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground
    assert process.wait(30) == pytest.ExitCode.INTERRUPTED
    assert not is_open(port)


@pytest.mark.slow
def test_kill_9_of_the_run_ends_its_servers_too(waiting_run: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = waiting_run
    process.kill()
    assert wait_until(lambda: not is_open(port), 30)
    os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def with_a_skip(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with one test that passes and one that is skipped."""
    monkeypatch.setenv("PYTHONPATH", str(clone_folder()))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(SKIPPED)
    return pytester


def test_a_skip_is_told_with_what_enables_it(with_a_skip: pytest.Pytester) -> None:
    result = with_a_skip.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.OK
    assert result.outlines[-1] == "Skipped: 1 × no browser; enable it with: apt-get install chromium"


def test_a_skip_fails_a_run_of_everything(with_a_skip: pytest.Pytester) -> None:
    assert with_a_skip.runpytest_subprocess("--fail-on-skip").ret == pytest.ExitCode.TESTS_FAILED


def test_everything_means_everything() -> None:
    assert "--fail-on-skip" in _defaults([], everything=True)
    assert "-m" not in _defaults([], everything=True)
    assert _defaults(["-m", "slow"], everything=False).count("-m") == 0


def test_a_debugger_needs_a_single_process() -> None:
    assert "-n" in _defaults([], everything=False)
    assert "-n" not in _defaults(["--pdb"], everything=False)


def test_options_are_not_taken_for_tests() -> None:
    assert _names_tests("tests/local/test_bin_test.py::test_everything_means_everything")
    assert not _names_tests("-x")
