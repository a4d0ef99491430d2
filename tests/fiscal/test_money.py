"""What people type as money, quantities and percentages, and how amounts are written back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.money import (
    MoneyError,
    format_money,
    format_quantity,
    parse_money,
    parse_percent,
    parse_quantity,
    plain,
    to_cents,
)

any_text = st.text(st.characters(exclude_categories=()))
money = st.decimals(0, Decimal("9999999999999.99"), places=2)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1,500", "1500.00"),
        ("1500", "1500.00"),
        (" 1500.5 ", "1500.50"),
        ("KES 1500", "1500.00"),
        ("kes1,500.25", "1500.25"),
        ("Ksh 1,500.00", "1500.00"),
        ("KSh. 20", "20.00"),
        ("Sh 20", "20.00"),
        ("1,500/=", "1500.00"),
        ("1500/-", "1500.00"),
        (".50", "0.50"),
        ("0", "0.00"),
        ("9,999,999,999,999.99", "9999999999999.99"),
    ],
)
def test_an_amount_may_be_typed_the_way_kenyans_write_it(typed, amount):
    assert parse_money(typed) == Decimal(amount)
    assert str(parse_money(typed)) == amount


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an amount"),
        ("   ", "Enter an amount"),
        (None, "Enter an amount"),
        (1500, "Enter an amount"),
        ("KES", "in figures"),
        ("twenty", "in figures"),
        ("1e9", "in figures"),
        ("NaN", "in figures"),
        ("Infinity", "in figures"),
        ("0x10", "in figures"),
        ("1_000", "in figures"),
        ("1,50", "in figures"),
        ("1.500,00", "in figures"),
        ("1 500", "in figures"),
        ("５００", "in figures"),
        ("٥٠٠", "in figures"),
        ("12\x00", "in figures"),
        ("\ud800", "in figures"),
        ("--5", "in figures"),
        (".", "in figures"),
        ("-5", "cannot be negative"),
        ("KES -5", "cannot be negative"),
        ("\u22125", "cannot be negative"),
        ("1.005", "at most 2 decimals"),
        ("10000000000000", "too large"),
        ("1" + "0" * 40, "too large"),
        ("9" * 100_000, "in figures"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(MoneyError, match=sentence):
        parse_money(typed)


def _outcome(parse, typed):
    """The number, or the sentence of the refusal; any other exception escapes."""
    try:
        return parse(typed)
    except MoneyError as refusal:
        return refusal.sentence


@given(any_text, st.sampled_from((parse_money, parse_quantity, parse_percent)))
def test_any_text_is_an_amount_or_a_clear_refusal(typed, parse):
    outcome = _outcome(parse, typed)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
        assert outcome.isascii()
    else:
        assert outcome >= 0


@given(money)
def test_an_amount_reads_back_as_it_was_written(amount):
    assert parse_money(format_money(amount)) == amount
    assert parse_money(f"KES {amount}") == amount


@pytest.mark.parametrize(("typed", "quantity"), [("2", "2"), ("12.50", "12.5"), ("0.0001", "0.0001"), ("1,000", "1000")])
def test_a_quantity_has_up_to_four_decimals(typed, quantity):
    assert str(parse_quantity(typed)) == quantity


@pytest.mark.parametrize(
    ("typed", "decimals", "sentence"),
    [
        ("", 4, "Enter a quantity"),
        ("0", 4, "more than 0"),
        ("0.0000", 4, "more than 0"),
        ("-1", 4, "cannot be negative"),
        ("1.00001", 4, "at most 4 decimals"),
        ("1.001", 2, "at most 2 decimals"),
        ("1.01", 1, "at most 1 decimal."),
        ("1.5", 0, "whole number"),
        ("10000000000", 4, "at most 9,999,999,999"),
        ("9999999999.1", 4, "at most 9,999,999,999"),
        ("a dozen", 4, "in figures"),
    ],
)
def test_what_is_no_quantity_is_refused_with_a_sentence(typed, decimals, sentence):
    with pytest.raises(MoneyError, match=sentence):
        parse_quantity(typed, decimals)


@pytest.mark.parametrize(("typed", "percent"), [("12.5", "12.5"), ("12.50 %", "12.5"), ("100%", "100"), ("0", "0")])
def test_a_percentage_may_carry_its_sign(typed, percent):
    assert str(parse_percent(typed)) == percent


@pytest.mark.parametrize("typed", ["100.01", "-1", "1.234", "", "%", "half"])
def test_what_is_no_percentage_is_refused(typed):
    with pytest.raises(MoneyError):
        parse_percent(typed)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("83.325", "83.33"), ("12.475", "12.48"), ("0.005", "0.01"), ("-0.005", "-0.01"), ("2", "2.00")],
)
def test_half_a_cent_is_rounded_up(exact, rounded):
    assert str(to_cents(Decimal(exact))) == rounded


@pytest.mark.parametrize("unusable", ["NaN", "Infinity", "-Infinity", "sNaN", "1e50"])
def test_no_cents_are_made_of_what_is_no_amount(unusable):
    with pytest.raises(MoneyError):
        to_cents(Decimal(unusable))


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1234.5", "1,234.50"), ("-765", "-765.00"), ("0", "0.00"), ("-0.001", "0.00"), ("1e3", "1,000.00")],
)
def test_money_is_written_with_two_decimals(amount, written):
    assert format_money(Decimal(amount)) == written


@pytest.mark.parametrize(("quantity", "written"), [("12.5000", "12.5"), ("1E+3", "1000"), ("10", "10"), ("0.0001", "0.0001")])
def test_a_quantity_is_written_without_needless_zeros(quantity, written):
    assert format_quantity(Decimal(quantity)) == written
    assert str(plain(Decimal(quantity))) == written
