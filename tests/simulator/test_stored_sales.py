"""Look-ups of stored sales at the OSCU door: what makes a lost answer recoverable (PROTOCOL §5.10, §8)."""

import re

from tests.simulator.shop import Shop, line
from tests.support.simulator import SimulatorProcess


def test_a_number_that_kra_does_not_hold_is_answered_001(oscu_shop: Shop) -> None:
    answer = oscu_shop.answer("invoice_details", {"invcNo": 1})
    assert (answer["resultCd"], answer["data"]) == ("001", None)


def test_a_stored_sale_is_shown_with_its_receipt(oscu_shop: Shop) -> None:
    oscu_shop.opens()
    signed = oscu_shop.sells(oscu_shop.sale(line(quantity="2"), custTin="P000000002Y"))["data"]
    (row,) = oscu_shop.answer("invoice_details", {"invcNo": 1})["data"]["salesList"]
    assert (row["invcNo"], row["orgInvcNo"], row["rcptTyCd"], row["custTin"], row["totAmt"]) == (1, 0, "S", "P000000002Y", 232)
    assert row["cfmDt"] == "2026-09-18 11:00:00"
    assert row["itemList"][0]["qty"] == 2
    receipt = row["receipt"]
    assert (receipt["intrlData"], receipt["rcptSign"]) == (signed["intrlData"], signed["rcptSign"])
    assert (receipt["curRcptNo"], receipt["totRcptNo"]) == ("1", "1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0", receipt["sdcDateTime"])


def test_a_sale_whose_answer_was_lost_can_be_looked_up(oscu_shop: Shop, kra: SimulatorProcess) -> None:
    oscu_shop.opens()
    kra.control.next("http_after:504", "save_sale")
    assert oscu_shop.asks("save_sale", oscu_shop.sale()).status_code == 504
    (row,) = oscu_shop.answer("invoice_details", {"invcNo": "1"})["data"]["salesList"]
    assert row["receipt"]["rcptSign"] == kra.control.ledger()[0]["rcptSign"]


def test_the_number_to_look_up_is_needed(oscu_shop: Shop) -> None:
    assert oscu_shop.answer("invoice_details", {})["resultMsg"] == "Request parameter error[invcNo : may not be empty]"
    assert oscu_shop.answer("invoice_details", {"invcNo": "one"})["resultCd"] == "910"


def test_the_list_of_sales_follows_the_mark(oscu_shop: Shop) -> None:
    oscu_shop.opens()
    oscu_shop.sells()
    first = oscu_shop.look_up("sales_list")
    assert [row["invcNo"] for row in first["data"]["salesList"]] == [1]
    oscu_shop.sells()
    later = oscu_shop.look_up("sales_list", first["resultDt"])
    assert [row["invcNo"] for row in later["data"]["salesList"]] == [2]
