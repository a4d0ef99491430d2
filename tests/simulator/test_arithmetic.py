"""KRA's arithmetic, tried on many documents: right amounts pass, and a cent more or less does not."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.simulator.amounts import check_amounts, half_up
from portal.simulator.codelists import listed_rates
from portal.simulator.envelope import Refusal
from portal.simulator.options import Options

RATES = listed_rates()
PRICES = st.decimals("0.01", "9999999999999.99", places=2)
QUANTITIES = st.decimals("0.0001", "99999999999", places=4)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    """A line by the rule of PROTOCOL §6.3, perhaps with a discount."""
    band = draw(st.sampled_from("ABCDE"))
    price, quantity = draw(PRICES), draw(QUANTITIES)
    supply = half_up(price * quantity)
    discount = draw(st.decimals(0, supply, places=2)) if supply else Decimal(0)
    rate = half_up(100 * discount / supply) if supply else Decimal(0)
    total = supply - discount
    net = half_up(total * 100 / (100 + RATES[band]))
    return {
        "prc": price, "qty": quantity, "splyAmt": supply, "dcAmt": discount,
        "dcRt": max(rate, Decimal("0.01")) if discount else rate,
        "taxTyCd": band, "totAmt": total, "taxblAmt": net, "taxAmt": total - net,
    }  # fmt: skip


def header(rows: list[dict[str, Any]]) -> dict[str, Any]:
    figures = {f"taxRt{band}": RATES[band] for band in "ABCDE"}
    for band in "ABCDE":
        of_band = [row for row in rows if row["taxTyCd"] == band]
        figures[f"taxblAmt{band}"] = sum((row["taxblAmt"] for row in of_band), Decimal(0))
        figures[f"taxAmt{band}"] = sum((row["taxAmt"] for row in of_band), Decimal(0))
    for total, name in (("totTaxblAmt", "taxblAmt"), ("totTaxAmt", "taxAmt"), ("totAmt", "totAmt")):
        figures[total] = sum((row[name] for row in rows), Decimal(0))
    return figures


@given(st.lists(lines(), min_size=1, max_size=6))
def test_a_document_by_the_rule_is_accepted(rows: list[dict[str, Any]]) -> None:
    check_amounts(header(rows), rows, Options())


@given(lines(), st.sampled_from(["splyAmt", "totAmt", "taxblAmt", "taxAmt"]), st.sampled_from(["0.01", "-0.01"]))
def test_an_amount_a_cent_off_is_refused(row: dict[str, Any], name: str, cent: str) -> None:
    wrong = {**row, name: row[name] + Decimal(cent)}
    with pytest.raises(Refusal):
        check_amounts(header([wrong]), [wrong], Options())


@given(st.lists(lines(), min_size=1, max_size=4), st.sampled_from(sorted(header([]))), st.sampled_from(["0.01", "-0.01"]))
def test_a_header_a_cent_off_is_refused(rows: list[dict[str, Any]], name: str, cent: str) -> None:
    right = header(rows)
    with pytest.raises(Refusal):
        check_amounts({**right, name: right[name] + Decimal(cent)}, rows, Options())
