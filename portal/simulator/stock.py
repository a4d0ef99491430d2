"""Stock movements and stock levels as KRA keeps them per branch (PROTOCOL §7.6, §7.7, COMPLIANCE §7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.simulator import field_tables
from portal.simulator.amounts import check_line, check_totals, rates_in_force
from portal.simulator.documents import check_not_in_future, check_same, read_lines, registered_item
from portal.simulator.envelope import Refusal, Reply, refuse
from portal.simulator.fields import Place, read
from portal.simulator.paging import page
from portal.simulator.state import Books, Branch, Event, keeps
from portal.simulator.world import Call

NOTHING = Decimal(0)
OUT_FROM = "11"
SALE, RETURN, TRANSFER_OUT = "11", "03", "13"
# The movement that must follow a receipt of this type (class 37).
FOLLOWS = {SALE: "S", RETURN: "R"}
SHORT = "You dont have sufficient stock for this Transaction"


def save_movement(call: Call) -> Reply:
    """Takes a stock movement down; answers with the envelope alone."""
    decimals = call.options.quantity_decimals
    header = read(field_tables.MOVEMENT, call.body, Place(), decimals)
    expected = call.branch.last_movement + 1
    if header["sarNo"] != expected:
        raise refuse(f"Invalid sarNo: Expected: {expected} but found: {header['sarNo']}")
    if header["orgSarNo"] >= expected:
        raise refuse("orgSarNo does not exist. Please update the field and try again")
    check_not_in_future(call, header, "ocrnDt")
    lines = read_lines(call, header, field_tables.MOVEMENT_LINE)
    _check_lines(call, lines)
    check_totals(header, lines, call.options.tolerated)
    _check_quantities(call, header["sarTyCd"], _quantities(lines))
    call.record("movement")
    return Reply()


def _check_lines(call: Call, lines: list[dict[str, Any]]) -> None:
    rates = rates_in_force(call.options)
    for number, line in enumerate(lines, start=1):
        item = registered_item(call, line)
        check_same(number, line, item.body, "pkgUnitCd", "qtyUnitCd")
        if not item.is_goods:
            raise refuse(f"Invalid Item: Item {item.code} (itemSeq {number}) is a service and has no stock")
        check_line(number, {**line, "dcAmt": line["totDcAmt"]}, rates[line["taxTyCd"]], call.options.tolerated)


def _quantities(lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    moved: dict[str, Decimal] = {}
    for line in lines:
        moved[line["itemCd"]] = moved.get(line["itemCd"], NOTHING) + Decimal(line["qty"])
    return moved


def _check_quantities(call: Call, type_: str, moved: Mapping[str, Decimal]) -> None:
    """A sale's movement comes after the sale; everything else that goes out must be there."""
    follows = FOLLOWS.get(type_)
    for code, quantity in moved.items():
        if follows and call.options.stock_after_sale:
            if call.branch.unmoved.get((follows, code), NOTHING) < quantity:
                raise Refusal("922")
        elif type_ >= OUT_FROM and type_ != SALE and call.branch.stock.get(code, NOTHING) < quantity:
            raise refuse(SHORT)


@keeps("movement")
def keep_movement(books: Books, event: Event) -> None:
    """Takes a stock movement into the books, and a transfer into those of the other branch."""
    body = event.body
    branch = books.branch((event.facts["tin"], event.facts["bhfId"]))
    branch.last_movement += 1
    type_ = body["sarTyCd"]
    for line in body["itemList"]:
        _move(branch, line["itemCd"], Decimal(str(line["qty"])), type_)
    if type_ == TRANSFER_OUT and body.get("custBhfId"):
        receiver = books.branch((body.get("custTin") or event.facts["tin"], body["custBhfId"]))
        receiver.incoming.append({"at": event.stamp, **_incoming(event)})


def _move(branch: Branch, code: str, quantity: Decimal, type_: str) -> None:
    change = -quantity if type_ >= OUT_FROM else quantity
    branch.stock[code] = branch.stock.get(code, NOTHING) + change
    if type_ in FOLLOWS:
        key = (FOLLOWS[type_], code)
        branch.unmoved[key] = branch.unmoved.get(key, NOTHING) - quantity


def _incoming(event: Event) -> dict[str, Any]:
    copied = ("sarNo", "ocrnDt", "totItemCnt", "totTaxblAmt", "totTaxAmt", "totAmt", "remark", "itemList")
    body = event.body
    sender = {"custTin": event.facts["tin"], "custBhfId": event.facts["bhfId"]}
    return {**sender, **{name: body.get(name) for name in copied}}


def look_up_moves(call: Call) -> Reply:
    """What other branches of the PIN sent to this one."""
    rows = [(move["at"], {name: value for name, value in move.items() if name != "at"}) for move in call.branch.incoming]
    return page(call, "stockList", rows)


def save_level(call: Call) -> Reply:
    """Takes the quantity on hand down when it equals the sum of the movements."""
    values = read(field_tables.LEVEL, call.body, Place(), call.options.quantity_decimals)
    code = values["itemCd"]
    if code not in call.taxpayer.items:
        raise refuse(f"Item {code} does not exist in your inventory")
    if code not in call.branch.stock:
        raise refuse("Stock IO is empty, consider adding items to the stock IO first")
    expected = call.branch.stock[code]
    if values["rsdQty"] != expected:
        raise refuse(f"rsdQty mismatch. Expected: {_plain(expected)} but found: {_plain(values['rsdQty'])}")
    call.record("level")
    return Reply()


def _plain(quantity: Decimal) -> str:
    """A quantity as KRA prints it, with at least one decimal: 0.0, 150.0, 2.5."""
    text = f"{quantity.normalize():f}"
    return text if "." in text else f"{text}.0"


@keeps("level")
def keep_level(books: Books, event: Event) -> None:
    """Takes a stock master record into the books."""
    branch = books.branch((event.facts["tin"], event.facts["bhfId"]))
    branch.levels[event.body["itemCd"]] = Decimal(str(event.body["rsdQty"]))
