"""Look-ups by lastReqDt (PROTOCOL §5)."""

from typing import Any

import pytest

from tests.simulator.shop import Shop
from tests.support.simulator import SimulatorProcess


def everything(shop: Shop, operation: str, name: str) -> list[Any]:
    """All rows, by following the marks as a client does."""
    rows: list[Any] = []
    since = "20180101000000"
    while True:
        answer = shop.look_up(operation, since)
        if answer["resultCd"] == "001":
            return rows
        rows += answer["data"][name]
        assert answer["resultDt"] > since
        since = answer["resultDt"]


def test_item_classes_are_cut_at_1000_rows_and_following_the_marks_brings_all(any_shop: Shop) -> None:
    first = any_shop.look_up("item_classes")
    assert len(first["data"]["itemClsList"]) == 1000
    codes = [row["itemClsCd"] for row in everything(any_shop, "item_classes", "itemClsList")]
    assert len(codes) == len(set(codes)) > 2000
    assert {"1010150000", "99011000", "5059690800"} <= set(codes)


def test_a_later_mark_brings_only_the_codes_that_were_added_since(shop: Shop) -> None:
    classes = {row["cdCls"]: row for row in shop.look_up("code_lists", "20240101000000")["data"]["clsList"]}
    assert {row["cd"] for row in classes["32"]["dtlList"]} == {"07", "08", "09", "10", "11", "12", "13"}
    assert {row["cd"] for row in classes["17"]["dtlList"]} == {"BX"}
    assert shop.look_up("code_lists", "20260101000000")["resultCd"] == "001"


def test_a_rate_that_changes_is_told_to_those_who_ask_again(shop: Shop, kra: SimulatorProcess) -> None:
    mark = shop.look_up("code_lists")["resultDt"]
    assert shop.look_up("code_lists", mark)["resultCd"] == "001"
    kra.control.options(rates={"B": 14})
    (changed,) = shop.look_up("code_lists", mark)["data"]["clsList"]
    assert [(row["cd"], row["userDfnCd1"]) for row in changed["dtlList"]] == [("B", "14")]


@pytest.mark.parametrize("given", ["2018", "20181301000000", "yesterday", 20180101000000])
def test_a_malformed_mark_is_refused(any_shop: Shop, given: object) -> None:
    answer = any_shop.answer("notices", {"lastReqDt": given})
    assert answer["resultCd"] == ("910" if any_shop.door == "oscu" else "E31")


def test_a_missing_mark_names_the_field(any_shop: Shop) -> None:
    answer = any_shop.answer("notices", {})
    assert (answer["resultCd"], answer["resultMsg"]) == ("910", "Request parameter error[lastReqDt : may not be empty]")


def test_a_limit_on_the_age_of_marks_can_be_switched_on(shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.options(look_back_days=7)
    assert "cannot be older than 7 days" in shop.look_up("notices")["resultMsg"]


def test_any_well_formed_pin_has_a_steady_name(any_shop: Shop) -> None:
    first, again = (any_shop.answer("taxpayer", {"custmTin": "P051234567Q"})["data"]["custList"] for _ in range(2))
    assert first == again
    assert first[0]["taxprNm"].endswith(" LTD") and first[0]["taxprSttsCd"] == "A"


def test_pins_that_end_in_0z_are_unknown_and_in_0d_inactive(any_shop: Shop) -> None:
    assert any_shop.answer("taxpayer", {"custmTin": "P051234560Z"})["resultCd"] == "001"
    inactive = any_shop.answer("taxpayer", {"custmTin": "A051234560D"})["data"]["custList"][0]
    assert inactive["taxprSttsCd"] == "D"


def test_a_pin_of_another_length_is_refused(any_shop: Shop) -> None:
    assert any_shop.answer("taxpayer", {"custmTin": "P05"})["resultCd"] == "910"
    assert any_shop.answer("taxpayer", {})["resultMsg"] == "Request parameter error[custmTin : may not be empty]"


@pytest.mark.parametrize(("tin", "registered"), [("P000000001X", "1"), ("P000000010N", "2")])
def test_whether_a_taxpayer_is_registered_for_vat_is_told_at_both_doors(kra: SimulatorProcess, tin: str, registered: str) -> None:
    with Shop(kra.url, "vscu", tin, "00") as vscu, Shop(kra.url, "oscu", tin, "01") as oscu:
        assert vscu.installs()["data"]["info"]["vatTyCd"] == registered
        oscu.installs()
        assert oscu.answer("own_taxpayer")["data"]["info"]["vatTyCd"] == registered


def test_branches_with_a_device_are_listed_with_the_head_office(shop: Shop, kra: SimulatorProcess) -> None:
    with Shop(kra.url, "oscu", branch="02") as other:
        other.installs()
    branches = shop.look_up("branches")["data"]["bhfList"]
    assert [(row["bhfId"], row["hqYn"]) for row in branches] == [("00", "Y"), ("02", "N")]


def test_a_new_notice_is_the_only_one_after_the_last_mark(any_shop: Shop, kra: SimulatorProcess) -> None:
    mark = any_shop.look_up("notices")["resultDt"]
    kra.control.notice("Maintenance", "Tonight from ten.")
    (notice,) = any_shop.look_up("notices", mark)["data"]["noticeList"]
    assert (notice["title"], notice["cont"]) == ("Maintenance", "Tonight from ten.")
    assert notice["dtlUrl"].endswith(f"noticeNo={notice['noticeNo']}")


def test_a_row_saved_in_the_second_of_a_look_up_is_not_lost_for_the_next_one(any_shop: Shop) -> None:
    seen: list[str] = []
    since = "20180101000000"
    for _ in range(5):
        any_shop.registers()
        answer = any_shop.look_up("items", since)
        seen += [row["itemCd"] for row in answer["data"]["itemList"]]
        since = answer["resultDt"]
    assert seen == [f"KE2NTNO000000{number}" for number in range(1, 6)]
