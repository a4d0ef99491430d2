"""Look-ups that need no books of their own: codes, taxpayers, branches, notices (PROTOCOL §5)."""

from typing import Any

from portal.simulator.codelists import changed_since
from portal.simulator.envelope import NO_ROWS, Reply
from portal.simulator.fields import Place, parameter_error
from portal.simulator.identity import PIN
from portal.simulator.paging import mark, page
from portal.simulator.state import Books, Event, keeps
from portal.simulator.taxpayers import (
    branch_particulars,
    is_active,
    is_known,
    is_registered_for_vat,
    place,
    taxpayer_name,
)
from portal.simulator.world import Call

OPENED_AT = "20250601000000"
SEEDED_NOTICES = (
    ("20260115090000", "Scheduled maintenance", "eTIMS may be slow on Sunday between 01:00 and 04:00."),
    ("20260418090000", "VAT on petroleum products", "From 15 April to 14 July 2026 the rate of band E is 8 per cent."),
)


def look_up_codes(call: Call) -> Reply:
    """The code classes with the details changed after the mark."""
    options = call.options
    classes = changed_since(mark(call), options.changed_rates, options.rates_changed_at)
    moment = call.world.spoke_for(options.rates_changed_at)
    return Reply({"clsList": classes}, moment=moment) if classes else Reply(None, NO_ROWS, moment=moment)


def look_up_taxpayer(call: Call) -> Reply:
    """The taxpayer with a PIN, or 001."""
    pin = call.body.get("custmTin")
    if not pin:
        raise parameter_error("custmTin", "may not be empty", Place())
    if not isinstance(pin, str) or len(pin) != 11:
        raise parameter_error("custmTin", "size must be between 11 and 11", Place())
    if not PIN.match(pin) or not is_known(pin):
        return Reply(None, NO_ROWS)
    status = "A" if is_active(pin) else "D"
    row = {"tin": pin, "taxprNm": taxpayer_name(pin), "taxprSttsCd": status, **place(pin)}
    return Reply({"custList": [row]})


def look_up_own_taxpayer(call: Call) -> Reply:
    """Name and VAT registration of the device's own PIN (OSCU only)."""
    tin = call.device.tin
    return Reply({"info": {"taxprNm": taxpayer_name(tin), "vatTyCd": "1" if is_registered_for_vat(tin) else "2"}})


def look_up_branches(call: Call) -> Reply:
    """The branches of the PIN: the head office and every branch with a device."""
    tin = call.device.tin
    branches = {"00"} | {branch for pin, branch in call.world.books.devices if pin == tin}
    return page(call, "bhfList", [(OPENED_AT, _branch(tin, branch)) for branch in sorted(branches)])


def _branch(tin: str, branch: str) -> dict[str, Any]:
    return {"tin": tin, "bhfSttsCd": "01", **branch_particulars(tin, branch)}


def look_up_notices(call: Call) -> Reply:
    """KRA's notices, newest last."""
    rows = [(at, _notice(number, at, title, text)) for number, (at, title, text) in enumerate(SEEDED_NOTICES, start=1)]
    for number, added in enumerate(call.world.books.notices, start=len(rows) + 1):
        rows.append((added["at"], _notice(number, added["at"], added["title"], added["cont"])))
    return page(call, "noticeList", rows)


def _notice(number: int, at: str, title: str, text: str) -> dict[str, Any]:
    return {
        "noticeNo": number,
        "title": title,
        "cont": text,
        "dtlUrl": f"https://etims-sbx.kra.go.ke/common/link/ebm/receipt/indexEbmNotice?noticeNo={number}",
        "regrNm": "ADMIN",
        "regDt": at,
    }


@keeps("notice")
def keep_notice(books: Books, event: Event) -> None:
    """Takes a notice into the books."""
    books.notices.append({"at": event.stamp, **event.facts})
