"""One simulator process per test process, emptied for each test, and a shop at each door."""

from collections.abc import Iterator

import pytest

from tests.simulator.shop import Shop
from tests.support.simulator import SimulatorProcess


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """The process."""
    with SimulatorProcess() as running:
        yield running


@pytest.fixture
def kra(simulator: SimulatorProcess) -> SimulatorProcess:
    """An empty KRA that behaves."""
    simulator.control.reset()
    return simulator


@pytest.fixture
def shop(kra: SimulatorProcess) -> Iterator[Shop]:
    """A shop with an installed VSCU."""
    with Shop(kra.url, "vscu") as shop:
        shop.installs()
        yield shop


@pytest.fixture
def oscu_shop(kra: SimulatorProcess) -> Iterator[Shop]:
    """A shop with an installed OSCU device."""
    with Shop(kra.url, "oscu") as shop:
        shop.installs()
        yield shop


@pytest.fixture(params=["vscu", "oscu"])
def any_shop(kra: SimulatorProcess, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop, once at each door."""
    with Shop(kra.url, request.param) as shop:
        shop.installs()
        yield shop
