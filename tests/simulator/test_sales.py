"""Sales: numbers, items, amounts and stock (PROTOCOL §6, §7.5; texts of RESULT_CODES §4)."""

from typing import Any

import pytest

from tests.simulator.shop import ITEM, Shop, example, line
from tests.support.simulator import SimulatorProcess


def refusal(shop: Shop, body: dict[str, Any]) -> str:
    answer = shop.answer("save_sale", body)
    assert answer["resultCd"] in ("910", "913"), answer
    return str(answer["resultMsg"])


def test_numbers_run_without_gaps(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    any_shop.sells()
    message = "Invalid invcNo sequence, expected: 2 but found: 4; Invc No: 4 is invalid, use the expected value: 2"
    assert refusal(any_shop, any_shop.sale(invcNo=4)) == message
    assert any_shop.sells()["data"]["totRcptNo"] == 2
    assert [row["invcNo"] for row in kra.control.ledger()] == [1, 2]


def test_a_refused_sale_leaves_its_number_free(any_shop: Shop) -> None:
    any_shop.opens()
    refusal(any_shop, any_shop.sale(line(quantity="11")))
    assert any_shop.sells()["resultCd"] == "000"


@pytest.mark.parametrize("code", ["", "994"])
def test_a_repeated_sale_is_a_duplicate_and_shows_no_receipt(any_shop: Shop, kra: SimulatorProcess, code: str) -> None:
    kra.control.options(duplicate_code=code or None)
    any_shop.opens()
    body = any_shop.sale()
    any_shop.must("save_sale", body)
    again = any_shop.answer("save_sale", body)
    assert again["data"] is None
    assert again["resultCd"] == (code or ("994" if any_shop.door == "oscu" else "899"))
    assert len(kra.control.ledger()) == 1


def test_the_control_rig_signs_a_repeated_number_twice(any_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.options(sign_twice=True)
    any_shop.opens()
    body = any_shop.sale()
    first, second = any_shop.must("save_sale", body), any_shop.must("save_sale", body)
    assert first["data"]["rcptSign"] != second["data"]["rcptSign"]
    assert [(row["invcNo"], row["rcptNo"]) for row in kra.control.ledger()] == [(1, 1), (1, 2)]


def test_each_branch_counts_for_itself(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    any_shop.sells()
    with Shop(kra.url, any_shop.door, branch="01") as branch:
        branch.installs()
        branch.stocks()
        assert branch.sells()["resultCd"] == "000"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trdInvcNo": None}, "Request parameter error[trdInvcNo : may not be empty]"),
        ({"invcNo": "one"}, "Request parameter error[invcNo : must be a number]"),
        ({"invcNo": 1.5}, "Request parameter error[invcNo : numeric value out of bounds (<38 digits>.<0 digits> expected)]"),
        ({"rcptTyCd": "X"}, "Code value error among request parameters [<rcptTyCd>]"),
        ({"pmtTyCd": "99"}, "Code value error among request parameters [<pmtTyCd>]"),
        ({"salesTyCd": "T"}, "Invalid salesTyCd. Expected: N, But Found: T"),
        ({"custTin": "P123"}, "Request parameter error[custTin : size must be between 11 and 11]"),
        ({"custTin": ""}, "Request parameter error[custTin : may not be empty]"),
        ({"cfmDt": "2026-09-18"}, "Request parameter error[cfmDt : is not a valid date]"),
        ({"cfmDt": "20260918"}, "Request parameter error[cfmDt : must have 14 digits]"),
        ({"salesDt": "20990101"}, "Invalid salesDt: 20990101 is in the future"),
        ({"cfmDt": "20990101000000"}, "Invalid cfmDt: 20990101000000 is in the future"),
        ({"orgInvcNo": 5}, "Invalid orgInvcNo. Expected: 0, But Found: 5"),
        ({"totItemCnt": 2}, "Invalid totItemCnt. Expected: 1, But Found: 2"),
        ({"itemList": []}, "Request parameter error[itemList : may not be empty]"),
        ({"receipt": None}, "Request parameter error[receipt : may not be empty]"),
        ({"modrId": None}, "Request parameter error[modrId : may not be empty]"),
        ({"totAmt": 116.01}, "Invalid totAmt. Expected: 116.00, But Found: 116.01"),
        ({"totTaxAmt": 15.99}, "Invalid totTaxAmt. Expected: 16.00, But Found: 15.99"),
        ({"taxblAmtB": 0, "taxblAmtA": 100}, "Invalid taxblAmtA. Expected: 0.00, But Found: 100.00"),
        ({"taxAmtB": 15}, "Invalid taxAmtB. Expected: 16.00, But Found: 15.00"),
        ({"taxRtB": 0}, "Rule taxRtB failed: Tax rate mismatch. Expected: 16.00, Found: 0"),
        ({"totAmt": 116.001}, "Request parameter error[totAmt : numeric value out of bounds (<16 digits>.<2 digits> expected)]"),
    ],
)
def test_a_header_that_breaks_a_rule_is_refused_with_kras_words(shop: Shop, changes: dict[str, Any], message: str) -> None:
    shop.opens()
    assert refusal(shop, shop.sale(**changes)) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"itemCd": "KE2NTNO0000099"}, "Items provided under the itemList section do not exist in your stock"),
        ({"itemClsCd": "1000000000"}, "Invalid itemClsCd on item: 1. Expected: 1010150000, But Found: 1000000000"),
        ({"pkgUnitCd": "CT"}, "Invalid pkgUnitCd on item: 1. Expected: NT, But Found: CT"),
        ({"pkgUnitCd": "QQ"}, "Code value error among request parameters [<itemList><pkgUnitCd>]"),
        ({"qtyUnitCd": "KG"}, "Invalid qtyUnitCd on item: 1. Expected: NO, But Found: KG"),
        ({"pkg": 2}, "Invalid pkg for ItemList 1. Expected: 1, Found: 2"),
        ({"itemNm": None}, "Expected a value for itemNm on item: 1 but is empty or null"),
        ({"itemNm": "   "}, "Expected a value for itemNm on item: 1 but is empty or null"),
        ({"qty": 0}, "Expected a value for qty on item: 1 but is empty or null"),
        ({"prc": None}, "Expected a value for prc on item: 1 but is empty or null"),
        ({"splyAmt": 115}, "Invalid splyAmnt on item: 1. Expected: 116.00, But Found: 115.00"),
        ({"totAmt": 100}, "Invalid totAmt on item: 1. Expected: 116.00, But Found: 100.00"),
        ({"taxblAmt": 116}, "Invalid taxblAmt on item: 1. Expected: 100.00, But Found: 116.00"),
        ({"taxAmt": 18.56}, "Invalid taxAmt on item: 1. Expected: 16.00, But Found: 18.56"),
        ({"itemNm": "x" * 201}, "Request parameter error[itemList[0].itemNm : size must be between 0 and 200]"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_with_kras_words(shop: Shop, changes: dict[str, Any], message: str) -> None:
    shop.opens()
    body = shop.sale()
    body["itemList"][0].update(changes)
    assert refusal(shop, body) == message


def test_an_item_out_of_use_cannot_be_sold(shop: Shop) -> None:
    shop.opens()
    shop.must("save_item", example("save_item", useYn="N"))
    assert refusal(shop, shop.sale()) == "Items provided under the itemList section do not exist in your stock"


def test_the_order_of_lines_is_1_2_3(shop: Shop) -> None:
    shop.opens()
    body = shop.sale(line(), line())
    body["itemList"][1]["itemSeq"] = 3
    assert refusal(shop, body) == "Invalid itemSeq on item: 2. Expected: 2, But Found: 3"


def test_the_live_example_of_a_line_of_100_at_16_per_cent(shop: Shop) -> None:
    shop.opens()
    body = shop.sale(line(price="100"))
    body["itemList"][0]["taxblAmt"] = 100
    assert refusal(shop, body) == "Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 100.00"


def test_the_tolerance_lets_a_cent_per_amount_pass(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    body = shop.sale(line(price="100"))
    body["itemList"][0].update(taxblAmt=86.20, taxAmt=13.80)
    assert refusal(shop, body) == "Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 86.20"
    kra.control.options(tolerance=0.01)
    shop.must("save_sale", body)


@pytest.mark.parametrize(("amount", "rate"), [(11.6, 10), (5, 4.31), (0.01, 0.01), (0, 0)])
def test_a_discount_agrees_with_its_rate(shop: Shop, amount: float, rate: float) -> None:
    shop.opens()
    shop.must("save_sale", shop.sale(line(dcAmt=amount, dcRt=rate)))


@pytest.mark.parametrize(("amount", "rate", "expected"), [(5, 0, "4.31"), (0, 5, "0.00"), (5, 4.32, "4.31")])
def test_a_discount_that_disagrees_with_its_rate_is_refused(shop: Shop, amount: float, rate: float, expected: str) -> None:
    shop.opens()
    message = refusal(shop, shop.sale(line(dcAmt=amount, dcRt=rate)))
    assert message == f"Invalid dcRt on item: 1. Expected: {expected}, But Found: {rate:.2f}"


def test_a_discount_too_small_for_two_decimals_has_the_smallest_rate(shop: Shop) -> None:
    shop.opens()
    shop.must("save_sale", shop.sale(line(price="25000", dcAmt=1, dcRt=0.01)))
    shop.invoices = 1
    assert "Expected: 0.01" in refusal(shop, shop.sale(line(price="25000", dcAmt=1, dcRt=0)))


def test_every_band_is_taxed_by_the_code_list(any_shop: Shop) -> None:
    services = [any_shop.registers(band, "3") for band in "ABCDE"]
    rows = [line(code, "2.5", "99.99", band) for code, band in zip(services, "ABCDE", strict=True)]
    answer = any_shop.sells(any_shop.sale(*rows))
    assert answer["resultCd"] == "000", answer


def test_band_e_may_send_0_or_the_listed_rate_when_it_is_unused(any_shop: Shop) -> None:
    any_shop.opens()
    assert any_shop.sells(any_shop.sale(taxRtE=0))["resultCd"] == "000"
    assert any_shop.sells(any_shop.sale(taxRtE=8))["resultCd"] == "000"


def test_the_sandbox_of_september_2026_wanted_0_for_band_e(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    kra.control.options(tax_rate_e=0)
    message = "Rule taxRtE failed: Tax rate mismatch. Expected: 0.00, Found: 8"
    assert refusal(shop, shop.sale(taxRtE=8)) == message
    assert shop.sells(shop.sale(taxRtE=0))["resultCd"] == "000"


def test_goods_need_a_stock_record_and_enough_of_it(any_shop: Shop) -> None:
    any_shop.registers()
    missing = f"Invalid Item: Item {ITEM} (itemSeq 1) does not exist in your stock master"
    assert refusal(any_shop, any_shop.sale()) == missing
    any_shop.stocks(quantity="2")
    too_much = any_shop.sale(line(quantity="1.5"), line(quantity="1.5"))
    assert refusal(any_shop, too_much) == "You dont have sufficient stock for this Transaction"
    assert any_shop.sells(any_shop.sale(line(quantity="2")))["resultCd"] == "000"


def test_a_stock_master_record_can_be_demanded_before_a_sale(shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.options(stock_master_required=True)
    shop.registers()
    shop.stocks()
    assert "does not exist in your stock master" in refusal(shop, shop.sale())


def test_a_service_needs_no_stock(any_shop: Shop) -> None:
    code = any_shop.registers(type_="3")
    assert any_shop.sells(any_shop.sale(line(code, "1000")))["resultCd"] == "000"


@pytest.mark.parametrize(
    ("decimals", "quantity", "accepted"), [(4, "0.1234", True), (2, "0.1234", False), (2, "0.12", True), (4, "0.12345", False)]
)
def test_how_many_decimals_a_quantity_may_have_is_a_switch(
    shop: Shop, kra: SimulatorProcess, decimals: int, quantity: str, accepted: bool
) -> None:
    shop.opens()
    kra.control.options(quantity_decimals=decimals)
    assert (shop.sells(shop.sale(line(quantity=quantity)))["resultCd"] == "000") is accepted


def test_numbers_may_come_as_strings(any_shop: Shop) -> None:
    any_shop.opens()
    body = any_shop.sale(invcNo="1", totAmt="116.00")
    body["itemList"][0]["qty"] = "1"
    assert any_shop.sells(body)["resultCd"] == "000"


def test_each_door_wants_its_own_field_in_the_receipt(any_shop: Shop) -> None:
    any_shop.opens()
    body = any_shop.sale()
    wanted = "rcptPbctDt" if any_shop.door == "oscu" else "rptNo"
    del body["receipt"][wanted]
    assert refusal(any_shop, body) == f"Request parameter error[receipt.{wanted} : may not be empty]"


def test_a_vscu_wants_the_transaction_type(shop: Shop) -> None:
    shop.opens()
    assert refusal(shop, shop.sale(salesTyCd=None)) == "Request parameter error[salesTyCd : may not be empty]"


def test_the_ledger_shows_what_was_signed(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    data = any_shop.sells(any_shop.sale(custTin="P000000002Y", custNm="EXAMPLE BUYER LTD"))["data"]
    (row,) = kra.control.ledger(tin="P000000001X", bhfId="00")
    assert (row["invcNo"], row["rcptTyCd"], row["trdInvcNo"], row["totAmt"]) == (1, "S", "INV-0009", 116)
    assert (row["intrlData"], row["rcptSign"]) == (data["intrlData"], data["rcptSign"])
    assert row["custTin"] == "P000000002Y" and row["sdcId"].startswith("KRACU0")
    assert kra.control.ledger(tin="P000000009Y") == []


def test_the_old_second_step_and_the_zambian_look_up(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    shop.sells()
    assert shop.session.post(f"{shop.url}/trnsSales/saveInvoice", json=shop.identity, timeout=5).json()["resultCd"] == "000"
    asked = {**shop.identity, "invcNo": 1}
    assert shop.session.post(f"{shop.url}/trnsSales/selectInvoice", json=asked, timeout=5).status_code == 404
    kra.control.options(select_invoice_on_vscu=True)
    assert shop.session.post(f"{shop.url}/trnsSales/selectInvoice", json=asked, timeout=5).json()["resultCd"] == "000"
