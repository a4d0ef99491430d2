"""Customs declarations: what KRA shows of a PIN's imports, and the trader's answer to each (PROTOCOL §5.7, §7.3)."""

from typing import Any

from portal.simulator import field_tables
from portal.simulator.clock import moment
from portal.simulator.envelope import Refusal, Reply, refuse
from portal.simulator.fields import Place, read
from portal.simulator.item_classes import is_item_class
from portal.simulator.paging import page
from portal.simulator.state import Books, Event, keeps
from portal.simulator.world import Call

WAITING, APPROVED = "2", "3"
ImportKey = tuple[str, str, int]
# Tariff code, customs text, origin, packages, quantity, unit, weight, supplier, amount, currency, exchange rate
SEEDED = (
    ("82055900", "HAND TOOLS OF STEEL", "DE", 4, 90, "KGM", 95, "EXAMPLE GMBH", 1500, "USD", 129.5),
    ("85171300", "SMARTPHONES", "CN", 2, 40, "NO", 22, "EXAMPLE TRADING CO", 4200, "USD", 129.5),
)


def look_up_imports(call: Call) -> Reply:
    """The import lines of the PIN; those that the trader answered come again with their new status."""
    answered = call.taxpayer.imports
    rows = []
    for row in _seeded(call.taxpayer.opened_at):
        answer = answered.get(_key(row))
        if answer:
            rows.append((answer["at"], {**row, "imptItemsttsCd": answer["status"]}))
        else:
            rows.append((call.taxpayer.opened_at, row))
    return page(call, "itemList", rows)


def _seeded(opened_at: str) -> list[dict[str, Any]]:
    declared = moment(opened_at)
    return [
        {
            "taskCd": f"{opened_at[:8]}{number:06}",
            "dclDe": declared.strftime("%d%m%Y"),
            "itemSeq": number,
            "dclNo": f"{declared:%y}NBOIM4{number:08}",
            "hsCd": tariff,
            "itemNm": name,
            "imptItemsttsCd": WAITING,
            "orgnNatCd": origin,
            "exptNatCd": origin,
            "pkg": packages,
            "pkgUnitCd": None,
            "qty": quantity,
            "qtyUnitCd": unit,
            "totWt": weight,
            "netWt": weight,
            "spplrNm": supplier,
            "agntNm": "EXAMPLE AGENT",
            "invcFcurAmt": amount,
            "invcFcurCd": currency,
            "invcFcurExcrt": rate,
        }
        for number, (tariff, name, origin, packages, quantity, unit, weight, supplier, amount, currency, rate) in (
            enumerate(SEEDED, start=1)
        )
    ]


def _key(row: dict[str, Any]) -> ImportKey:
    return row["taskCd"], row["dclDe"], int(row["itemSeq"])


def update_import(call: Call) -> Reply:
    """Takes down that the trader approved (3) or rejected (4) an import line."""
    body = {"imptItemSttsCd": call.body.get("imptItemsttsCd"), **call.body}
    values = read(field_tables.IMPORT, body, Place(), call.options.quantity_decimals)
    declared = {_key(row): row for row in _seeded(call.taxpayer.opened_at)}
    row = declared.get(_key(values))
    if row is None or row["hsCd"] != values["hsCd"]:
        raise refuse("Missing import Record")
    if values["itemCd"] not in call.taxpayer.items or not is_item_class(values["itemClsCd"]):
        raise refuse(f"Item {values['itemCd']} does not exist in your inventory")
    if values["imptItemSttsCd"] == APPROVED and values["remark"] is None:
        raise Refusal("999")
    call.record("import", key=_key(values), status=values["imptItemSttsCd"])
    return Reply()


@keeps("import")
def keep_import(books: Books, event: Event) -> None:
    """Takes the answer to an import line into the books."""
    task, declared, sequence = event.facts["key"]
    answer = {"at": event.stamp, "status": event.facts["status"]}
    books.taxpayer(event.facts["tin"]).imports[task, declared, int(sequence)] = answer
