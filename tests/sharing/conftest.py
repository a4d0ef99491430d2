"""What tests of sharing can ask for: a shop, its papers, a documents worker that does what is due, and the mails it sent."""

import pytest
from flask import Flask
from flask_mailman import EmailMessage

from tests.support.documents import press, work  # noqa: F401 - fixtures
from tests.support.world import Business, new_business


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


@pytest.fixture
def mails(app: Flask) -> list[EmailMessage]:
    """The mails that went out in this test."""
    sent: list[EmailMessage] = []
    app.extensions["mailman"].outbox = sent
    return sent
