"""What was tendered makes up the total, and only cash gives change."""

from decimal import Decimal

import pytest

from portal.fiscal.payments import Payment, PaymentError, PaymentMethod, main_method, settle_payments


@pytest.mark.parametrize(
    ("tendered", "change"),
    [
        ([("cash", "100")], "0"),
        ([("cash", "150")], "50"),
        ([("card", "60"), ("cash", "50")], "10"),
        ([("credit", "100")], "0"),
    ],
)
def test_tenders_make_up_the_total_and_cash_gives_change(tendered, change):
    payments = [Payment(method=PaymentMethod(method), amount=Decimal(amount)) for method, amount in tendered]
    assert settle_payments(payments, Decimal("100.00")) == Decimal(change)


@pytest.mark.parametrize(
    ("tendered", "sentence"),
    [
        ([], "less than"),
        ([("cash", "99.99")], "less than"),
        ([("card", "101")], "more than"),
        ([("card", "120"), ("cash", "10")], "more than"),
    ],
)
def test_tenders_that_do_not_fit_are_refused(tendered, sentence):
    payments = [Payment(method=PaymentMethod(method), amount=Decimal(amount)) for method, amount in tendered]
    with pytest.raises(PaymentError, match=sentence):
        settle_payments(payments, Decimal("100.00"))


def test_means_of_payment_have_their_words():
    assert [method.caption for method in PaymentMethod] == [
        "CASH",
        "CREDIT",
        "CASH/CREDIT",
        "BANK CHEQUE",
        "CARD",
        "MOBILE MONEY",
        "OTHER",
    ]


def test_change_is_taken_off_the_cash_before_the_main_means_is_told():
    payments = [
        Payment(method=PaymentMethod.CASH, amount=Decimal(1000)),
        Payment(method=PaymentMethod.CARD, amount=Decimal(700)),
    ]
    assert main_method(payments, Decimal(800)) is PaymentMethod.CARD
    assert main_method(payments, Decimal(1700)) is PaymentMethod.CASH
    assert main_method([], Decimal(0)) is PaymentMethod.CASH
