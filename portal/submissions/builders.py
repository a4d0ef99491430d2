"""Which feature builds the bytes of which kind: registered by each feature's `submission.py`, loaded by workers only."""

from __future__ import annotations

from collections.abc import Callable

from portal.devices.units import ControlUnit
from portal.submissions.models import Submission

Build = Callable[[Submission, int | None, ControlUnit], bytes]
_builds: dict[str, Build] = {}


def builds(kind: str) -> Callable[[Build], Build]:
    """Register the builder of a kind; it runs in the claim's transaction and raises PayloadError to refuse the row."""

    def register(build: Build) -> Build:
        _builds[kind] = build
        return build

    return register


def build(submission: Submission, number: int | None, unit: ControlUnit) -> bytes:
    """The exact bytes that tell KRA this submission under `number`; raises PayloadError."""
    return _builds[submission.kind](submission, number, unit)
