"""What tests of downloads can ask for: a shop, and a documents worker that does what is due."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from portal import registry
from portal.receipts import jobs
from portal.receipts.press import Press, the_press
from tests.support.world import Business, new_business


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


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)

