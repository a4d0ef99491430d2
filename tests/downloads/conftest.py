"""What tests of downloads can ask for: a shop, and a documents worker that does what is due."""

import pytest
from flask import Flask

from tests.support.documents import press, work  # noqa: F401 - fixtures
from tests.support.world import Business, new_business


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)

