"""KRA's numbers: without gaps, handed back on a definite refusal only, taken up once an hour, never given out twice."""

from __future__ import annotations

import pytest

from portal.fiscal.bands import Band
from portal.kra.operations import Transport
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till


def test_a_refused_sale_leaves_no_gap(till: Till) -> None:
    first = till.sells()
    till.pumps()
    till.goes_wrong("code:910")
    refused, third = till.sells(), till.sells()
    till.pumps()
    assert [till.state(each) for each in (first, refused, third)] == ["accepted", "refused", "accepted"]
    assert till.signed_numbers() == [1, 2]
    assert till.counter() == 2


def test_kra_expecting_another_number_is_followed_once_and_the_jump_is_written_down(till: Till) -> None:
    till.another_program_sells(1, 2, 3)
    till.kra_expects(4)
    sale, next_sale = till.sells(), till.sells()
    till.pumps()
    assert [till.row(each).sequence_no for each in (sale, next_sale)] == [4, 5]
    assert till.jumps() == [(1, 4)]
    assert till.device().status == "ready"


def test_a_second_jump_within_the_hour_stops_the_unit_and_keeps_no_number(till: Till) -> None:
    sale = till.meets_another_program_twice()
    assert (till.state(sale), till.row(sale).sequence_no) == ("queued", None)
    assert till.device().status == "blocked"
    assert till.jumps() == [(1, 2)]
    assert till.counter() == 2


def test_the_repair_goes_on_with_the_number_kra_named(till: Till) -> None:
    sale = till.meets_another_program_twice()
    till.owner_says_the_unit_is_repaired()
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("accepted", 4)
    assert till.jumps() == [(1, 2), (3, 4)]


def test_an_hour_later_a_jump_is_followed_again(till: Till) -> None:
    sale = till.meets_another_program_twice(seconds_between=3601)
    assert till.row(sale).sequence_no == 4
    assert till.jumps() == [(1, 2), (3, 4)]


def test_a_number_that_one_of_our_rows_holds_stops_the_unit(till: Till) -> None:
    """KRA has forgotten what it signed, or another unit answers for it."""
    till.sells()
    till.sells()
    till.pumps()
    sale = till.sells()
    till.kra_expects(2)
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no, till.device().status) == ("queued", None, "blocked")
    assert till.jumps() == []


def test_after_silence_a_refusal_that_expects_the_next_number_means_that_kra_has_it(vscu: Till) -> None:
    vscu.goes_wrong("timeout_after")
    sale = vscu.sells()
    vscu.pumps()
    vscu.quarantine_passes()
    vscu.kra_expects(2)
    vscu.pumps()
    assert (vscu.state(sale), vscu.row(sale).held_reason) == ("held", "spent")
    assert vscu.jumps() == []


@pytest.mark.parametrize("answer", ["code:910", "code:913"])
def test_any_other_no_to_a_repeat_stops_the_lane(vscu: Till, answer: str) -> None:
    vscu.goes_wrong("timeout_before")
    sale = vscu.sells()
    vscu.pumps()
    vscu.quarantine_passes()
    vscu.goes_wrong(answer)
    vscu.pumps()
    assert (vscu.state(sale), vscu.row(sale).held_reason, vscu.row(sale).sequence_no) == ("held", "cannot_tell", 1)
    assert vscu.device().status == "lane_held"


def test_on_an_oscu_the_same_no_three_times_each_proved_absent_is_a_refusal(oscu: Till) -> None:
    oscu.goes_wrong("code:999", times=3)
    sale, next_sale = oscu.sells("116.00"), oscu.sells("58.00")
    oscu.settles(sale, next_sale)
    row = oscu.row(sale)
    assert (row.state, row.sequence_no, row.problem_code) == ("refused", None, "999")
    assert oscu.attempts(sale) == ["send", "look_up", "look_up"] * 3
    assert [signed["totAmt"] for signed in oscu.ledger()] == [58]


def test_on_an_oscu_a_duplicate_that_is_never_found_is_for_a_person_and_never_a_no(oscu: Till) -> None:
    oscu.goes_wrong("code:994", times=3)
    sale = oscu.sells()
    oscu.settles(sale)
    assert (oscu.state(sale), oscu.row(sale).held_reason, oscu.row(sale).sequence_no) == ("held", "cannot_tell", 1)


def test_an_oscu_is_asked_twice_a_quarantine_apart_before_it_is_told_again(oscu: Till) -> None:
    oscu.goes_wrong("timeout_before")
    sale = oscu.sells()
    oscu.pumps()
    for acts in (["send", "look_up"], ["send", "look_up", "look_up", "send"]):
        oscu.quarantine_passes()
        oscu.pumps()
        assert oscu.attempts(sale) == acts
    assert oscu.state(sale) == "accepted"


def test_asking_again_sooner_proves_nothing(oscu: Till) -> None:
    oscu.goes_wrong("timeout_before")
    sale = oscu.sells()
    oscu.pumps()
    for _ in range(5):
        oscu.somebody_checks_again(sale)
        oscu.pumps()
    assert oscu.state(sale) == "unknown"
    assert oscu.attempts(sale) == ["send"] + ["look_up"] * 5
    oscu.settles(sale)
    assert oscu.signed_numbers() == [1]


def test_asking_again_sooner_finds_what_is_there(oscu: Till) -> None:
    oscu.goes_wrong("timeout_after")
    sale = oscu.sells()
    oscu.pumps()
    oscu.somebody_checks_again(sale)
    oscu.pumps()
    assert oscu.state(sale) == "accepted"


def test_a_vscu_is_not_told_again_before_the_quarantine_is_over(vscu: Till) -> None:
    vscu.goes_wrong("timeout_before")
    sale = vscu.sells()
    vscu.pumps()
    vscu.somebody_checks_again(sale)
    vscu.pumps()
    assert vscu.attempts(sale) == ["send"]
    vscu.quarantine_passes()
    vscu.pumps()
    assert vscu.state(sale) == "accepted"


def test_checking_again_does_not_take_a_lease_from_the_one_who_asks(vscu: Till) -> None:
    vscu.goes_wrong("timeout_before")
    sale = vscu.sells()
    vscu.pumps()
    vscu.quarantine_passes()
    vscu.claims()
    vscu.somebody_checks_again(sale)
    assert vscu.pumps() == 0


def test_another_document_under_our_number_stops_the_unit_and_ours_gets_a_new_number(oscu: Till) -> None:
    oscu.goes_wrong("timeout_before")
    sale = oscu.sells("116.00")
    oscu.pumps()
    oscu.another_program_sells(1)
    oscu.settles(sale)
    assert (oscu.state(sale), oscu.row(sale).held_reason, oscu.device().status) == ("held", "device", "blocked")
    oscu.owner_says_the_unit_is_repaired()
    oscu.settles(sale)
    assert (oscu.state(sale), oscu.row(sale).sequence_no) == ("accepted", 2)
    assert oscu.jumps() == [(1, 2)]


def test_the_rate_of_an_unused_band_e_is_taken_from_kra_once(till: Till) -> None:
    till.kra.control.options(tax_rate_e=8)
    sale = till.sells("116.00")
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("accepted", 1)
    assert till.kra.control.received("save_sale") == 2


def test_a_kra_that_goes_on_about_the_rate_is_believed_to_refuse(till: Till) -> None:
    till.goes_wrong("code:910", times=5, message="Rule taxRtE failed: Tax rate mismatch. Expected: 8.00, Found: 0")
    sale, next_sale = till.sells("116.00"), till.sells("58.00")
    till.pumps()
    assert (till.state(sale), till.row(sale).sequence_no) == ("refused", None)
    assert till.kra.control.received("save_sale") == 4
    assert till.state(next_sale) == "refused"


def test_the_rate_of_a_priced_line_is_never_changed(open_a_till: OpenTill) -> None:
    till = open_a_till(Transport.VSCU)
    till.goes_wrong("code:910", message="Rule taxRtE failed: Tax rate mismatch. Expected: 0.00, Found: 8")
    sale = till.sells("108.00", band=Band.E)
    till.pumps()
    assert till.state(sale) == "refused"
    assert till.kra.control.received("save_sale") == 1
