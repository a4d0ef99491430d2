"""Purchases and imports (PROTOCOL §5.7, §5.8, §7.3, §7.4)."""

from typing import Any

import pytest

from tests.simulator.shop import ITEM, Shop, example, line, totals
from tests.support.simulator import SimulatorProcess


def purchase(**changes: Any) -> dict[str, Any]:
    return example("save_purchase", **changes)


def test_purchases_have_a_counter_of_their_own(any_shop: Shop) -> None:
    any_shop.registers()
    any_shop.must("save_purchase", purchase())
    again = any_shop.answer("save_purchase", purchase())
    assert (again["resultCd"], again["data"]) == ("994", None)
    skipped = any_shop.answer("save_purchase", purchase(invcNo=3))
    assert skipped["resultMsg"].startswith("Invalid invcNo sequence, expected: 2 but found: 3")
    any_shop.must("save_purchase", purchase(invcNo=2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spplrInvcNo": 7}, "Supplier invoice number 7 does not exist"),
        ({"spplrTin": "P000000009Y"}, "Missing purchase Record"),
        ({"spplrBhfId": "05"}, "Missing purchase Record"),
        ({"pchsSttsCd": "09"}, "Code value error among request parameters [<pchsSttsCd>]"),
        ({"pmtTyCd": None}, "Request parameter error[pmtTyCd : may not be empty]"),
        ({"pchsDt": "20990101"}, "Invalid pchsDt: 20990101 is in the future"),
        ({"totAmt": 1}, "Invalid totAmt. Expected: 1160.00, But Found: 1.00"),
    ],
)
def test_a_purchase_that_breaks_a_rule_is_refused(shop: Shop, changes: dict[str, Any], message: str) -> None:
    shop.registers()
    assert shop.answer("save_purchase", purchase(**changes))["resultMsg"] == message


def test_the_item_must_be_in_the_buyers_own_catalogue(any_shop: Shop) -> None:
    answer = any_shop.answer("save_purchase", purchase())
    assert answer["resultMsg"] == f"Item {ITEM} provided on item: 1. does not exist in your inventory"


def test_a_purchase_without_supplier_pin_needs_no_supplier_sale(shop: Shop) -> None:
    shop.registers()
    shop.must("save_purchase", purchase(spplrTin=None, spplrInvcNo=None, regTyCd="M"))


def test_the_amounts_of_a_seed_row_are_not_to_be_copied(any_shop: Shop) -> None:
    """The live story of PROTOCOL §7.4: splyAmt 1122 for a total of 1302.07."""
    any_shop.registers()
    rows = any_shop.look_up("purchases")["data"]["saleList"]
    seed = next(row for row in rows if row["totAmt"] == 1302.07)
    particulars = {name: seed[name] for name in ("spplrTin", "spplrBhfId", "spplrInvcNo")}
    copied = {**purchase()["itemList"][0], **{name: seed["itemList"][0][name] for name in ("prc", "splyAmt", "totAmt")}}
    copied["prc"] = 1302.07
    answer = any_shop.answer("save_purchase", purchase(itemList=[copied], **particulars))
    assert answer["resultMsg"] == "Invalid splyAmnt on item: 1. Expected: 1302.07, But Found: 1122.00"
    worked_out = {**copied, "splyAmt": 1302.07, "taxblAmt": 1122.47, "taxAmt": 179.60}
    any_shop.must("save_purchase", purchase(itemList=[worked_out], **particulars, **totals([worked_out])))


def test_a_sale_of_another_trader_can_be_looked_up_and_declared_by_the_buyer(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    with Shop(kra.url, any_shop.door, "P000000002Y") as buyer:
        buyer.installs()
        buyer.registers()
        mark = buyer.look_up("purchases")["resultDt"]
        any_shop.sells(any_shop.sale(line(), custTin="P000000002Y"))
        (row,) = buyer.look_up("purchases", mark)["data"]["saleList"]
        assert (row["spplrTin"], row["spplrInvcNo"], row["totAmt"]) == ("P000000001X", 1, 116)
        assert row["cfmDt"] == "2026-09-18 11:00:00" and row["spplrSdcId"].startswith("KRACU0")
        bought = line(itemExprDt=None, spplrItemCd=ITEM, spplrItemClsCd=None, spplrItemNm=None)
        supplier = {"spplrTin": "P000000001X", "spplrBhfId": "00", "spplrInvcNo": 1}
        buyer.must("save_purchase", purchase(itemList=[bought], **supplier, **totals([bought])))


def test_a_supplier_sale_can_be_rejected(shop: Shop) -> None:
    shop.registers()
    shop.must("save_purchase", purchase(pchsSttsCd="04"))


@pytest.fixture
def declared(any_shop: Shop) -> dict[str, Any]:
    """The update of an import line that KRA shows to the shop."""
    any_shop.registers()
    shown = any_shop.look_up("imports")["data"]["itemList"][0]
    return example("update_import", **{name: shown[name] for name in ("taskCd", "dclDe", "itemSeq", "hsCd")})


def test_an_approval_without_remark_is_an_unknown_error(any_shop: Shop, declared: dict[str, Any]) -> None:
    assert any_shop.answer("update_import", {**declared, "remark": None})["resultCd"] == "999"
    any_shop.must("update_import", {**declared, "imptItemSttsCd": "4", "remark": None})


def test_both_spellings_of_the_status_are_accepted(any_shop: Shop, declared: dict[str, Any]) -> None:
    status = declared.pop("imptItemSttsCd")
    any_shop.must("update_import", {**declared, "imptItemsttsCd": status})


@pytest.mark.parametrize("changes", [{"taskCd": "1"}, {"itemSeq": 9}, {"hsCd": "00000000"}, {"itemCd": "KE2NTNO0000009"}])
def test_an_update_that_fits_no_import_or_item_is_refused(
    any_shop: Shop, declared: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert any_shop.answer("update_import", {**declared, **changes})["resultCd"] == "910"


def test_an_answered_import_is_looked_up_again_with_its_status(any_shop: Shop, declared: dict[str, Any]) -> None:
    mark = any_shop.look_up("imports")["resultDt"]
    assert any_shop.look_up("imports", mark)["resultCd"] == "001"
    any_shop.must("update_import", {**declared, "imptItemSttsCd": "4"})
    (row,) = any_shop.look_up("imports", mark)["data"]["itemList"]
    assert (row["taskCd"], row["imptItemsttsCd"]) == (declared["taskCd"], "4")
