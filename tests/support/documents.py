"""A documents worker for tests: a warm press, and what is due done at one bell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from portal import registry
from portal.receipts import jobs
from portal.receipts.press import Press, the_press


@pytest.fixture(scope="session")
def press() -> Iterator[Press]:
    """The press of this test process, warm after its first page."""
    yield the_press()
    the_press().close()


@pytest.fixture
def work(app: Flask, press: Press) -> Callable[[], None]:
    """Let the documents worker answer one bell."""
    registry.load_worker_parts()

    def drain() -> None:
        with app.app_context():
            jobs.drain_documents()

    return drain
