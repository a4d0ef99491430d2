"""A shop at each door of an empty KRA."""

from collections.abc import Iterator

import pytest

from tests.simulator.shop import Shop
from tests.support.simulator import SimulatorProcess


@pytest.fixture
def kra(simulator: SimulatorProcess) -> SimulatorProcess:
    """An empty KRA that behaves."""
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
