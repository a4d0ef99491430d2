"""What every test can ask for: the servers, a database of its own, the app, a browser-less client, KRA."""

import os
from collections.abc import Iterator

import pytest

from tests.support import network, skipping
from tests.support.database import Cleaner
from tests.support.stack import Stack, TestDatabase, flush, running_stack


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="a skipped test fails the run")


def pytest_configure(config: pytest.Config) -> None:
    network.stay_on_this_machine()
    skipping.register(config)
    if getattr(config.option, "numprocesses", None) and not os.environ.get("RISITI_TEST_DATABASE_URL"):
        _start_servers_for_all_processes(config)


def _start_servers_for_all_processes(config: pytest.Config) -> None:
    """With xdist and without bin/test the controlling process starts the servers, and its helpers inherit them."""
    context = running_stack()
    stack = context.__enter__()
    config.add_cleanup(lambda: context.__exit__(None, None, None) and None)
    os.environ["RISITI_TEST_DATABASE_URL"] = stack.servers.superuser_dsn
    os.environ["RISITI_TEST_REDIS_URL"] = stack.servers.redis_url


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The PostgreSQL and the Redis of this run."""
    with running_stack() as running:
        yield running


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this test process: `master` alone, `gw0`, `gw1`, … under xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


@pytest.fixture(scope="session")
def dsns(stack: Stack, worker: str) -> TestDatabase:
    """This process's own migrated database, as superuser, owner and app."""
    return stack.new_database(worker)


@pytest.fixture(scope="session")
def redis_url(stack: Stack, worker: str) -> str:
    """This process's own Redis database."""
    number = 1 if worker == "master" else 2 + int(worker.removeprefix("gw"))
    return stack.redis_url(number)


@pytest.fixture(scope="session")
def cleaner(dsns: TestDatabase) -> Iterator[Cleaner]:
    """Empties the database between tests."""
    with Cleaner.connected(dsns.superuser_dsn) as connected:
        yield connected


@pytest.fixture
def database(dsns: TestDatabase, cleaner: Cleaner, redis_url: str) -> TestDatabase:
    """An empty database (code lists stay) and an empty Redis."""
    cleaner.clean()
    flush(redis_url)
    return dsns
