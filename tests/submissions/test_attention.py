"""The acts by which a person settles what the machine cannot, and their guards (`RELIABILITY.md` §6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.audit.models import AuditRow
from portal.errors import BadInput, NotFound
from portal.infra.db import db, transaction
from portal.infra.wording import EAT
from portal.kra.operations import Transport
from portal.sales.models import Document
from portal.submissions import attention, services
from portal.submissions.attention import FoundReceipt
from portal.submissions.services import NotNow
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till


def spent(till: Till) -> UUID:
    """A sale that KRA has and whose receipt is missing."""
    till.goes_wrong("timeout_after")
    sale = till.sells("116.00")
    till.settles(sale)
    assert till.row(sale).held_reason == "spent"
    return sale


def untold(till: Till, stored: bool = True) -> UUID:
    """A sale of which nobody can tell whether KRA has it."""
    till.goes_wrong("timeout_after" if stored else "timeout_before")
    sale = till.sells("116.00")
    till.pumps()
    till.quarantine_passes()
    till.goes_wrong("code:910")
    till.pumps()
    assert till.row(sale).held_reason == "cannot_tell"
    return sale


def receipt(till: Till, **changed: Any) -> FoundReceipt:
    """What the owner copies from the control unit for the first sale."""
    signed = till.ledger()[0]
    found = FoundReceipt(
        number=signed["invcNo"], total=Decimal(str(signed["totAmt"])), sdc_id=signed["sdcId"], receipt_number=signed["rcptNo"],
        total_receipt_number=signed["totRcptNo"], internal_data=signed["intrlData"], signature=signed["rcptSign"],
        signed_at=datetime.strptime(signed["signedAt"], "%Y%m%d%H%M%S").replace(tzinfo=EAT), opened_at_kra=True,
    )  # fmt: skip
    return replace(found, **changed)


def enter(till: Till, sale: UUID, found: FoundReceipt, total: str = "116.00") -> None:
    with till.inside():
        attention.i_have_the_receipt(till.owner(), sale, found, Decimal(total), "found at the unit")


def never_arrived(till: Till, sale: UUID) -> bool:
    with till.inside():
        return attention.it_never_arrived(till.owner(), sale, "not on KRA's portal")


def audited(till: Till) -> list[tuple[str, dict[str, Any]]]:
    with till.inside():
        mine = select(AuditRow.action, AuditRow.detail).where(AuditRow.actor == "Wanjiru Owner").order_by(AuditRow.seq)
        return [(row.action, row.detail) for row in db.session.execute(mine)]


def state_of_document(till: Till, sale: UUID) -> str:
    subject = till.row(sale).subject_id
    with till.inside():
        return db.session.get_one(Document, (till.business.tenant_id, subject)).state


def test_a_receipt_that_a_person_found_signs_the_sale_and_says_who_and_why(vscu: Till) -> None:
    sale = spent(vscu)
    enter(vscu, sale, receipt(vscu))
    row = vscu.row(sale)
    assert (row.state, row.signature, row.held_reason) == ("accepted", vscu.ledger()[0]["rcptSign"], None)
    assert vscu.evidence(sale)[-1].source == "person"
    assert ("sale settled with its receipt", {"reason": "found at the unit", "number": 1}) in audited(vscu)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 2}, {"total": Decimal("117.00")}, {"sdc_id": "KRACU0300999999"}, {"opened_at_kra": False},
        {"signature": "ABCD-EFGH-JKLM-NPQR"}, {"internal_data": "<script>"},
    ],
    ids=["number", "total", "unit", "not opened", "dashes", "marks"],
)  # fmt: skip
def test_the_receipt_of_another_sale_is_refused_and_nothing_changes(vscu: Till, wrong: dict[str, Any]) -> None:
    sale = spent(vscu)
    with pytest.raises(BadInput):
        enter(vscu, sale, receipt(vscu, **wrong))
    assert vscu.row(sale).held_reason == "spent"


def test_the_receipt_opens_a_lane_that_was_stopped_for_it(vscu: Till) -> None:
    sale, next_sale = untold(vscu), vscu.sells("58.00")
    assert vscu.device().status == "lane_held"
    enter(vscu, sale, receipt(vscu))
    assert vscu.device().status == "ready"
    vscu.pumps()
    assert vscu.row(next_sale).sequence_no == 2


def test_what_never_arrived_goes_out_again_under_its_number(vscu: Till) -> None:
    sale, next_sale = untold(vscu, stored=False), vscu.sells("58.00")
    before = vscu.row(sale)
    assert never_arrived(vscu, sale)
    row = vscu.row(sale)
    assert (row.state, row.sequence_no, row.body) == ("queued", before.sequence_no, before.body)
    vscu.pumps()
    assert (vscu.state(sale), vscu.state(next_sale)) == ("accepted", "accepted")
    assert [signed["totAmt"] for signed in vscu.ledger()] == [116, 58]


def test_when_a_later_number_is_out_the_number_is_spent_for_ever_and_the_document_void(vscu: Till) -> None:
    sale, next_sale = spent(vscu), vscu.sells("58.00")
    vscu.settles(next_sale)
    assert not never_arrived(vscu, sale)
    assert (vscu.state(sale), vscu.row(sale).sequence_no) == ("void", 1)
    assert state_of_document(vscu, sale) == "void"


def test_saying_that_it_never_arrived_when_kra_has_it_signs_nothing_twice(vscu: Till) -> None:
    sale = spent(vscu)
    assert never_arrived(vscu, sale)
    vscu.settles(sale)
    assert (vscu.state(sale), vscu.row(sale).held_reason) == ("held", "spent")
    assert vscu.signed_numbers() == [1]


@pytest.mark.parametrize("state", ["accepted", "queued", "refused"])
def test_what_is_not_held_is_not_settled_by_hand(vscu: Till, state: str) -> None:
    if state == "refused":
        vscu.goes_wrong("code:910")
    sale = vscu.sells("116.00")
    if state != "queued":
        vscu.pumps()
    for act in (lambda: enter(vscu, sale, _any_receipt()), lambda: never_arrived(vscu, sale)):
        with pytest.raises(NotNow):
            act()
    assert vscu.state(sale) == state


def test_a_unit_that_works_needs_no_repair(vscu: Till) -> None:
    with pytest.raises(NotNow):
        vscu.owner_says_the_unit_is_repaired()


def test_a_repair_does_not_open_a_lane_that_waits_for_an_answer(vscu: Till) -> None:
    sale = untold(vscu)
    vscu.cleaner.connection.execute("UPDATE device SET status = 'blocked'")
    vscu.owner_says_the_unit_is_repaired()
    assert vscu.device().status == "lane_held"
    enter(vscu, sale, receipt(vscu))
    assert vscu.device().status == "ready"


def test_another_business_s_rows_are_not_there(open_a_till: OpenTill) -> None:
    till, stranger = open_a_till(Transport.VSCU), open_a_till(Transport.VSCU)
    sale = spent(till)
    for act in (attention.it_never_arrived, services.send_again):
        with stranger.inside(), pytest.raises(NotFound):
            act(stranger.owner(), sale, *(["why"] if act is attention.it_never_arrived else []))
    with stranger.inside(), pytest.raises(NotFound):
        services.check_again(stranger.owner(), sale)
    with stranger.inside(), pytest.raises(NotFound):
        attention.unit_is_repaired(stranger.owner(), till.business.device_id, "why")


@pytest.mark.parametrize("state", ["sending", "unknown", "accepted", "held"])
def test_what_kra_may_have_is_never_withdrawn(vscu: Till, state: str) -> None:
    if state in ("unknown", "held"):
        vscu.goes_wrong("timeout_after")
    sale = vscu.sells()
    if state == "sending":
        vscu.claims()
    else:
        vscu.pumps()
    if state == "held":
        vscu.settles(sale)
    with vscu.inside(), pytest.raises(NotNow), transaction():
        services.withdraw(services.lock(sale))
    assert vscu.state(sale) == state


def test_a_number_that_waits_to_go_out_again_is_not_withdrawn(vscu: Till) -> None:
    vscu.kra.control.down("refuse")
    sale = vscu.sells()
    vscu.pumps()
    assert vscu.row(sale).sequence_no == 1
    with vscu.inside(), pytest.raises(NotNow), transaction():
        services.withdraw(services.lock(sale))


def _any_receipt() -> FoundReceipt:
    return FoundReceipt(
        number=1, total=Decimal("116.00"), sdc_id="K", receipt_number=1, total_receipt_number=1, internal_data="A",
        signature="B", signed_at=datetime.now(EAT), opened_at_kra=True,
    )  # fmt: skip
