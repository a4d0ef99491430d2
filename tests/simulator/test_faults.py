"""Misbehaviour on demand: what the client sees, and whether KRA stored it (RESULT_CODES §5)."""

import contextlib
from typing import Any

import pytest
import requests

from tests.simulator.shop import Shop
from tests.support.simulator import SimulatorProcess

CODES = ["000", "001", "894", "899", "900", "901", "902", "910", "913", "921", "922", "990", "994", "999", "E11"]


@pytest.fixture
def open_shop(any_shop: Shop) -> Shop:
    """A shop with something to sell."""
    any_shop.opens()
    return any_shop


@pytest.mark.parametrize("code", CODES)
def test_any_code_can_be_answered_once_and_stores_nothing(shop: Shop, kra: SimulatorProcess, code: str) -> None:
    shop.opens()
    kra.control.next(f"code:{code}", "save_sale")
    answer = shop.sells(shop.sale())
    assert (answer["resultCd"], answer["data"]) == (code, None)
    assert kra.control.ledger() == []
    assert shop.answer("save_sale", {**shop.sale(), "invcNo": 1})["resultCd"] == "000"


def test_a_code_can_come_with_words_and_after_storing(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("code_after:899", "save_sale", message="Passing fault")
    assert open_shop.answer("save_sale", open_shop.sale())["resultMsg"] == "Passing fault"
    assert len(kra.control.ledger()) == 1


@pytest.mark.parametrize(("fault", "stored"), [("timeout", 0), ("timeout_before", 0), ("timeout_after", 1)])
def test_a_time_out_before_and_after_storing(open_shop: Shop, kra: SimulatorProcess, fault: str, stored: int) -> None:
    kra.control.next(fault, "save_sale")
    with pytest.raises(requests.ReadTimeout):
        open_shop.asks("save_sale", open_shop.sale(), timeout=0.3)
    assert len(kra.control.ledger()) == stored


@pytest.mark.parametrize(("fault", "stored"), [("reset", 0), ("reset_before", 0), ("reset_after", 1)])
def test_a_reset_before_and_after_storing(open_shop: Shop, kra: SimulatorProcess, fault: str, stored: int) -> None:
    kra.control.next(fault, "save_sale")
    with pytest.raises(requests.ConnectionError):
        open_shop.asks("save_sale", open_shop.sale())
    assert len(kra.control.ledger()) == stored


@pytest.mark.parametrize(("fault", "status", "stored"), [
    ("http:503", 503, 0), ("http:504", 504, 0), ("http_after:504", 504, 1), ("http:429", 429, 0), ("http:302", 302, 0),
    ("http_after:500", 500, 1),
])  # fmt: skip
def test_an_http_error_before_and_after_storing(
    open_shop: Shop, kra: SimulatorProcess, fault: str, status: int, stored: int
) -> None:
    kra.control.next(fault, "save_sale")
    response = open_shop.asks("save_sale", open_shop.sale(), allow_redirects=False)
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    assert ("Location" in response.headers) == (status == 302)
    assert len(kra.control.ledger()) == stored


@pytest.mark.parametrize(("fault", "stored"), [
    ("broken_json", 1), ("broken_json_before", 0), ("html", 0), ("html_after", 1), ("empty", 0), ("empty_after", 1),
])  # fmt: skip
def test_an_answer_that_is_no_json(open_shop: Shop, kra: SimulatorProcess, fault: str, stored: int) -> None:
    kra.control.next(fault, "save_sale")
    response = open_shop.asks("save_sale", open_shop.sale())
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert len(kra.control.ledger()) == stored


def test_a_slow_answer_is_right_but_late(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("slow:300", "save_sale", times=2)
    with pytest.raises(requests.ReadTimeout):
        open_shop.asks("save_sale", open_shop.sale(), timeout=0.1)
    assert len(kra.control.ledger()) == 1
    assert open_shop.asks("save_sale", open_shop.sale()).elapsed.total_seconds() > 0.3


def test_a_trickled_answer_outlives_a_time_out_per_read(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("trickle:600", "save_sale")
    response = open_shop.asks("save_sale", open_shop.sale(), timeout=0.3, stream=True)
    assert response.json()["resultCd"] == "000"


def test_a_late_commit_stores_after_the_client_gave_up(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("late_commit:400", "save_sale")
    body = open_shop.sale()
    with pytest.raises(requests.ReadTimeout):
        open_shop.asks("save_sale", body, timeout=0.1)
    assert kra.control.ledger() == []
    kra.control.next("slow_before:900", "notices")
    open_shop.look_up("notices")
    assert len(kra.control.ledger()) == 1
    assert open_shop.answer("save_sale", body)["resultCd"] in ("899", "994")


def test_a_duplicate_reply_leaves_a_second_answer_on_the_connection(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("duplicate_reply", "save_sale")
    assert open_shop.sells()["resultCd"] == "000"
    assert open_shop.look_up("branches")["data"]["bhfList"]
    assert len(kra.control.ledger()) == 1


def test_a_wrong_echo_and_a_missing_signature(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("wrong_echo", "save_sale")
    assert open_shop.sells()["data"]["invcNo"] == 999_999_999
    kra.control.next("no_signature", "save_sale")
    answer = open_shop.sells()
    assert (answer["resultCd"], answer["data"]["rcptSign"]) == ("000", "")


def test_a_sequence_jump_skips_a_receipt_number(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("sequence_jump", "save_sale")
    assert [open_shop.sells()["data"]["totRcptNo"] for _ in range(2)] == [2, 3]


def test_a_huge_answer(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("huge", "notices")
    response = open_shop.asks("notices", {"lastReqDt": "20180101000000"})
    assert len(response.content) > 20_000_000 and response.json()["resultCd"] == "000"


def test_faults_are_played_as_often_as_asked_on_the_operation_asked(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("code:894", "notices", times=2, skip=1)
    codes = [open_shop.look_up("notices")["resultCd"] for _ in range(4)]
    assert codes == ["000", "894", "894", "000"]
    assert open_shop.look_up("branches")["resultCd"] == "000"
    assert [fault["played"] for fault in kra.control.faults()] == [2]


def test_a_fault_can_be_meant_for_one_device_or_one_kind_of_request(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("code:894", device={"tin": "P000000002Y"}, times=None)
    kra.control.next("code:991", "save_sale", where={"rcptTyCd": "R"}, times=None)
    assert open_shop.sells()["resultCd"] == "000"
    assert open_shop.sells(open_shop.credit_note(1))["resultCd"] == "991"
    with Shop(kra.url, open_shop.door, "P000000002Y") as other:
        assert other.installs()["resultCd"] == "894"


def test_a_fault_can_strike_by_chance_and_repeatably(shop: Shop, kra: SimulatorProcess) -> None:
    def run() -> list[str]:
        kra.control.heal()
        kra.control.next("code:894", "notices", probability=0.5, seed=7)
        return [shop.look_up("notices")["resultCd"] for _ in range(30)]

    first = run()
    assert first == run()
    assert set(first) == {"000", "894"}


def test_healing_ends_all_faults(open_shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.next("code:894", times=None)
    kra.control.down("http")
    kra.control.heal()
    assert open_shop.look_up("notices")["resultCd"] == "000"


@pytest.mark.parametrize("wanted", [
    {"fault": "gremlins"}, {"fault": "code"}, {"fault": "http:slow"}, {"fault": "timeout:5"},
    {"fault": "reset", "operation": "save_sales"}, {"fault": "reset", "often": 3},
])  # fmt: skip
def test_a_fault_that_does_not_exist_is_told_at_once(kra: SimulatorProcess, wanted: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        kra.control.next(wanted.pop("fault"), **wanted)


@pytest.mark.parametrize("how", ["reset", "http", "hang", "refuse"])
def test_kra_can_be_down_and_comes_back_on_the_same_port(open_shop: Shop, kra: SimulatorProcess, how: str) -> None:
    kra.control.down(how)
    with contextlib.suppress(requests.ConnectionError, requests.ReadTimeout):
        assert open_shop.asks("save_sale", open_shop.sale(), timeout=0.2).status_code == 503
    assert kra.control.ledger() == []
    kra.control.up()
    assert open_shop.sells()["resultCd"] == "000"


def test_a_refused_connection_reaches_nobody(shop: Shop, kra: SimulatorProcess) -> None:
    kra.control.down("refuse")
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.post(shop.url, json={}, timeout=5)
    kra.control.up()


def test_requests_are_counted_also_when_they_were_swallowed(open_shop: Shop, kra: SimulatorProcess) -> None:
    body = open_shop.sale()
    kra.control.next("http_after:503", "save_sale")
    for _ in range(2):
        open_shop.asks("save_sale", body)
    assert kra.control.received("save_sale") == 2
    first, second = [entry for entry in kra.control.requests()["log"] if entry["operation"] == "save_sale"]
    assert first["sha256"] == second["sha256"]
    assert (first["fault"], first["code"], first["invcNo"]) == ("http:503", "000", 1)
    assert second["code"] in ("899", "994") and "fault" not in second
