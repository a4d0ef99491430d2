"""A shop to add items to."""

import pytest

from tests.catalogue.shop import new_shop
from tests.support.world import Visitor


@pytest.fixture
def shop(app):
    return new_shop(app)


@pytest.fixture
def owner(shop) -> Visitor:
    return shop.business.client()
