"""Lanes: in order, one at a time, many side by side; what waits is passed, and what waits in vain is refused (rule 15)."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import UUID

from portal.kra.operations import Transport
from portal.submissions import services
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till


def send_again(till: Till, submission_id: UUID) -> None:
    with till.inside():
        services.send_again(till.owner(), submission_id)


def test_a_sale_waits_for_its_item_and_others_pass_it(till: Till) -> None:
    till.goes_wrong("timeout_before", "save_item")
    item = till.adds_item()
    waiting = till.sells("10.00", waits_for=[item])
    till.pumps()
    assert (till.state(item), till.state(waiting)) == ("unknown", "queued")
    till.settles(item, waiting)
    assert till.state(waiting) == "accepted"


def test_what_waits_for_another_lane_is_passed_by_the_rest_of_its_own(open_a_till: OpenTill) -> None:
    head_office, branch = open_a_till(), open_a_till()
    far = head_office.sells()
    head_office.cleaner.connection.execute(
        "UPDATE submission SET tenant_id = %s WHERE id = %s", [branch.business.tenant_id, far]
    )
    waiting, free = branch.sells("10.00", waits_for=[far]), branch.sells("20.00")
    branch.pumps()
    assert (branch.state(waiting), branch.state(free)) == ("queued", "accepted")
    assert branch.row(free).sequence_no == 1


def test_what_waits_in_vain_is_refused_with_the_reason_and_no_number_is_used(till: Till) -> None:
    till.goes_wrong("code:910", "save_item", message="Request parameter error[itemNm : may not be empty]")
    item = till.adds_item()
    sale = till.sells(waits_for=[item])
    stock = till.sells(waits_for=[sale])
    till.pumps()
    assert [till.state(each) for each in (item, sale, stock)] == ["refused", "refused", "refused"]
    assert "itemNm" in (till.row(stock).problem_message or "")
    assert till.counter() == 0
    assert till.attempts(sale) == []


def test_sending_the_cause_again_brings_back_what_was_refused_only_with_it(till: Till) -> None:
    till.goes_wrong("code:910", "save_item")
    item = till.adds_item()
    sale = till.sells(waits_for=[item])
    follows = till.sells(waits_for=[sale])
    till.pumps()
    send_again(till, item)
    assert [till.state(each) for each in (item, sale, follows)] == ["queued", "queued", "queued"]
    till.pumps()
    assert [till.state(each) for each in (item, sale, follows)] == ["accepted", "accepted", "accepted"]


def test_a_sale_that_is_sent_again_takes_its_old_place(till: Till) -> None:
    till.goes_wrong("code:910")
    refused = till.sells("10.00")
    till.pumps()
    later = till.sells("20.00")
    send_again(till, refused)
    till.pumps()
    assert [till.row(each).sequence_no for each in (refused, later)] == [1, 2]


def test_sixteen_lanes_run_side_by_side_and_each_in_order(open_a_till: OpenTill) -> None:
    tills = [open_a_till() for _ in range(16)]
    sales = [[till.sells(f"{amount}.00") for amount in (10, 20, 30)] for till in tills]
    kra = tills[0].kra.control
    kra.next("slow_before:400", "save_sale", times=None)
    tills[0].pumps(threads=16)
    for till, own in zip(tills, sales, strict=True):
        assert [(till.state(sale), till.row(sale).problem_message) for sale in own] == [("accepted", None)] * 3
        assert [signed["totAmt"] for signed in till.ledger()] == [10, 20, 30]
    assert kra.requests()["most_at_once"] >= 8


def test_two_pumps_at_one_lane_sign_each_sale_once_and_in_order(till: Till) -> None:
    sales = [till.sells(f"{amount}.00") for amount in range(1, 11)]
    begin = Barrier(3)

    def pump() -> None:
        begin.wait()
        till.pumps()

    pumps = [Thread(target=pump) for _ in range(3)]
    for each in pumps:
        each.start()
    for each in pumps:
        each.join()
    till.pumps()
    assert {till.state(sale) for sale in sales} == {"accepted"}
    assert [signed["totAmt"] for signed in till.ledger()] == list(range(1, 11))
    assert till.kra.control.received("save_sale") == 10


def test_kinds_without_a_number_are_told_again_until_kra_answers(till: Till) -> None:
    item = till.adds_item()
    till.pumps()
    till.goes_wrong("timeout_after", "save_item")
    change = till.tells("item_change", till.row(item).subject_id)
    till.settles(change)
    assert (till.state(change), till.row(change).sequence_no) == ("accepted", None)
    assert till.attempts(change) == ["send", "repeat"]


def test_an_upsert_that_kra_never_takes_is_refused_and_stops_no_lane(till: Till) -> None:
    item = till.adds_item()
    till.pumps()
    till.goes_wrong("code:999", "save_item", times=3)
    change, sale = till.tells("item_change", till.row(item).subject_id), till.sells()
    till.settles(change, sale)
    assert (till.state(change), till.state(sale)) == ("refused", "accepted")


def test_a_numbered_kind_without_a_receipt_is_accepted_when_kra_has_it_already(vscu: Till) -> None:
    vscu.goes_wrong("timeout_after", "save_item")
    item = vscu.adds_item()
    vscu.pumps()
    vscu.quarantine_passes()
    vscu.goes_wrong("code:994", "save_item")
    vscu.pumps()
    assert vscu.state(item) == "accepted"


def test_a_kind_that_is_told_once_is_queued_once(open_a_till: OpenTill) -> None:
    till = open_a_till(Transport.VSCU)
    item = till.adds_item()
    assert till.tells("item", till.row(item).subject_id) == item
    change = till.tells("item_change", till.row(item).subject_id)
    assert till.tells("item_change", till.row(item).subject_id) != change
