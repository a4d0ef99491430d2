"""VAT is taken out of a price that includes it, and put on one that does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.bands import (
    STANDARD_RATES,
    Band,
    BandError,
    complete_rates,
    default_band,
    offered_bands,
    parse_band,
)
from portal.fiscal.tax import TaxedAmount, inclusive_price, split_inclusive


@pytest.mark.parametrize(
    ("gross", "band", "rate", "tax"),
    [
        ("5800.00", Band.B, 16, "800.00"),
        ("216.00", Band.E, 8, "16.00"),
        ("200.00", Band.A, 0, "0.00"),
        ("100.00", Band.B, 16, "13.79"),
    ],
)
def test_vat_is_taken_out_of_a_price_that_includes_it(gross, band, rate, tax):
    assert split_inclusive(Decimal(gross), band, Decimal(rate)).tax == Decimal(tax)


@given(st.decimals(0, 10**13, places=2), st.sampled_from(Band), st.integers(0, 99))
def test_net_and_tax_always_make_the_gross(gross, band, rate):
    split = split_inclusive(gross, band, Decimal(rate))
    assert split.net + split.tax == split.gross == gross
    assert split.tax >= 0


def test_a_split_that_does_not_add_up_cannot_exist():
    with pytest.raises(ValueError, match="is not"):
        TaxedAmount(Band.B, Decimal("116.00"), Decimal("100.00"), Decimal("15.99"))


@pytest.mark.parametrize(("net", "rate", "price"), [("12.35", 16, "14.33"), ("999.99", 16, "1159.99"), ("50", 0, "50.00")])
def test_vat_is_put_on_a_price_without_it(net, rate, price):
    assert inclusive_price(Decimal(net), Decimal(rate)) == Decimal(price)


def test_three_bands_share_the_rate_zero_and_stay_three_bands():
    assert len(Band) == 5
    assert [band for band, rate in STANDARD_RATES.items() if rate == 0] == [Band.A, Band.C, Band.D]
    assert STANDARD_RATES[Band.B] == 16
    assert STANDARD_RATES[Band.E] == 8


def test_a_business_without_vat_registration_is_not_offered_the_bands_that_carry_vat():
    assert offered_bands(vat_registered=False) == (Band.A, Band.C, Band.D)
    assert offered_bands(vat_registered=True) == tuple(Band)
    assert default_band(vat_registered=False) is Band.D
    assert default_band(vat_registered=True) is Band.B


@pytest.mark.parametrize("typed", ["b", " B ", "B"])
def test_a_band_is_known_by_its_letter(typed):
    assert parse_band(typed) is Band.B


@pytest.mark.parametrize("typed", ["", "F", "AB", "16", "Ｂ", "\x00", "\ud800", None])
def test_what_is_no_band_is_refused(typed):
    with pytest.raises(BandError):
        parse_band(typed)


@pytest.mark.parametrize("rate", [None, Decimal("NaN"), Decimal(-1), Decimal(100), 16.0])
def test_rates_are_complete_or_refused(rate):
    with pytest.raises(BandError, match="band B"):
        complete_rates({**STANDARD_RATES, Band.B: rate})
