"""What every test can ask for: the servers, a database of its own, the app, a browser-less client, KRA."""

import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from portal.app import create_app
from portal.settings import Settings
from tests.support import network, skipping
from tests.support.chromium import launched_chromium
from tests.support.database import Cleaner
from tests.support.simulator import SimulatorProcess
from tests.support.stack import SECRETS, Stack, TestDatabase, flush, running_stack

# How long an example takes says something of the machine only.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


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


@pytest.fixture(scope="session")
def files_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where this test process keeps PDFs."""
    return str(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    """This process's own KRA."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def simulator(simulator_process: SimulatorProcess) -> SimulatorProcess:
    """KRA without devices, sales and faults; `simulator.control` looks into its books and lets it misbehave."""
    if not simulator_process.is_running:
        simulator_process.start()
    simulator_process.control.up()
    simulator_process.control.reset()
    return simulator_process


@pytest.fixture(scope="session")
def settings(
    dsns: TestDatabase, redis_url: str, files_folder: str, simulator_process: SimulatorProcess
) -> Settings:
    """The settings of this test process: its own database, Redis, folder and KRA."""
    return Settings.from_env(
        {
            **SECRETS,
            "DATABASE_URL": dsns.app_dsn,
            "MIGRATION_DATABASE_URL": dsns.owner_dsn,
            "REDIS_URL": redis_url,
            "STORAGE_URL": files_folder,
            "MAIL_URL": "memory:",
            "LANE_THREADS": "4",
            "KRA_VSCU_URL": simulator_process.url,
            "KRA_OSCU_URL": simulator_process.oscu_url,
            "KRA_VSCU_HOSTS": "127.0.0.1",
        }
    )


@pytest.fixture(scope="session")
def session_app(settings: Settings) -> Iterator[Flask]:
    """The app of this test process."""
    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def app(session_app: Flask, database: TestDatabase) -> Flask:
    """The app over an empty database."""
    return session_app


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """In place of pytest-flask's: no context around a test, so that each request has its own `g`, as in production."""


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without JavaScript."""
    return app.test_client()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """This process's own Chromium; a test opens a new context in it."""
    with launched_chromium() as running:
        yield running
