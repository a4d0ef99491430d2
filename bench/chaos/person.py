"""The owner of a business, who finds at the control unit what the machine could not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from bench.chaos.judge import Ours, ours
from bench.chaos.market import Till
from portal.infra.wording import EAT
from portal.submissions import attention
from portal.submissions.attention import FoundReceipt
from tests.support.simulator import Control


def settles_what_is_held(tills: Sequence[Till], kra: Control) -> int:
    """Press *I have the receipt* for every document that is held and in KRA's ledger; returns how many."""
    signed = {(each["tin"], each["bhfId"], each["trdInvcNo"]): each for each in kra.ledger()}
    settled = 0
    for one in ours(tills):
        found = signed.get((one.till.business.pin, one.till.branch_code, one.number))
        if one.row.state == "held" and found is not None:
            _enter(one, found)
            settled += 1
    return settled


def _enter(one: Ours, found: dict[str, Any]) -> None:
    receipt = FoundReceipt(
        number=found["invcNo"],
        total=Decimal(str(found["totAmt"])),
        sdc_id=found["sdcId"],
        receipt_number=found["rcptNo"],
        total_receipt_number=found["totRcptNo"],
        internal_data=found["intrlData"],
        signature=found["rcptSign"],
        signed_at=datetime.strptime(found["signedAt"], "%Y%m%d%H%M%S").replace(tzinfo=EAT),
        opened_at_kra=True,
    )
    with one.till.inside():
        attention.i_have_the_receipt(one.till.owner, one.row.id, receipt, one.total, "found at the control unit")
