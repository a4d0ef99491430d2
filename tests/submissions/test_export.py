"""`flask submissions export --signed`: our books in KRA's own names, line by line what KRA's ledger says."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from portal.kra.operations import Transport
from tests.submissions.conftest import OpenTill
from tests.support.lane import Till

NAMES = [
    "tin", "bhfId", "invcNo", "salesTyCd", "rcptTyCd", "trdInvcNo", "rcptNo", "totRcptNo", "intrlData", "rcptSign", "sdcId",
    "totAmt",
]  # fmt: skip


def exported(till: Till) -> list[dict[str, Any]]:
    """What the command printed, line by line."""
    told = till.app.test_cli_runner().invoke(args=["submissions", "export", "--signed"])
    assert told.exit_code == 0, told.output
    return [json.loads(line, parse_float=Decimal) for line in told.stdout.splitlines()]


def as_kra_has_it(*tills: Till) -> list[dict[str, Any]]:
    """The ledger of KRA in the same names; it lists normal sales only, and does not say so."""
    signed = [sale | {"totAmt": Decimal(str(sale["totAmt"]))} for till in tills for sale in till.ledger()]
    return [{name: sale.get(name, "N") for name in NAMES} for sale in signed]


def test_every_signed_document_of_every_business_is_one_line_that_agrees_with_kras_ledger(open_a_till: OpenTill) -> None:
    vscu, oscu = open_a_till(Transport.VSCU), open_a_till(Transport.OSCU)
    for till, totals in ((vscu, ["116.00", "0.01"]), (oscu, ["9999999.99"])):
        for total in totals:
            till.sells(total)
    vscu.pumps()
    lines = exported(vscu)
    assert lines == as_kra_has_it(vscu, oscu)
    assert [list(line) for line in lines] == [sorted(NAMES)] * 3
    assert [str(line["totAmt"]) for line in lines] == ["116", "0.01", "9999999.99"]


def test_what_is_not_signed_is_not_exported(vscu: Till) -> None:
    vscu.goes_wrong("code:910")
    vscu.sells()
    vscu.pumps()
    vscu.sells()
    assert exported(vscu) == []
