"""Who may speak for a device (PROTOCOL §2.2, §4)."""

from typing import Any

import pytest
import requests

from tests.simulator.shop import PATHS, Shop, example
from tests.support.simulator import SimulatorProcess

NOTICES = {"lastReqDt": "20180101000000"}
ME = {"tin": "P000000001X", "bhfId": "00"}


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> str:
    return str(requests.post(url, json=body, headers=headers, timeout=10).json()["resultCd"])


def test_a_second_initialisation_answers_902_and_no_keys(any_shop: Shop) -> None:
    answer = any_shop.installs()
    assert (answer["resultCd"], answer["data"]) == ("902", None)


def test_another_serial_for_an_installed_branch_is_no_valid_device(any_shop: Shop) -> None:
    assert any_shop.installs("ANOTHER-TILL")["resultCd"] == "901"


@pytest.mark.parametrize(
    ("tin", "branch"), [("P00000001X", "00"), ("p000000001x", "00"), ("P000000000Z", "00"), ("P000000001X", "1")]
)
def test_a_pin_or_branch_that_kra_does_not_know_cannot_be_initialised(kra: SimulatorProcess, tin: str, branch: str) -> None:
    with Shop(kra.url, "vscu", tin, branch) as shop:
        assert shop.installs()["resultCd"] == "901"


def test_a_device_that_is_not_installed_gets_901(kra: SimulatorProcess) -> None:
    with Shop(kra.url, "vscu") as shop:
        assert shop.look_up("notices")["resultCd"] == "901"


def test_a_request_without_identity_gets_900(shop: Shop) -> None:
    assert post(shop.url + PATHS["notices"][0], NOTICES) == "900"
    assert post(shop.url + PATHS["notices"][0], {**NOTICES, "tin": "P000000001X"}) == "900"


def test_identity_may_stand_in_headers_or_body_but_must_not_disagree(shop: Shop) -> None:
    url = shop.url + PATHS["notices"][0]
    assert post(url, NOTICES, ME) == "000"
    assert post(url, {**NOTICES, **ME}) == "000"
    assert post(url, {**NOTICES, **ME}, {"tin": "P000000002Y"}) == "901"


def test_oscu_needs_its_communication_key(oscu_shop: Shop) -> None:
    url = oscu_shop.url + PATHS["notices"][1]
    assert post(url, {**NOTICES, **ME}) == "900"
    assert post(url, {**NOTICES, **ME}, {"cmcKey": "wrong"}) == "901"
    assert post(url, {**NOTICES, **ME}, {"cmcKey": oscu_shop.key or ""}) == "000"


def test_a_vscu_cannot_use_the_oscu_door_nor_the_other_way_round(shop: Shop, kra: SimulatorProcess) -> None:
    assert post(kra.oscu_url + PATHS["notices"][1], {**NOTICES, **ME}) == "903"
    with Shop(kra.url, "oscu", "P000000002Y") as other:
        other.installs()
        assert post(kra.url + PATHS["notices"][0], {**NOTICES, "tin": "P000000002Y", "bhfId": "00"}) == "905"


def test_where_approval_is_needed_the_first_answer_is_901(kra: SimulatorProcess) -> None:
    kra.control.options(approval_needed=True)
    with Shop(kra.url, "vscu") as shop:
        assert shop.installs()["resultCd"] == "901"
        assert kra.control.devices()["waiting"] == [{**ME, "dvcSrlNo": "SHOP00TILL01", "transport": "vscu"}]
        assert kra.control.approve() == 1
        assert shop.installs()["resultCd"] == "000"
        assert kra.control.devices()["waiting"] == []


def test_a_serial_can_be_approved_beforehand(kra: SimulatorProcess) -> None:
    kra.control.options(approval_needed=True)
    kra.control.approve("P000000001X", "SHOP00TILL01")
    with Shop(kra.url, "oscu") as shop:
        assert shop.installs()["resultCd"] == "000"


def test_a_blocked_device_is_no_valid_device_until_it_is_unblocked(any_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.unit("block", "P000000001X")
    assert any_shop.look_up("notices")["resultCd"] == "901"
    kra.control.unit("unblock", "P000000001X")
    assert any_shop.look_up("notices")["resultCd"] == "000"


def test_a_device_that_replaces_a_retired_one_takes_its_numbering_up(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    first = shop.sells()["data"]
    kra.control.unit("retire", "P000000001X")
    assert shop.look_up("notices")["resultCd"] == "901"
    info = shop.installs("NEW-TILL")["data"]["info"]
    assert (info["lastInvcNo"], info["lastSaleInvcNo"], info["lastSaleRcptNo"]) == (1, 1, 0)
    assert info["sdcId"] != first["sdcId"]
    second = shop.sells()["data"]
    assert (second["rcptNo"], second["sdcId"]) == (1, info["sdcId"])


def test_a_unit_whose_memory_is_full_signs_nothing(shop: Shop, kra: SimulatorProcess) -> None:
    shop.opens()
    kra.control.unit("memory_full", "P000000001X")
    assert shop.sells()["resultCd"] == "E11"
    kra.control.unit("memory_free", "P000000001X")
    assert shop.sells()["resultCd"] == "000"


@pytest.mark.parametrize(("hours", "sale"), [(23, "000"), (24, "894")])
def test_a_vscu_away_from_kra_signs_for_24_hours_and_forwards_nothing(
    shop: Shop, kra: SimulatorProcess, hours: int, sale: str
) -> None:
    shop.opens()
    kra.control.unit("offline", "P000000001X", hours=hours)
    assert shop.look_up("notices")["resultCd"] == "894"
    assert shop.sells()["resultCd"] == sale
    kra.control.unit("online", "P000000001X")
    assert shop.look_up("notices")["resultCd"] == "000"


def test_all_vscus_can_be_away_from_kra_at_once_while_oscu_is_not(any_shop: Shop, kra: SimulatorProcess) -> None:
    any_shop.opens()
    kra.control.options(offline_hours=24)
    code = "000" if any_shop.door == "oscu" else "894"
    assert [any_shop.sells()["resultCd"], any_shop.look_up("notices")["resultCd"]] == [code, code]


def test_a_method_other_than_post_is_refused(any_shop: Shop) -> None:
    url = any_shop.url + PATHS["notices"][any_shop.door == "oscu"]
    code = requests.get(url, timeout=10).json()["resultCd"]
    assert code == ("912" if any_shop.door == "oscu" else "895")


@pytest.mark.parametrize(
    ("raw", "codes"),
    [(b"", ("911", "911")), (b'{"tin":', ("893", "910")), (b"[]", ("893", "910")), (b'{"a":NaN}', ("893", "910"))],
)
def test_a_body_that_is_missing_or_no_json_object_is_refused(any_shop: Shop, raw: bytes, codes: tuple[str, str]) -> None:
    url = any_shop.url + PATHS["notices"][any_shop.door == "oscu"]
    assert requests.post(url, data=raw, timeout=10).json()["resultCd"] == codes[any_shop.door == "oscu"]


def test_the_serial_is_needed(kra: SimulatorProcess) -> None:
    body = example("initialise", dvcSrlNo=None)
    answer = requests.post(kra.url + PATHS["initialise"][0], json=body, timeout=10).json()
    assert answer["resultMsg"] == "Request parameter error[dvcSrlNo : may not be empty]"
