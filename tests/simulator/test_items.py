"""Items: the code by KRA's rule, its sequence, the packaging list of 52 (PROTOCOL §6.6, §7.2)."""

import pytest

from tests.simulator.shop import Shop, example
from tests.support.simulator import SimulatorProcess


def refusal(shop: Shop, **changes: object) -> str:
    answer = shop.answer("save_item", example("save_item", **changes))
    assert answer["resultCd"] in ("910", "913")
    return str(answer["resultMsg"])


def test_item_numbers_run_without_gaps_over_the_pin(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.registers()
    with Shop(kra.url, any_shop.door, branch="01") as branch:
        branch.installs()
        expected = "Invalid itemCd Sequence. Expected sequence ending with: ********2"
        assert refusal(branch, itemCd="KE2NTNO0000003") == expected
        branch.must("save_item", example("save_item", itemCd="KE2NTNO0000002"))


def test_a_refused_item_takes_no_number(any_shop: Shop) -> None:
    refusal(any_shop, taxTyCd="F")
    any_shop.must("save_item", example("save_item"))


def test_saving_an_item_again_changes_it(any_shop: Shop) -> None:
    any_shop.registers()
    any_shop.must("save_item", example("save_item", itemNm="Better goods", taxTyCd="A", dftPrc=250))
    (item,) = any_shop.look_up("items")["data"]["itemList"]
    assert (item["itemNm"], item["taxTyCd"], item["dftPrc"]) == ("Better goods", "A", 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"itemCd": "KE2NTKG0000001"}, "Incorrect QtyUnitCd Prefix"),
        ({"itemCd": "KE2CTNO0000001"}, "Incorrect Packaging Unit Prefix"),
        ({"itemCd": "KE2NTU0000001", "qtyUnitCd": "U"}, "Incorrect QtyUnitCd Prefix"),
        ({"itemCd": "UG2NTNO0000001"}, "Incorrect Country of Origin Prefix"),
        ({"itemCd": "KE3NTNO0000001"}, "You cannot create an service using an item"),
        ({"itemCd": "KE2NTNO00000001"}, "Incorrect QtyUnitCd Prefix"),
        ({"orgnNatCd": "XX"}, "Code value error among request parameters [<orgnNatCd>]"),
        ({"qtyUnitCd": "ZZ"}, "Code value error among request parameters [<qtyUnitCd>]"),
        ({"taxTyCd": "F"}, "Code value error among request parameters [<taxTyCd>]"),
        ({"itemTyCd": "4"}, "Code value error among request parameters [<itemTyCd>]"),
        ({"itemClsCd": "0012345678"}, "Code value error among request parameters [<itemClsCd>]"),
        ({"modrId": ""}, "Request parameter error[modrId : may not be empty]"),
        ({"modrNm": None}, "Request parameter error[modrNm : may not be empty]"),
        ({"addInfo": "12345678"}, "Request parameter error[addInfo : size must be between 0 and 7]"),
        ({"bcd": ""}, "Request parameter error[bcd : may not be empty]"),
        ({"dftPrc": "cheap"}, "Request parameter error[dftPrc : must be a number]"),
        ({"dftPrc": -1}, "Request parameter error[dftPrc : must not be negative]"),
    ],
)
def test_an_item_that_breaks_a_rule_is_refused_with_kras_words(shop: Shop, changes: dict[str, object], message: str) -> None:
    assert refusal(shop, **changes) == message


def test_only_52_packaging_units_are_accepted(any_shop: Shop) -> None:
    message = refusal(any_shop, pkgUnitCd="BX", itemCd="KE2BXNO0000001")
    assert message.startswith("The Package unit code can ony be among the following list")
    assert message.count("'") == 2 * 52 and "'BX'" not in message


@pytest.mark.parametrize("changes", [
    {"itemCd": "KE1NTXU0000001", "itemTyCd": "1", "qtyUnitCd": "U"},
    {"itemCd": "KR2AMXBLL0000001", "orgnNatCd": "KR", "pkgUnitCd": "AM", "qtyUnitCd": "BLL"},
    {"itemCd": "KE2NTBA0000001", "qtyUnitCd": "BA"},
    {"itemCd": "KE2CTNNO0000001", "pkgUnitCd": "CTN"},
])  # fmt: skip
def test_both_forms_of_the_item_code_are_accepted(any_shop: Shop, changes: dict[str, str]) -> None:
    any_shop.must("save_item", example("save_item", **changes))


@pytest.mark.parametrize("code", ["1000000000", "1010150000", "9901200000", "42294957"])
def test_classes_that_kra_accepted_in_2026_are_accepted(any_shop: Shop, code: str) -> None:
    any_shop.must("save_item", example("save_item", itemClsCd=code))


def test_on_oscu_a_refusal_comes_with_http_400_and_on_a_vscu_with_200(any_shop: Shop) -> None:
    response = any_shop.asks("save_item", example("save_item", taxTyCd="F"))
    assert response.status_code == (400 if any_shop.door == "oscu" else 200)


def test_a_component_must_have_recorded_stock(any_shop: Shop) -> None:
    any_shop.registers()
    component = any_shop.registers(type_="1")
    answer = any_shop.answer("save_composition", example("save_composition"))
    assert answer["resultMsg"] == "You dont have sufficient stock for this Transaction"
    any_shop.stocks(component)
    any_shop.must("save_composition", example("save_composition"))
