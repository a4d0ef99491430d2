"""KRA's own examples: each request of the paper is accepted, each answer has the paper's fields."""

import re
from typing import Any

import pytest

from tests.simulator.shop import PAPER, PATHS, Shop, example
from tests.support.simulator import SimulatorProcess

LOOK_UPS = ["item_classes", "taxpayer", "branches", "notices", "items", "imports", "purchases"]


@pytest.mark.parametrize("operation", LOOK_UPS)
def test_a_look_up_answers_with_the_fields_of_the_paper(any_shop: Shop, operation: str) -> None:
    any_shop.registers()
    answer = any_shop.must(operation, example(operation, **since_ever(operation)))
    assert same_shape(answer, PAPER[operation]["answer"])


def since_ever(operation: str) -> dict[str, str]:
    return {} if operation == "taxpayer" else {"lastReqDt": "20180101000000"}


def same_shape(answer: Any, paper: Any) -> bool:
    """Whether an answer has exactly the fields that the paper shows, all the way down."""
    if isinstance(paper, dict):
        assert isinstance(answer, dict) and set(answer) == set(paper)
        return all(same_shape(answer[name], paper[name]) for name in paper)
    if isinstance(paper, list):
        assert isinstance(answer, list) and answer
        return all(same_shape(row, paper[0]) for row in answer)
    return True


def test_code_lists_show_the_tax_bands_as_the_paper_does(any_shop: Shop) -> None:
    answer = any_shop.look_up("code_lists")
    classes = {row["cdCls"]: row for row in answer["data"]["clsList"]}
    paper = PAPER["code_lists"]["answer"]["data"]["clsList"][0]
    bands = {row["cd"]: row for row in classes["04"]["dtlList"]}
    assert set(classes["04"]) == set(paper)
    assert bands["B"] == paper["dtlList"][0]
    assert {band: row["userDfnCd1"] for band, row in bands.items()} == {"A": "0", "B": "16", "C": "0", "D": "0", "E": "8"}
    assert len(classes) == 21 and not {"15", "31"} & set(classes)


def test_an_oscu_is_initialised_as_the_paper_shows(kra: SimulatorProcess) -> None:
    with Shop(kra.oscu_url, "oscu") as shop:
        assert same_shape(shop.answer("initialise", example("initialise")), PAPER["initialise"]["answer"])


def test_a_vscu_adds_its_keys_and_counters(kra: SimulatorProcess) -> None:
    with Shop(kra.url, "vscu") as shop:
        info = shop.answer("initialise", example("initialise"))["data"]["info"]
    added = set(info) - set(PAPER["initialise"]["answer"]["data"]["info"])
    assert added == {
        "vatTyCd", "intrlKey", "signKey", "lastInvcNo", "lastSaleInvcNo", "lastPchsInvcNo", "lastSaleRcptNo",
        "lastTrainInvcNo", "lastProfrmInvcNo", "lastCopyInvcNo",
    }  # fmt: skip
    assert re.fullmatch(r"KRACU0300\d{6}", info["sdcId"])
    assert re.fullmatch(r"KRA\d{8}", info["mrcNo"])


def test_a_sale_is_signed_in_the_names_of_each_door(any_shop: Shop) -> None:
    any_shop.opens()
    answer = any_shop.sells()
    assert same_shape(answer, PAPER["save_sale"][f"{any_shop.door}_answer"])
    assert re.fullmatch("[A-Z2-7]{26}", answer["data"]["intrlData"])
    assert re.fullmatch("[A-Z2-7]{16}", answer["data"]["rcptSign"])


def test_the_writes_of_the_paper_are_accepted_in_their_order(any_shop: Shop) -> None:
    for operation in ("save_item", "save_stock_io", "save_stock_master", "save_purchase", "save_branch_customer",
                      "save_branch_user", "save_insurer"):  # fmt: skip
        assert any_shop.must(operation, example(operation))["data"] is None
    any_shop.must("save_item", example("save_item", itemCd="KE1NTNO0000002", itemTyCd="1"))
    any_shop.must("save_stock_io", {**any_shop.movement("KE1NTNO0000002"), "sarNo": 2})
    any_shop.must("save_composition", example("save_composition"))
    any_shop.must("save_sale", {**any_shop.sale(), "invcNo": 1})


def test_the_import_of_a_look_up_is_approved_as_the_paper_shows(any_shop: Shop) -> None:
    any_shop.registers()
    shown = any_shop.look_up("imports")["data"]["itemList"][0]
    same = {name: shown[name] for name in ("taskCd", "dclDe", "itemSeq", "hsCd")}
    any_shop.must("update_import", example("update_import", **same))
    later = {row["taskCd"]: row["imptItemsttsCd"] for row in any_shop.look_up("imports")["data"]["itemList"]}
    assert later[shown["taskCd"]] == "3"


def test_nothing_moved_between_branches_is_answered_001(any_shop: Shop) -> None:
    answer = any_shop.look_up("stock_moves")
    assert (answer["resultCd"], answer["data"]) == ("001", None)


def test_every_operation_has_its_path_at_its_door(any_shop: Shop) -> None:
    for vscu, oscu in PATHS.values():
        path = oscu if any_shop.door == "oscu" else vscu
        if path:
            assert any_shop.session.post(any_shop.url + path, json={}, timeout=5).status_code == 200
            assert any_shop.session.post(any_shop.url + path + "/", json={}, timeout=5).status_code == 404
