"""What bin/run --demo promises to a program: one JSON object in its last line."""

import io
import json
import time
from pathlib import Path

import pytest

from portal.local import demo
from portal.local.console import Console, Stopwatch
from portal.local.demo import Demo
from portal.local.places import Places
from portal.local.status import is_running
from tests.local.conftest import LocalStack

ANSWER = {
    "url": "http://inside", "invoice": "INV-000001", "kra_number": "KRACU0300000001/12", "signature": "SIGNED",
    "qr": "https://kra.invalid/?data=1", "pdf": "/tmp/receipt.pdf", "seconds": 1,
    "logins": [{"role": "owner", "email": "grace@mfano.test", "password": "karibu"}],
}
KEYS = {"url", "invoice", "kra_number", "signature", "qr", "pdf", "seconds"}


def test_the_line_has_these_keys_and_no_log_ins() -> None:
    line = json.loads(Demo(ANSWER).as_json("http://127.0.0.1:8000", Stopwatch(time.time() - 5)))
    assert set(line) == KEYS
    assert line["url"] == "http://127.0.0.1:8000"
    assert line["seconds"] == pytest.approx(5, abs=1)


def test_a_receipt_that_could_not_be_drawn_is_null() -> None:
    undrawn = Demo({**ANSWER, "pdf": None})
    assert not undrawn.has_pdf
    assert json.loads(undrawn.as_json("http://x", Stopwatch(0)))["pdf"] is None


def test_people_are_told_the_invoice_and_the_log_ins(tmp_path: Path) -> None:
    stream = io.StringIO()
    Demo(ANSWER).tell(Console(tmp_path, stream=stream), "http://127.0.0.1:8000")
    for words in ("INV-000001", "KRACU0300000001/12", "/tmp/receipt.pdf", "grace@mfano.test", "karibu"):
        assert words in stream.getvalue()


def test_a_later_start_tells_the_same_invoice_unless_the_database_is_another_one(tmp_path: Path) -> None:
    places, settings = Places(tmp_path, tmp_path), {"DATABASE_URL": "postgresql://here/risiti"}
    demo.remember(places, settings, Demo(ANSWER))
    found = demo.remembered(places, settings)
    assert found is not None
    assert found.answer == ANSWER
    assert demo.remembered(places, {"DATABASE_URL": "postgresql://elsewhere/risiti"}) is None
    assert places.demo.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_it_issues_an_invoice_that_kra_has_signed_and_leaves_nothing_running(local_stack: LocalStack) -> None:
    local_stack.stop()
    answer = local_stack.run("run", "--demo")
    assert answer.returncode == 0, answer.stderr
    line = json.loads(answer.stdout.splitlines()[-1])
    assert set(line) == KEYS
    assert line["kra_number"] and line["signature"]
    assert Path(line["pdf"]).read_bytes().startswith(b"%PDF")
    assert not is_running(local_stack.places)


@pytest.mark.slow
def test_a_running_stack_is_used_and_stays(local_stack: LocalStack) -> None:
    local_stack.start()
    answer = local_stack.run("run", "--demo")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout.splitlines()[-1])["url"] == local_stack.status.url
    assert local_stack.answers()
