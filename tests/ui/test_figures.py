"""How figures read on a page."""

from decimal import Decimal

import pytest

from portal.infra import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("7645"), "Ksh 7,645.00"),
        (Decimal("-1450"), "−Ksh 1,450.00"),
        (Decimal("0"), "Ksh 0.00"),
        (None, ""),
    ],
)
def test_money_names_its_currency_once_and_the_minus_stands_first(value, words):
    assert wording.money(value) == words


def test_a_negative_amount_in_a_column_has_a_real_minus():
    assert wording.amount(Decimal("-312.5")) == "−312.50"
