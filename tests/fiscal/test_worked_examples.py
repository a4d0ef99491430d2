"""The worked examples A to N of RECEIPTS §3, to the cent."""

from decimal import Decimal

import pytest

from portal.fiscal.bands import Band
from portal.fiscal.document import Prices
from tests.fiscal.examples import MIXED_LINES, line, priced


@pytest.mark.parametrize(
    ("typed", "supply", "discount", "total", "taxable", "tax"),
    [
        pytest.param(line("3", "185.00", "A"), "555.00", "0", "555.00", "555.00", "0.00", id="A exempt"),
        pytest.param(line("7", "149.99", "B"), "1049.93", "0", "1049.93", "905.11", "144.82", id="B standard"),
        pytest.param(line("4", "62.50", "C"), "250.00", "0", "250.00", "250.00", "0.00", id="C zero-rated"),
        pytest.param(line("1", "1200.00", "D"), "1200.00", "0", "1200.00", "1200.00", "0.00", id="D non-VAT"),
        pytest.param(line("12.5", "183.40", "E"), "2292.50", "0", "2292.50", "2122.69", "169.81", id="E 8 per cent"),
        pytest.param(line("2.5", "33.33", "B"), "83.33", "0", "83.33", "71.84", "11.49", id="F half up"),
        pytest.param(
            line("10", "250.00", "B", percent="12.5"),
            "2500.00",
            "312.50",
            "2187.50",
            "1885.78",
            "301.72",
            id="G per cent",
        ),
        pytest.param(
            line("1", "99.80", "B", percent="12.5"),
            "99.80",
            "12.48",
            "87.32",
            "75.28",
            "12.04",
            id="H half-up discount",
        ),
        pytest.param(line("3", "100.10", "B"), "300.30", "0", "300.30", "258.88", "41.42", id="I line, not unit"),
    ],
)
def test_a_line_is_priced_to_the_cent(typed, supply, discount, total, taxable, tax):
    (one,) = priced(typed).lines
    assert one.supply_amount == Decimal(supply)
    assert one.discount_amount == Decimal(discount)
    assert one.total_amount == Decimal(total)
    assert one.taxable_amount == Decimal(taxable)
    assert one.tax_amount == Decimal(tax)


def test_j_totals_are_sums_of_rounded_lines():
    three = priced(*[line("1", "9.99", "B")] * 3)
    assert (three.total_amount, three.taxable_amount, three.tax_amount) == (
        Decimal("29.97"),
        Decimal("25.83"),
        Decimal("4.14"),
    )
    one = priced(line("1", "29.97", "B"))
    assert (one.taxable_amount, one.tax_amount) == (Decimal("25.84"), Decimal("4.13"))


@pytest.mark.parametrize(
    ("quantity", "net_price", "price", "total", "taxable", "tax"),
    [
        pytest.param("100", "12.35", "14.33", "1433.00", "1235.34", "197.66", id="K"),
        pytest.param("3", "999.99", "1159.99", "3479.97", "2999.97", "480.00", id="K2"),
    ],
)
def test_a_price_typed_without_vat_becomes_a_unit_price_with_vat(quantity, net_price, price, total, taxable, tax):
    document = priced(line(quantity, net_price, "B"), prices=Prices.EXCLUSIVE)
    assert document.lines[0].price == Decimal(price)
    assert document.total_amount == Decimal(total)
    assert document.taxable_amount == Decimal(taxable)
    assert document.tax_amount == Decimal(tax)


def test_l_a_discount_on_the_invoice_is_spread_by_largest_remainder():
    document = priced(line("1", "1160.00", "B"), line("1", "555.00", "A"), line("1", "250.00", "C"), discount="100.00")
    assert [one.discount_amount for one in document.lines] == [Decimal("59.03"), Decimal("28.25"), Decimal("12.72")]
    assert [one.discount_rate for one in document.lines] == [Decimal("5.09")] * 3
    assert [one.total_amount for one in document.lines] == [Decimal("1100.97"), Decimal("526.75"), Decimal("237.28")]
    assert document.bands[Band.B].taxable_amount == Decimal("949.11")
    assert document.bands[Band.B].tax_amount == Decimal("151.86")
    assert document.total_amount == Decimal("1865.00")


def test_m_an_invoice_with_all_five_bands():
    document = priced(*MIXED_LINES)
    assert {band.value: (total.taxable_amount, total.tax_amount) for band, total in document.bands.items()} == {
        "A": (Decimal("555.00"), Decimal("0")),
        "B": (Decimal("2885.78"), Decimal("461.72")),
        "C": (Decimal("250.00"), Decimal("0")),
        "D": (Decimal("1200.00"), Decimal("0")),
        "E": (Decimal("2122.69"), Decimal("169.81")),
    }
    assert document.taxable_amount == Decimal("7013.47")
    assert document.tax_amount == Decimal("631.53")
    assert document.total_amount == Decimal("7645.00")
    assert document.discount_amount == Decimal("312.50")
    assert document.supply_amount == Decimal("7957.50")


def test_n_levies_are_lines_of_their_own_in_band_d():
    document = priced(line("1", "1160.00", "B"), line("1", "100.00", "D"), line("1", "20.00", "D"))
    assert document.taxable_amount == Decimal("1120.00")
    assert document.tax_amount == Decimal("160.00")
    assert document.total_amount == Decimal("1280.00")
