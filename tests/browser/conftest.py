"""What browser tests can ask for: the running portal, and windows that are closed afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import visits
from tests.browser.processes import Portal, running_portal
from tests.browser.shop import Shop, open_shop
from tests.browser.visits import Furnished
from tests.browser.window import PATIENCE_MS, OpenWindow, windows
from tests.support.stack import Stack

# The numbered databases of Redis below this one belong to the test processes themselves.
FIRST_REDIS = 8


@pytest.fixture(scope="session")
def portal(stack: Stack, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal of this test process as real processes, on a database of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    database = stack.new_database(f"{worker}_browser")
    with running_portal(database, stack.redis_url(FIRST_REDIS + _number(worker)), tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def shop(portal: Portal) -> Shop:
    """A business that can sell at once."""
    return open_shop(portal, 7)


@pytest.fixture(scope="session")
def furnished(portal: Portal) -> Furnished:
    """Another business, with a document in every state."""
    return visits.furnished(open_shop(portal, 8))


@pytest.fixture
def open_window(browser: Browser, portal: Portal) -> Iterator[OpenWindow]:
    """Opens windows that are closed at the end of the test."""
    with windows(browser, portal.url) as opened:
        yield opened


def _number(worker: str) -> int:
    return 0 if worker == "master" else 1 + int(worker.removeprefix("gw"))
