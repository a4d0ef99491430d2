"""Look-ups of stored sales, which only OSCU has (PROTOCOL §5.10)."""

from typing import Any

from portal.simulator.clock import spoken
from portal.simulator.envelope import NO_ROWS, Reply
from portal.simulator.fields import Place, parameter_error
from portal.simulator.paging import page
from portal.simulator.state import StoredSale
from portal.simulator.world import Call

COPIED = (
    "invcNo", "orgInvcNo", "trdInvcNo", "custTin", "custNm", "rcptTyCd", "pmtTyCd", "salesSttsCd", "salesDt",
    "rfdRsnCd", "totItemCnt", *(f"{name}{band}" for name in ("taxblAmt", "taxRt", "taxAmt") for band in "ABCDE"),
    "totTaxblAmt", "totTaxAmt", "totAmt", "prchrAcptcYn", "remark", "itemList",
)  # fmt: skip
TIMES = ("cfmDt", "stockRlsDt", "cnclReqDt", "cnclDt", "rfdDt")


def look_up_sale(call: Call) -> Reply:
    """The stored sale with a number, with its receipt; 001 when KRA does not hold it."""
    given = call.body.get("invcNo")
    if given is None or given == "":
        raise parameter_error("invcNo", "may not be empty", Place())
    if not str(given).isdigit():
        raise parameter_error("invcNo", "must be a number", Place())
    sale = call.branch.sales.get(int(given))
    return Reply({"salesList": [stored_row(sale)]}) if sale else Reply(None, NO_ROWS)


def look_up_sales(call: Call) -> Reply:
    """The stored sales of the branch that are newer than the mark."""
    rows = ((sale.stamp, sale) for sale in call.branch.sales.values())
    reply = page(call, "salesList", rows)
    if reply.data:
        reply.data["salesList"] = [stored_row(sale) for sale in reply.data["salesList"]]
    return reply


def stored_row(sale: StoredSale) -> dict[str, Any]:
    """A stored sale as the look-ups show it: counters as strings, times in words."""
    body = sale.body()
    asked = body["receipt"]
    receipt = sale.receipt
    return {
        "tin": sale.tin,
        "bhfId": sale.branch,
        **{name: body.get(name) for name in COPIED},
        **{name: spoken(body.get(name)) for name in TIMES},
        "receipt": {
            "custTin": asked.get("custTin"),
            "custMblNo": asked.get("custMblNo"),
            "rptNo": asked.get("rptNo"),
            "rcptPbctDt": spoken(asked.get("rcptPbctDt") or body["cfmDt"]),
            "intrlData": receipt["internal_data"],
            "rcptSign": receipt["signature"],
            "curRcptNo": str(receipt["number"]),
            "totRcptNo": str(receipt["number"]),
            "sdcDateTime": f"{spoken(receipt['at'])}.0",
        },
    }
