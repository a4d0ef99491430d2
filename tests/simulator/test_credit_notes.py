"""Credit notes (PROTOCOL §6.4, COMPLIANCE §4)."""

from typing import Any

import pytest

from tests.simulator.shop import Shop, example, line
from tests.support.simulator import SimulatorProcess

BUYER = {"custTin": "P000000002Y", "custNm": "EXAMPLE BUYER LTD"}


@pytest.fixture
def sold(any_shop: Shop) -> Shop:
    """A shop that has sold two pieces for 232.00 to a named buyer."""
    any_shop.opens()
    assert any_shop.sells(any_shop.sale(line(quantity="2"), **BUYER))["resultCd"] == "000"
    return any_shop


def refusal(shop: Shop, body: dict[str, Any]) -> str:
    answer = shop.answer("save_sale", body)
    assert answer["resultCd"] == "910", answer
    return str(answer["resultMsg"])


def test_a_credit_note_takes_the_next_number_of_the_same_sequence(sold: Shop, kra: SimulatorProcess) -> None:
    assert sold.sells(sold.credit_note(1, line(), **BUYER))["resultCd"] == "000"
    assert [(row["invcNo"], row["rcptTyCd"], row["orgInvcNo"]) for row in kra.control.ledger()] == [(1, "S", 0), (2, "R", 1)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"orgInvcNo": 7}, "orgInvcNo does not exist. Please update the field and try again"),
        ({"orgInvcNo": 0}, "orgInvcNo does not exist. Please update the field and try again"),
        ({"rfdDt": None}, "Missing RfdDt Date"),
        ({"rfdRsnCd": None}, "Invalid RfdRsnCd"),
        ({"rfdRsnCd": "14"}, "Invalid RfdRsnCd"),
        ({"custTin": None}, "Invalid custTin. The credit note must name the buyer of invoice 1"),
        ({"custNm": "SOMEBODY ELSE"}, "Invalid custNm. The credit note must name the buyer of invoice 1"),
    ],
)
def test_an_incomplete_credit_note_is_refused_with_kras_words(sold: Shop, changes: dict[str, Any], message: str) -> None:
    assert refusal(sold, sold.credit_note(1, line(), **{**BUYER, **changes})) == message


@pytest.mark.parametrize("reason", [f"{number:02}" for number in range(1, 14)])
def test_all_thirteen_reasons_are_accepted(shop: Shop, reason: str) -> None:
    shop.opens()
    shop.sells()
    assert shop.sells(shop.credit_note(1, rfdRsnCd=reason))["resultCd"] == "000"


def test_all_notes_together_credit_no_more_than_the_sale(sold: Shop) -> None:
    for _ in range(2):
        assert sold.sells(sold.credit_note(1, line(), **BUYER))["resultCd"] == "000"
    more = sold.credit_note(1, line(price="1"), **BUYER)
    assert refusal(sold, more) == "Invalid totAmt. Only 0.00 of invoice 1 is left to be credited"


def test_a_credit_note_cannot_be_credited(sold: Shop) -> None:
    sold.sells(sold.credit_note(1, line(), **BUYER))
    assert refusal(sold, sold.credit_note(2, line(), **BUYER)).startswith("orgInvcNo does not exist")


def test_a_sale_of_another_branch_cannot_be_credited(sold: Shop, kra: SimulatorProcess) -> None:
    with Shop(kra.url, sold.door, branch="01") as branch:
        branch.installs()
        assert refusal(branch, branch.credit_note(1, line(), **BUYER)).startswith("orgInvcNo does not exist")


def test_only_items_of_the_sale_can_be_credited(sold: Shop) -> None:
    other = sold.registers(type_="3")
    message = "Invalid itemCd on item: 1. It is not on the original invoice"
    assert refusal(sold, sold.credit_note(1, line(other), **BUYER)) == message


def test_an_item_that_has_changed_since_is_credited_as_it_was_sold(sold: Shop) -> None:
    sold.must("save_item", example("save_item", taxTyCd="A", useYn="N"))
    message = "Invalid taxTyCd on item: 1. Expected: B, But Found: A"
    assert refusal(sold, sold.credit_note(1, line(band="A", price="100"), **BUYER)) == message
    assert sold.sells(sold.credit_note(1, line(), **BUYER))["resultCd"] == "000"
    assert sold.stocks(quantity="2", type_="11")["resultCd"] == "000"


def test_an_original_without_a_name_can_never_be_credited(shop: Shop) -> None:
    shop.opens()
    shop.sells(shop.sale(custNm=None))
    assert refusal(shop, shop.credit_note(1, custNm=None)).startswith("Invalid custNm")


def test_a_credit_note_needs_no_stock_on_the_shelf(shop: Shop) -> None:
    shop.opens()
    shop.sells(shop.sale(line(quantity="10")))
    shop.stocks(quantity="10", type_="11")
    assert shop.sells(shop.credit_note(1, line(quantity="10")))["resultCd"] == "000"
