"""After a restore nothing is sent before each control unit was compared with KRA, and nothing is signed twice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from click.testing import Result

from portal.kra.operations import Transport
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till


def is_restored(till: Till, forgotten: Sequence[UUID] = ()) -> None:
    """Go back to before `forgotten` were sent, in a database that says that it is another one."""
    run = till.cleaner.connection.execute
    for submission in forgotten:
        for table in ("evidence", "attempt"):
            run(f"DELETE FROM {table} WHERE submission_id = %s", [submission])
        run(
            "UPDATE submission SET state = 'queued', sequence_no = NULL, body = NULL, body_sha256 = NULL, bound_at = NULL,"
            " attempts = 0, settled_at = NULL, receipt_no = NULL, total_receipt_no = NULL, internal_data = NULL,"
            " signature = NULL, signed_at = NULL, sdc_id = NULL, mrc_number = NULL WHERE id = %s", [submission],
        )  # fmt: skip
        run("UPDATE counter SET last_no = last_no - 1 WHERE scope_id = %s AND series = 'invoice'", [till.business.device_id])
    run("DELETE FROM reconciled_database")
    run("INSERT INTO reconciled_database (database) VALUES ('7302/00000001')")


def after_restore(till: Till, *options: str) -> Result:
    """What `flask after-restore` answered."""
    return till.app.test_cli_runner().invoke(args=["after-restore", *options])


def serial(till: Till) -> str:
    return till.device().serial


def test_a_restored_database_sends_nothing_until_it_was_compared_with_kra(till: Till) -> None:
    is_restored(till)
    sale = till.sells()
    till.pumps()
    assert (till.state(sale), till.ledger()) == ("queued", [])
    told = after_restore(till)
    till.pumps()
    assert (told.exit_code, till.state(sale), till.signed_numbers()) == (0, "accepted", [1]), told.output


def test_an_oscu_tells_what_it_signed_after_the_restore_point(oscu: Till) -> None:
    before, first, second = oscu.sells(), oscu.sells("58.00"), oscu.sells("232.00")
    oscu.pumps()
    is_restored(oscu, [second, first])
    told = after_restore(oscu)
    assert told.exit_code == 0, told.output
    assert [oscu.state(each) for each in (before, first, second)] == ["accepted"] * 3
    assert [oscu.row(each).signature for each in (first, second)] == [sale["rcptSign"] for sale in oscu.ledger()[1:]]
    oscu.sells()
    oscu.pumps()
    assert oscu.signed_numbers() == [1, 2, 3, 4]


def test_numbers_go_past_documents_that_were_lost_with_the_old_database(oscu: Till) -> None:
    oscu.another_program_sells(1)
    is_restored(oscu)
    waiting = oscu.sells()
    assert after_restore(oscu).exit_code == 0
    oscu.pumps()
    assert (oscu.state(waiting), oscu.row(waiting).sequence_no, oscu.jumps()) == ("accepted", 2, [(1, 2)])


def test_a_doubt_whose_number_kra_gave_to_another_document_waits_for_its_turn_again(oscu: Till) -> None:
    oscu.another_program_sells(1)
    sale = oscu.sells()
    oscu.claims()
    is_restored(oscu)
    assert after_restore(oscu).exit_code == 0
    oscu.pumps()
    assert (oscu.state(sale), oscu.row(sale).sequence_no) == ("accepted", 2)


def test_while_kra_cannot_be_asked_the_lane_stays_closed(oscu: Till) -> None:
    sale = oscu.sells()
    is_restored(oscu)
    oscu.goes_wrong("http:503", "invoice_details")
    told = after_restore(oscu)
    oscu.pumps()
    assert (told.exit_code, oscu.state(sale), oscu.device().status) == (1, "queued", "lane_held")
    assert after_restore(oscu).exit_code == 0
    oscu.pumps()
    assert oscu.state(sale) == "accepted"


def test_a_vscu_signs_nothing_twice_and_a_person_finds_the_receipts(vscu: Till) -> None:
    first, second = vscu.sells("58.00"), vscu.sells("232.00")
    vscu.pumps()
    is_restored(vscu, [second, first])
    third = vscu.sells()
    told = after_restore(vscu)
    assert told.exit_code == 0, told.output
    assert [(vscu.state(each), vscu.row(each).held_reason) for each in (first, second)] == [("held", "spent")] * 2
    assert (vscu.state(third), vscu.signed_numbers()) == ("accepted", [1, 2, 3])


def test_an_idle_vscu_goes_on_with_the_number_that_a_person_has_read(vscu: Till) -> None:
    vscu.another_program_sells(1, 2)
    is_restored(vscu)
    assert (after_restore(vscu).exit_code, vscu.device().status) == (1, "lane_held")
    assert after_restore(vscu, "--last", f"{serial(vscu)}=2").exit_code == 0
    sale = vscu.sells()
    vscu.pumps()
    assert (vscu.state(sale), vscu.row(sale).sequence_no) == ("accepted", 3)


@pytest.mark.parametrize("told", ["X", "=4", "X=-1", "X=four"])
def test_a_number_is_told_as_serial_and_number(vscu: Till, told: str) -> None:
    assert after_restore(vscu, "--last", told).exit_code == 2


def test_the_lanes_are_closed_by_hand_after_a_restore_that_cannot_be_seen(open_a_till: OpenTill) -> None:
    till = open_a_till(Transport.OSCU)
    sale = till.sells()
    assert after_restore(till, "--close").exit_code == 0
    till.pumps()
    assert till.state(sale) == "queued"
