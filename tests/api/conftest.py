"""What tests of the API share."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.codelists.models import ItemClass
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody


@pytest.fixture
def item_class(app: Flask) -> str:
    """A class of KRA's list that items may have."""
    with app.app_context(), acting_for_nobody():
        db.session.add(ItemClass(code="50221101", name="Rice", level=4, band=None, in_use=True))
        db.session.commit()
    return "50221101"
