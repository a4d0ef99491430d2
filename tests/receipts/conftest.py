"""What tests of papers can ask for: a press, and a documents worker that does what is due."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

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

    def drain() -> None:
        with app.app_context():
            jobs.drain_documents()

    return drain
