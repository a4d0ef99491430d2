"""Pricing a document: what always holds, and what is refused with the line to mend."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.discounts import spread
from portal.fiscal.document import ItemType, LineInput, PricedDocument, Prices, PricingError, price_document
from portal.fiscal.money import share, to_cents
from portal.fiscal.priced import PricedLine
from tests.fiscal.examples import line, priced

quantities = st.decimals("0.0001", 10_000, places=4)
prices = st.decimals(0, 100_000, places=2)
percents = st.none() | st.decimals(0, 100, places=2)
line_inputs = st.builds(LineInput, band=st.sampled_from(Band), quantity=quantities, price=prices, discount_percent=percents)
documents = st.lists(line_inputs, min_size=1, max_size=8)


def _holds(document: PricedDocument) -> bool:
    bands = document.bands.values()
    return (
        document.taxable_amount + document.tax_amount == document.total_amount
        and document.supply_amount - document.discount_amount == document.total_amount
        and sum(band.total_amount for band in bands) == document.total_amount
        and sum(band.taxable_amount for band in bands) == document.taxable_amount
        and sum(band.tax_amount for band in bands) == document.tax_amount
    )


@given(documents, st.sampled_from(Prices), percents)
def test_net_and_tax_make_the_total_with_no_residue(lines, mode, percent):
    document = price_document(lines, STANDARD_RATES, mode, invoice_discount_percent=percent)
    assert _holds(document)
    assert list(document.bands) == list(Band)


@given(documents, st.sampled_from(Prices))
def test_every_line_is_what_kra_recomputes(lines, mode):
    for one in price_document(lines, STANDARD_RATES, mode).lines:
        assert one.supply_amount == to_cents(one.price * one.quantity)
        assert one.taxable_amount == share(one.total_amount, Decimal(100), 100 + one.rate)
        assert (one.discount_rate == 0) == (one.discount_amount == 0)
        if one.discount_amount:
            rate = share(one.discount_amount, Decimal(100), one.supply_amount)
            assert one.discount_rate == max(rate, Decimal("0.01"))


@given(documents)
def test_a_typed_per_cent_and_the_sent_per_cent_give_the_same_discount(lines):
    for typed, one in zip(lines, price_document(lines, STANDARD_RATES).lines, strict=True):
        assert one.discount_amount == share(one.supply_amount, typed.discount_percent or Decimal(0), Decimal(100))
        assert one.discount_amount == share(one.supply_amount, one.discount_rate, Decimal(100))


@given(st.data(), documents)
def test_a_discount_on_the_invoice_is_taken_off_to_the_cent(data, lines):
    before = price_document(lines, STANDARD_RATES)
    discount = data.draw(st.decimals(0, before.total_amount, places=2))
    after = price_document(lines, STANDARD_RATES, invoice_discount=discount)
    assert _holds(after)
    assert after.total_amount == before.total_amount - discount


@given(st.data(), st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=20))
def test_a_spread_is_exact_fair_and_never_more_than_a_line(data, weights):
    amount = data.draw(st.decimals(0, sum(weights), places=2))
    shares = spread(amount, weights)
    assert sum(shares) == amount
    for one, weight in zip(shares, weights, strict=True):
        assert 0 <= one <= weight
        assert sum(weights) == 0 or abs(one - amount * weight / sum(weights)) < Decimal("0.01")


def test_equal_remainders_go_to_the_first_lines():
    assert spread(Decimal("0.05"), [Decimal("1.00")] * 3) == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]


@pytest.mark.parametrize("amount", ["3.01", "-0.01"])
def test_nothing_is_spread_beyond_the_lines(amount):
    with pytest.raises(ValueError, match="cannot be spread"):
        spread(Decimal(amount), [Decimal("1.00")] * 3)


def test_a_typed_discount_is_exact_and_its_per_cent_follows():
    (one,) = priced(line("3", "33.33", "B", amount="10.00")).lines
    assert (one.discount_amount, one.discount_rate) == (Decimal("10.00"), Decimal("10.00"))
    (one,) = priced(line("1", "30.00", "B", amount="10.00")).lines
    assert (one.discount_amount, one.discount_rate) == (Decimal("10.00"), Decimal("33.33"))


def test_a_discount_too_small_for_its_per_cent_is_still_one():
    (one,) = priced(line("1", "1000000.00", "B", amount="0.01")).lines
    assert (one.discount_amount, one.discount_rate) == (Decimal("0.01"), Decimal("0.01"))


@given(st.decimals(100, 100_000, places=2), st.decimals("0.01", 100, places=2))
def test_from_a_hundred_shillings_on_the_typed_per_cent_is_the_sent_one(price, percent):
    assert priced(line("1", str(price), "B", percent=str(percent))).lines[0].discount_rate == percent


def test_a_discount_on_the_invoice_is_added_to_that_of_each_line():
    document = priced(line("1", "1000.00", "B", percent="10"), line("1", "100.00", "A"), discount="100.00")
    assert [one.discount_amount for one in document.lines] == [Decimal("190.00"), Decimal("10.00")]
    assert [one.discount_rate for one in document.lines] == [Decimal("19.00"), Decimal("10.00")]


def test_a_per_cent_of_the_invoice_is_taken_off_the_whole_and_then_spread():
    document = priced(line("1", "9.99", "B"), line("1", "9.99", "B"), line("1", "9.99", "B"), percent="5")
    assert document.discount_amount == Decimal("1.50")
    assert [one.discount_amount for one in document.lines] == [Decimal("0.50")] * 3


def test_a_discount_typed_without_vat_grows_by_the_vat_of_its_line():
    document = priced(line("1", "100.00", "B", amount="10.00"), prices=Prices.EXCLUSIVE)
    assert document.lines[0].discount_amount == Decimal("11.60")
    assert (document.taxable_amount, document.tax_amount) == (Decimal("90.00"), Decimal("14.40"))


def test_a_discount_on_an_invoice_without_vat_is_shared_before_vat():
    document = priced(line("1", "100.00", "B"), line("1", "100.00", "A"), prices=Prices.EXCLUSIVE, discount="50.00")
    assert [one.discount_amount for one in document.lines] == [Decimal("29.00"), Decimal("25.00")]
    assert document.taxable_amount == Decimal("150.00")


def test_the_whole_price_without_vat_may_be_given_away():
    document = priced(line("100", "12.34", "B", amount="1234.00"), prices=Prices.EXCLUSIVE)
    assert document.total_amount == 0


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (line("1", "10.00", "B", amount="10.01"), "the discount is more than the price of the line"),
        (line("1", "10.00", "B", percent="101"), "between 0 and 100"),
        (line("1", "10.00", "B", percent="1.234"), "at most 2 decimals"),
        (line("1", "10.00", "B", percent="NaN"), "between 0 and 100"),
        (line("1", "10.00", "B", percent="1", amount="1"), "not both"),
        (line("1", "10.00", "B", amount="-1"), "0 or more"),
        (line("0", "10.00", "B"), "more than 0"),
        (line("-1", "10.00", "B"), "more than 0"),
        (line("NaN", "10.00", "B"), "more than 0"),
        (line("Infinity", "10.00", "B"), "more than 0"),
        (line("1.00001", "10.00", "B"), "at most 4 decimals"),
        (line("10000000000", "0.01", "B"), "at most 9,999,999,999"),
        (line("1", "-0.01", "B"), "0 or more"),
        (line("1", "sNaN", "B"), "0 or more"),
        (line("1", "1e40", "B"), "0 or more"),
        (line("1", "10.001", "B"), "at most 2 decimals"),
        (line("9999999999", "9999999999999.99", "B"), "too large"),
    ],
)
def test_a_line_that_cannot_be_priced_is_named(typed, sentence):
    with pytest.raises(PricingError, match=sentence) as refusal:
        priced(line("1", "1.00", "A"), typed)
    assert refusal.value.line == 1
    assert refusal.value.sentence.startswith("Line 2: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"discount": "10.01"}, "more than its lines together"),
        ({"discount": "-1"}, "0 or more"),
        ({"discount": "1", "percent": "1"}, "not both"),
        ({"percent": "100.01"}, "between 0 and 100"),
    ],
)
def test_a_discount_that_does_not_fit_the_invoice_is_refused(arguments, sentence):
    with pytest.raises(PricingError, match=sentence) as refusal:
        priced(line("1", "10.00", "B"), **arguments)
    assert refusal.value.line is None


def test_an_invoice_has_one_to_five_hundred_lines():
    assert len(priced(*[line("1", "1.00", "B")] * 500).lines) == 500
    with pytest.raises(PricingError, match="at most 500"):
        priced(*[line("1", "1.00", "B")] * 501)
    with pytest.raises(PricingError, match="at least one line"):
        priced()


def test_a_total_stays_under_fifteen_digits():
    assert priced(line("1", "9999999999999.99", "A")).total_amount == Decimal("9999999999999.99")
    with pytest.raises(PricingError, match="too large"):
        priced(line("1", "9999999999999.99", "A"), line("1", "0.01", "A"))


def test_a_missing_rate_is_refused():
    with pytest.raises(PricingError, match="band E"):
        price_document([line("1", "1.00", "B")], {Band.B: Decimal(16), Band.A: Decimal(0), **_zeros("CD")})


def _zeros(letters: str) -> dict[Band, Decimal]:
    return {Band(letter): Decimal(0) for letter in letters}


def test_a_priced_line_that_does_not_add_up_cannot_exist():
    (good,) = priced(line("1", "116.00", "B")).lines
    figures = {name: getattr(good, name) for name in good.__slots__}
    for name in ("supply_amount", "discount_amount", "taxable_amount", "tax_amount", "total_amount"):
        with pytest.raises(ValueError):
            PricedLine(**{**figures, name: figures[name] + Decimal("0.01")})


def test_a_rate_is_never_changed_under_a_priced_line():
    lines = priced(line("1", "116.00", "B")).lines
    with pytest.raises(ValueError, match="another rate"):
        PricedDocument(lines=lines, rates={**STANDARD_RATES, Band.B: Decimal(14)})


def test_services_have_no_stock():
    assert [kind.is_goods for kind in ItemType] == [True, True, False]
    assert [kind.word for kind in ItemType] == ["goods", "goods", "service"]
