"""A business whose control unit is to be set up, and workers' parts loaded."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from portal import registry
from portal.infra.tenancy import acting_for
from tests.devices.newcomer import Newcomer, new_newcomer
from tests.support.simulator import SimulatorProcess
from tests.support.stack import TestDatabase


@pytest.fixture
def newcomer(app: Flask, simulator: SimulatorProcess) -> Iterator[Newcomer]:
    """A business that has just signed up and is being acted for; KRA knows nothing of it yet."""
    registry.load_worker_parts()
    made = new_newcomer(app)
    with app.app_context(), acting_for(made.tenant_id):
        yield made


@pytest.fixture
def usual_rates(dsns: TestDatabase) -> Iterator[None]:
    """Rates are kept between tests: what a test adds, it takes away."""
    yield
    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM tax_rate WHERE said_by <> 'start'")
