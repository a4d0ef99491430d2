"""Tills at the simulator for the tests of the lane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from portal import registry
from portal.app import create_app
from portal.kra.operations import Transport
from portal.settings import Settings
from tests.support.database import Cleaner
from tests.support.lane import Till, open_till
from tests.support.simulator import SimulatorProcess
from tests.support.stack import TestDatabase

OpenTill = Callable[..., Till]


@pytest.fixture(scope="session")
def lane_settings(settings: Settings) -> Settings:
    """The portal's own times, but a call is given up soon: a KRA that says nothing costs a test less than a second."""
    return replace(settings, kra_connect_timeout=0.5, kra_call_timeout=0.8)


@pytest.fixture(scope="session")
def session_lane_app(lane_settings: Settings) -> Iterator[Flask]:
    """The app of a lanes worker."""
    app = create_app(lane_settings)
    registry.load_worker_parts()
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def lane_app(session_lane_app: Flask, database: TestDatabase) -> Flask:
    """The app of a lanes worker over an empty database."""
    return session_lane_app


@pytest.fixture
def open_a_till(lane_app: Flask, simulator: SimulatorProcess, cleaner: Cleaner) -> OpenTill:
    """Opens a till: `open_a_till()` with a VSCU, `open_a_till(Transport.OSCU)` with an OSCU."""

    def opened(transport: Transport = Transport.VSCU) -> Till:
        return open_till(lane_app, simulator, cleaner, transport)

    return opened


@pytest.fixture
def vscu(open_a_till: OpenTill) -> Till:
    """A till with a VSCU."""
    return open_a_till(Transport.VSCU)


@pytest.fixture
def oscu(open_a_till: OpenTill) -> Till:
    """A till with an OSCU."""
    return open_a_till(Transport.OSCU)


@pytest.fixture(params=[Transport.VSCU, Transport.OSCU], ids=["vscu", "oscu"])
def till(request: pytest.FixtureRequest, open_a_till: OpenTill) -> Till:
    """A till with each kind of control unit in turn."""
    return open_a_till(request.param)
