"""The lock that production installs from says the same as the requirements that people edit."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return {package.lower(): version for package, version in PIN.findall((ROOT / name).read_text())}


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert len(lines) == len(pins(name))


def test_the_lock_was_made_from_these_requirements() -> None:
    lock = pins("requirements.lock")
    assert {package: lock.get(package) for package in pins("requirements.txt")} == pins("requirements.txt")
