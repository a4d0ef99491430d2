"""What KRA asks of a credit note beyond a sale (PROTOCOL §6.4, COMPLIANCE §4)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.simulator.codelists import has_code
from portal.simulator.documents import check_same
from portal.simulator.envelope import refuse
from portal.simulator.world import Call


def check_credit_note(call: Call, header: Mapping[str, Any], lines: list[dict[str, Any]]) -> None:
    """Refuses a credit note that is incomplete, or does not fit an accepted sale of the same PIN and branch."""
    original = call.branch.sales.get(header["orgInvcNo"])
    if original is None or original.type != "S":
        raise refuse("orgInvcNo does not exist. Please update the field and try again")
    if header["rfdDt"] is None:
        raise refuse("Missing RfdDt Date")
    if header["rfdRsnCd"] is None or not has_code("32", header["rfdRsnCd"]):
        raise refuse("Invalid RfdRsnCd")
    sold = original.body()
    for name in ("custTin", "custNm"):
        if (sold.get(name) or None) != header[name] or (name == "custNm" and header[name] is None):
            raise refuse(f"Invalid {name}. The credit note must name the buyer of invoice {original.number}")
    _check_items(sold, lines)
    if original.credited + Decimal(header["totAmt"]) > original.total:
        left = original.total - original.credited
        raise refuse(f"Invalid totAmt. Only {left:.2f} of invoice {original.number} is left to be credited")


def _check_items(sold: Mapping[str, Any], lines: list[dict[str, Any]]) -> None:
    originals = {line["itemCd"]: line for line in sold["itemList"]}
    for number, line in enumerate(lines, start=1):
        original = originals.get(line["itemCd"])
        if original is None:
            raise refuse(f"Invalid itemCd on item: {number}. It is not on the original invoice")
        check_same(number, line, original, "pkgUnitCd", "qtyUnitCd", "taxTyCd")
