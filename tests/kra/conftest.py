"""Shops with a control unit of each kind, on a simulator of their own."""

from collections.abc import Iterator

import pytest

from portal.fiscal.stock import MovementType
from portal.kra.operations import Transport
from portal.kra.outcomes import Outcome
from tests.kra.examples import priced
from tests.kra.shop import Shop, installed
from tests.support.simulator import SimulatorProcess


@pytest.fixture(scope="module")
def kra() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as running:
        yield running


@pytest.fixture(params=list(Transport))
def shop(request: pytest.FixtureRequest, kra: SimulatorProcess) -> Shop:
    """A shop with a hundred pieces of one item in stock, on each transport."""
    opened = installed(kra, request.param)
    assert opened.registers().outcome is Outcome.SUCCESS
    assert opened.moves(MovementType.ADJUSTMENT_IN, priced("100", "116")).outcome is Outcome.SUCCESS
    return opened


@pytest.fixture
def hasty(kra: SimulatorProcess) -> Shop:
    """A VSCU shop that waits for KRA half a second."""
    opened = installed(kra, Transport.VSCU, total=0.5)
    opened.registers()
    opened.moves(MovementType.ADJUSTMENT_IN, priced("100", "116"))
    return opened
