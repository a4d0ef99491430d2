"""The chaos rig as CI runs it: 300 documents on each transport, and the experiment that must find doubles."""

from __future__ import annotations

import subprocess
import sys

import pytest

from portal.local.places import clone_folder

pytestmark = pytest.mark.slow


def chaos(*arguments: str) -> str:
    """What the rig printed; its exit code must be 0."""
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.chaos", *arguments],
        cwd=clone_folder(), capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr[-3000:]
    return answer.stdout


@pytest.mark.parametrize("transport", ["vscu", "oscu"])
def test_every_document_is_signed_exactly_once_whatever_breaks(transport: str) -> None:
    told = chaos("--documents", "300", "--devices", "24", "--seed", "7", "--transport", transport)
    assert "settled without a person" in told


def test_without_the_quarantine_the_rig_finds_doubles() -> None:
    assert "double-signed" in chaos("--documents", "60", "--devices", "8", "--seed", "7", "--transport", "oscu", "--control")
