"""Codes and rates as the portal reads them."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import text

from portal.codelists import queries
from portal.codelists.models import Code
from portal.fiscal.bands import STANDARD_RATES, Band
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for_nobody


@pytest.fixture(autouse=True)
def lists(app: Flask) -> Iterator[None]:
    """Shared lists belong to no business; rates that a test adds go again."""
    with app.app_context(), acting_for_nobody():
        yield
        db.session.rollback()


def test_rates_are_the_standard_ones_until_kra_says_otherwise() -> None:
    assert queries.rates_now() == STANDARD_RATES


def test_the_newest_rate_in_force_counts_and_a_later_one_does_not_yet() -> None:
    for moment, rate in (("now() - interval '1 day'", 14), ("now() + interval '1 day'", 18)):
        statement = f"INSERT INTO tax_rate (band, valid_from, rate, said_by) VALUES ('B', {moment}, {rate}, 'kra')"
        db.session.execute(text(statement))
    assert queries.rates_now()[Band.B] == Decimal(14)
    assert queries.rates_now()[Band.E] == Decimal(8)


def test_codes_come_in_kras_order_without_those_out_of_use() -> None:
    with transaction():
        rows = [("02", "Cheque", 2, True), ("01", "Cash", 1, True), ("99", "Gone", 3, False), ("A", "Also first", 1, True)]
        for code, name, order, used in rows:
            db.session.add(
                Code(class_code="07", code=code, class_name="Payment", name=name, sort_order=order, in_use=used)
            )
    assert [each.code for each in queries.codes("07")] == ["01", "A", "02"]
    assert queries.code_name("07", "01") == "Cash"
    assert queries.code_name("07", "55") == "55"
