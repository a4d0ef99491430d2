"""A shop with goods."""

import pytest

from tests.catalogue.shop import Shop, new_shop


@pytest.fixture
def shop(app) -> Shop:
    return new_shop(app)


@pytest.fixture
def told_shop(app, simulator) -> Shop:
    """A shop whose control unit KRA has installed."""
    made = new_shop(app)
    made.kra_knows_the_unit()
    return made
