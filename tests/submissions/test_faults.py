"""What each misbehaviour of KRA comes to on both transports: the table of `RELIABILITY.md` §5 over real HTTP."""

from __future__ import annotations

import pytest

from portal.kra.operations import Transport
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till

# KRA did not store it: one more try signs it.
NOT_STORED = [
    "timeout_before", "http_before:503", "http:504", "http:302", "http:500", "reset_before", "html", "empty", "code:894",
    "code:896", "code:999", "code:20", "code:777", "broken_json_before", "http:429", "code:990", "code:921",
]  # fmt: skip
# KRA stored it and its answer was lost in silence.
LOST_IN_SILENCE = ["timeout_after", "http_after:504", "reset_after", "broken_json", "code_after:894", "trickle:3000", "huge"]
# KRA stored it and answered something else than its receipt.
LOST_IN_WORDS = ["wrong_echo", "no_signature", "code_after:999", "code_after:899", "code_after:994"]
SIGNED = ["slow:50", "trickle:60", "duplicate_reply", "sequence_jump"]


@pytest.mark.parametrize("fault", NOT_STORED)
def test_what_kra_did_not_store_is_signed_by_a_later_try_under_the_same_number(till: Till, fault: str) -> None:
    till.goes_wrong(fault)
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    assert [till.state(sale), till.state(next_sale)] == ["unknown", "queued"]
    till.settles(sale, next_sale)
    assert [till.state(sale), till.state(next_sale)] == ["accepted", "accepted"]
    assert till.signed_numbers() == [1, 2]
    assert [signed["totAmt"] for signed in till.ledger()] == [116, 58]


@pytest.mark.parametrize("fault", LOST_IN_SILENCE)
def test_on_a_vscu_a_sale_whose_receipt_was_lost_in_silence_is_spent_and_the_lane_goes_on(vscu: Till, fault: str) -> None:
    vscu.goes_wrong(fault)
    sale, next_sale = vscu.sells("116.00"), vscu.sells("58.00")
    vscu.settles(sale, next_sale)
    assert (vscu.state(sale), vscu.row(sale).held_reason) == ("held", "spent")
    assert vscu.state(next_sale) == "accepted"
    assert vscu.signed_numbers() == [1, 2]
    assert vscu.device().status == "ready"


@pytest.mark.parametrize("fault", LOST_IN_WORDS)
def test_on_a_vscu_without_silence_the_unit_s_no_proves_nothing_and_the_lane_stops(vscu: Till, fault: str) -> None:
    vscu.goes_wrong(fault)
    sale, next_sale = vscu.sells(), vscu.sells()
    vscu.settles(sale)
    assert (vscu.state(sale), vscu.row(sale).held_reason) == ("held", "cannot_tell")
    assert vscu.device().status == "lane_held"
    vscu.passes(10_000)
    vscu.pumps()
    assert vscu.state(next_sale) == "queued"
    assert vscu.signed_numbers() == [1]


@pytest.mark.parametrize("fault", [*LOST_IN_SILENCE, *LOST_IN_WORDS])
def test_on_an_oscu_a_lost_receipt_is_looked_up_and_nothing_is_sent_again(oscu: Till, fault: str) -> None:
    oscu.goes_wrong(fault)
    sale, next_sale = oscu.sells("116.00"), oscu.sells("58.00")
    oscu.settles(sale, next_sale)
    row, (signed, _) = oscu.row(sale), oscu.ledger()
    assert (row.state, row.signature, row.sequence_no) == ("accepted", signed["rcptSign"], 1)
    assert oscu.attempts(sale) == ["send", "look_up"]
    assert oscu.kra.control.received("save_sale") == 2


@pytest.mark.parametrize("fault", SIGNED)
def test_an_answer_that_is_only_slow_or_odd_is_taken(till: Till, fault: str) -> None:
    till.goes_wrong(fault)
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    assert [till.state(sale), till.state(next_sale)] == ["accepted", "accepted"]
    assert [till.row(each).signature for each in (sale, next_sale)] == [signed["rcptSign"] for signed in till.ledger()]
    assert till.kra.control.received("save_sale") == 2


@pytest.mark.parametrize("transport", list(Transport))
def test_a_sale_that_kra_stores_late_is_signed_once(open_a_till: OpenTill, transport: Transport) -> None:
    till = open_a_till(transport)
    till.goes_wrong("late_commit:500")
    sale = till.sells()
    till.pumps()
    assert till.state(sale) == "unknown"
    till.kra_has(1)
    till.settles(sale)
    assert (till.state(sale), till.row(sale).held_reason) in (("accepted", None), ("held", "spent"))
    assert (till.state(sale) == "accepted") == (transport is Transport.OSCU)
    assert till.signed_numbers() == [1]


@pytest.mark.parametrize("code", ["910", "913", "893", "900", "13"])
def test_a_definite_no_hands_the_number_back_and_the_next_sale_takes_it(till: Till, code: str) -> None:
    till.goes_wrong(f"code:{code}", message="Request parameter error[custNm : may not be empty]")
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    row = till.row(sale)
    assert (row.state, row.sequence_no, row.body, row.problem_code) == ("refused", None, None, code)
    assert row.problem_message is not None and "custNm" in row.problem_message
    assert (till.state(next_sale), till.row(next_sale).sequence_no) == ("accepted", 1)
    assert [signed["totAmt"] for signed in till.ledger()] == [58]


@pytest.mark.parametrize("code", ["901", "E11", "892", "E04"])
def test_a_unit_that_cannot_work_keeps_the_sale_and_stops(till: Till, code: str) -> None:
    till.goes_wrong(f"code:{code}")
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("queued", 1)
    assert till.device().status == "blocked"
    till.passes(10_000)
    assert till.pumps() == 0
    till.owner_says_the_unit_is_repaired()
    till.settles(sale, next_sale)
    assert till.signed_numbers() == [1, 2]
    assert till.device().status == "ready"


def test_what_never_left_waits_in_its_turn_with_its_number(till: Till) -> None:
    till.kra.control.down("refuse")
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("queued", 1)
    assert (till.state(next_sale), till.row(next_sale).sequence_no) == ("queued", None)
    till.kra.control.up()
    till.settles(sale, next_sale)
    assert till.signed_numbers() == [1, 2]
    assert till.row(sale).unknown_since is None


def test_a_kra_that_asks_for_patience_is_given_it(till: Till) -> None:
    till.goes_wrong("http:429")
    sale = till.sells()
    till.pumps()
    assert till.state(sale) == "unknown"
    assert till.evidence(sale)[0].outcome == "throttled"


def test_a_receipt_counter_that_skips_one_is_kept_as_it_came(till: Till) -> None:
    till.sells()
    till.pumps()
    till.goes_wrong("sequence_jump")
    sale = till.sells()
    till.pumps()
    assert (till.row(sale).sequence_no, till.row(sale).receipt_no) == (2, 3)
