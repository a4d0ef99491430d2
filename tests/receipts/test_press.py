"""The press: one warm child, replaced when it dies, hangs or has done enough; it knows no secret."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.local.processes import wait_until
from portal.receipts import press as press_module
from portal.receipts.errors import NoTextLibrary, PressBroken, PressMissing
from portal.receipts.limits import MEMORY_BYTES
from portal.receipts.paper import a4_page
from portal.receipts.press import Press
from tests.fiscal.examples import mixed_sale
from tests.receipts.examples import copy_body_of, long_sale, original_of
from tests.receipts.reading import words

PAGE = "<!doctype html><html lang='en'><head><title>x</title></head><body><p>Safi</p>"


@pytest.fixture
def own_press() -> Iterator[Press]:
    """A press that nobody else uses."""
    own = Press(most_jobs=3)
    yield own
    own.close()


def pid_of(press: Press) -> int:
    assert press.pid is not None
    return press.pid


def kill_when_it_works(pid: int) -> None:
    """SIGKILL as soon as the process has computed for some hundredths of a second."""

    def ticks() -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])

    before = ticks()
    assert wait_until(lambda: ticks() > before + 3, 60, 0.005)
    os.kill(pid, signal.SIGKILL)


def test_the_child_stays_warm_and_is_replaced_after_so_many_pages(own_press: Press) -> None:
    pids = []
    for _ in range(6):
        own_press.print_page(PAGE)
        pids.append(pid_of(own_press))
    assert pids == [pids[0]] * 3 + [pids[3]] * 3 and pids[0] != pids[3]


def test_a_child_that_is_killed_in_the_middle_of_a_page_is_replaced(own_press: Press) -> None:
    own_press.print_page(PAGE)
    page, first = a4_page(original_of(long_sale(500))), pid_of(own_press)
    killer = threading.Thread(target=kill_when_it_works, args=(first,))
    killer.start()
    with pytest.raises(PressBroken):
        own_press.print_page(page)
    killer.join()
    assert words(own_press.print_page(PAGE).pdf) == "Safi"
    assert pid_of(own_press) != first


def test_a_child_that_was_killed_between_two_pages_is_not_noticed(own_press: Press) -> None:
    own_press.print_page(PAGE)
    os.kill(pid_of(own_press), signal.SIGKILL)
    os.waitid(os.P_PID, pid_of(own_press), os.WEXITED | os.WNOWAIT)
    assert words(own_press.print_page(PAGE).pdf) == "Safi"


def test_a_child_that_hangs_is_killed_when_its_time_is_over() -> None:
    own = Press(job_seconds=2)
    try:
        own.print_page(PAGE)
        hung = pid_of(own)
        os.kill(hung, signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(PressBroken, match="TimeoutError"):
            own.print_page(PAGE * 100_000)  # more than fits into the line at once
        assert time.monotonic() - begun < 6
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)
        assert words(own.print_page(PAGE).pdf) == "Safi"
    finally:
        own.close()


def test_the_child_has_its_limits_and_none_of_our_secrets(own_press: Press) -> None:
    own_press.print_page(PAGE)
    process = Path(f"/proc/{pid_of(own_press)}")
    environment = process.joinpath("environ").read_bytes().split(b"\0")
    assert {name.split(b"=")[0] for name in environment if name} == {b"PATH", b"LANG", b"HOME", b"TMPDIR"}
    limits = process.joinpath("limits").read_text()
    assert str(MEMORY_BYTES) in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert next(line for line in limits.splitlines() if line.startswith("Max file size")).split()[3:5] == ["0", "0"]


def test_closing_leaves_no_process_and_no_folder() -> None:
    own = Press()
    own.print_page(PAGE)
    child = pid_of(own)
    folder = dict(line.split(b"=", 1) for line in Path(f"/proc/{child}/environ").read_bytes().split(b"\0") if line)[b"TMPDIR"]
    own.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert not Path(folder.decode()).exists()


def test_a_child_that_is_alone_ends_by_itself(own_press: Press) -> None:
    """A worker that was killed leaves no child behind: its line ends."""
    program = (
        "import os, sys; from portal.receipts.press import Press; press = Press();"
        f" press.print_page({PAGE!r}); print(press.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    import subprocess

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    child = int(answer.stdout)
    ends = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        os.sched_yield()
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize(("code", "problem"), [(71, NoTextLibrary), (1, PressMissing), (-9, PressMissing)])
def test_a_child_that_does_not_start_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, code: int, problem: type[PressMissing]
) -> None:
    end = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"import os; os._exit({code})"
    monkeypatch.setattr(press_module, "COMMAND", (sys.executable, "-c", end))
    with pytest.raises(PressMissing, match="Receipts wait") as raised:
        Press().print_page(PAGE)
    assert raised.type is problem


@pytest.mark.slow
def test_memory_stays_flat_over_many_pages() -> None:
    """WeasyPrint's text libraries keep some 60 KiB of each page: a child that has done enough takes that with it."""
    own = Press(most_jobs=60)
    page, body = a4_page(original_of(mixed_sale())), a4_page(copy_body_of(mixed_sale()))
    try:
        highest, ours = [], []
        for _ in range(5):
            for _ in range(30):
                own.print_page(page)
                own.print_copy_body(body)
            highest.append(resident_kib(pid_of(own)))
            ours.append(resident_kib(os.getpid()))
        assert max(highest) < min(highest) + 8 * 1024
        assert ours[-1] < ours[0] + 8 * 1024
    finally:
        own.close()


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
