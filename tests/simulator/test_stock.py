"""Stock movements, stock master and transfers (PROTOCOL §6.2, §7.6, §7.7; COMPLIANCE §7)."""

from typing import Any

import pytest

from tests.simulator.shop import ITEM, Shop, example, line
from tests.support.simulator import SimulatorProcess


def level(quantity: object, code: str = ITEM) -> dict[str, Any]:
    return example("save_stock_master", itemCd=code, rsdQty=quantity)


def test_movements_are_numbered_without_gaps_per_branch(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.registers()
    any_shop.stocks()
    assert any_shop.stocks(sarNo=5)["resultMsg"] == "Invalid sarNo: Expected: 2 but found: 5"
    assert any_shop.stocks(sarNo=1)["resultMsg"] == "Invalid sarNo: Expected: 2 but found: 1"
    with Shop(kra.url, any_shop.door, branch="01") as branch:
        branch.installs()
        assert branch.stocks()["resultCd"] == "000"


@pytest.mark.parametrize("type_", ["01", "02", "04", "05", "06"])
def test_what_comes_in_raises_the_expected_quantity(shop: Shop, type_: str) -> None:
    shop.opens()
    shop.stocks(quantity="2.5", type_=type_)
    shop.must("save_stock_master", level(12.5))


@pytest.mark.parametrize("type_", ["12", "13", "14", "15", "16"])
def test_what_goes_out_lowers_it_and_must_be_there(shop: Shop, type_: str) -> None:
    shop.opens()
    assert shop.stocks(quantity="11", type_=type_)["resultMsg"] == "You dont have sufficient stock for this Transaction"
    shop.stocks(quantity="4", type_=type_)
    shop.must("save_stock_master", level(6))


def test_a_signed_sale_lowers_the_expected_quantity_only_with_its_movement(any_shop: Shop) -> None:
    any_shop.opens()
    any_shop.sells(any_shop.sale(line(quantity="3")))
    any_shop.must("save_stock_master", level(10))
    assert any_shop.stocks(quantity="3", type_="11")["resultCd"] == "000"
    assert any_shop.answer("save_stock_master", level(10))["resultMsg"] == "rsdQty mismatch. Expected: 7.0 but found: 10.0"
    any_shop.must("save_stock_master", level(7))


def test_the_movement_of_a_sale_comes_after_the_sale(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    assert any_shop.stocks(quantity="1", type_="11")["resultCd"] == "922"
    any_shop.sells()
    assert any_shop.stocks(quantity="1", type_="11")["resultCd"] == "000"
    assert any_shop.stocks(quantity="1", type_="11")["resultCd"] == "922"
    kra.control.options(stock_after_sale=False)
    assert any_shop.stocks(quantity="1", type_="11")["resultCd"] == "000"


def test_goods_come_back_only_after_their_credit_note(shop: Shop) -> None:
    shop.opens()
    shop.sells()
    shop.stocks(quantity="1", type_="11")
    assert shop.stocks(quantity="1", type_="03")["resultCd"] == "922"
    shop.sells(shop.credit_note(1))
    assert shop.stocks(quantity="1", type_="03")["resultCd"] == "000"
    shop.must("save_stock_master", level(10))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sarTyCd": "07"}, "Code value error among request parameters [<sarTyCd>]"),
        ({"regTyCd": "X"}, "Code value error among request parameters [<regTyCd>]"),
        ({"orgSarNo": None}, "Request parameter error[orgSarNo : may not be empty]"),
        ({"orgSarNo": 9}, "orgSarNo does not exist. Please update the field and try again"),
        ({"ocrnDt": "20990101"}, "Invalid ocrnDt: 20990101 is in the future"),
        ({"totAmt": 0}, "Request parameter error[totAmt : may not be empty]"),
        ({"totAmt": 999}, "Invalid totAmt. Expected: 1000.00, But Found: 999.00"),
        ({"totItemCnt": 3}, "Invalid totItemCnt. Expected: 1, But Found: 3"),
    ],
)
def test_a_movement_that_breaks_a_rule_is_refused(shop: Shop, changes: dict[str, Any], message: str) -> None:
    shop.registers()
    assert shop.stocks(**changes)["resultMsg"] == message


def test_a_line_is_checked_like_that_of_a_sale_but_pkg_may_be_the_quantity(shop: Shop) -> None:
    shop.registers()
    body = shop.movement()
    body["itemList"][0]["pkg"] = 10
    body["itemList"][0]["taxblAmt"] = 1000
    assert shop.answer("save_stock_io", body)["resultMsg"] == "Invalid taxblAmt on item: 1. Expected: 862.07, But Found: 1000.00"
    body["itemList"][0]["taxblAmt"] = 862.07
    shop.must("save_stock_io", body)


def test_services_have_no_stock(shop: Shop) -> None:
    code = shop.registers(type_="3")
    assert "is a service and has no stock" in shop.stocks(code)["resultMsg"]


def test_the_stock_master_comes_after_the_movement(any_shop: Shop) -> None:
    any_shop.registers()
    message = "Stock IO is empty, consider adding items to the stock IO first"
    assert any_shop.answer("save_stock_master", level(0))["resultMsg"] == message


def test_a_wrong_quantity_is_refused_with_the_expected_one_and_repeating_is_harmless(any_shop: Shop) -> None:
    any_shop.opens()
    answer = any_shop.answer("save_stock_master", level(150))
    assert answer["resultMsg"] == "rsdQty mismatch. Expected: 10.0 but found: 150.0"
    any_shop.must("save_stock_master", level(10))
    any_shop.must("save_stock_master", level(10))


def test_a_transfer_shows_up_at_the_branch_it_was_sent_to(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    with Shop(kra.url, any_shop.door, branch="01") as branch:
        branch.installs()
        any_shop.stocks(quantity="4", type_="13", custTin="P000000001X", custBhfId="01")
        (move,) = branch.look_up("stock_moves")["data"]["stockList"]
        assert (move["custTin"], move["custBhfId"], move["sarNo"]) == ("P000000001X", "00", 2)
        assert (move["itemList"][0]["itemCd"], move["itemList"][0]["qty"]) == (ITEM, 4)
        branch.stocks(quantity="4", type_="04", custTin="P000000001X", custBhfId="00")
        branch.must("save_stock_master", level(4))
    assert any_shop.look_up("stock_moves")["resultCd"] == "001"


def test_the_control_path_shows_stock_as_kra_sees_it(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    assert kra.control.stock("P000000001X") == {"stock": {ITEM: 10}, "levels": {ITEM: 10}, "lastSarNo": 1}
