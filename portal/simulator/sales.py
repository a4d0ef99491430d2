"""Sales and credit notes: numbered without gaps, checked, signed and kept (PROTOCOL §6, §7.5)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.simulator import field_tables
from portal.simulator.amounts import check_amounts
from portal.simulator.credit_notes import check_credit_note
from portal.simulator.documents import check_active, check_not_in_future, check_same, read_lines, registered_item
from portal.simulator.envelope import Refusal, Reply, refuse
from portal.simulator.fields import Place, read
from portal.simulator.identity import PIN
from portal.simulator.signing import sign
from portal.simulator.state import Books, Device, Event, StoredSale, keeps
from portal.simulator.stock import SHORT
from portal.simulator.world import Call

NOTHING = Decimal(0)


def save_sale(call: Call) -> Reply:
    """Signs a sale or credit note and answers with its receipt."""
    header = read_header(call)
    _check_number(call, header["invcNo"])
    if call.device.condition == "memory_full":
        raise Refusal("E11")
    lines = read_lines(call, header, field_tables.SALE_LINE)
    _check_header(call, header)
    quantities = _check_lines(call, header, lines)
    check_amounts(header, lines, call.options)
    if header["rcptTyCd"] == "R":
        check_credit_note(call, header, lines)
    else:
        _check_stock(call, quantities)
    return Reply(_receipt_data(call, _keep(call, header)))


def accept_second_step(call: Call) -> Reply:
    """The second step of older papers: the invoice was complete after the first (PROTOCOL §3.1)."""
    return Reply()


def read_header(call: Call) -> dict[str, Any]:
    """The header and its receipt, checked field by field; the two doors differ a little."""
    decimals = call.options.quantity_decimals
    tables = field_tables.SALE + (field_tables.SALE_ON_VSCU if call.on_vscu else field_tables.SALE_ON_OSCU)
    header = read(tables, call.body, Place(), decimals)
    receipt = call.body.get("receipt")
    if not isinstance(receipt, dict):
        raise refuse("Request parameter error[receipt : may not be empty]")
    table = field_tables.RECEIPT_ON_VSCU if call.on_vscu else field_tables.RECEIPT_ON_OSCU
    read(table, receipt, Place("receipt."), decimals)
    return header


def _check_number(call: Call, number: int) -> None:
    expected = call.branch.last_invoice + 1
    if number == expected or (number in call.branch.sales and call.options.sign_twice):
        return
    if number in call.branch.sales:
        raise Refusal(call.options.duplicate_code or ("899" if call.on_vscu else "994"))
    raise refuse(
        f"Invalid invcNo sequence, expected: {expected} but found: {number}; "
        f"Invc No: {number} is invalid, use the expected value: {expected}"
    )


def _check_header(call: Call, header: Mapping[str, Any]) -> None:
    check_not_in_future(call, header, "cfmDt", "salesDt", "stockRlsDt", "rfdDt")
    if header["custTin"] is not None and not PIN.match(header["custTin"]):
        raise refuse("Request parameter error[custTin : size must be between 11 and 11]")
    if header["salesTyCd"] not in (None, "N"):
        raise refuse(f"Invalid salesTyCd. Expected: N, But Found: {header['salesTyCd']}")
    if header["rcptTyCd"] == "S" and header["orgInvcNo"]:
        raise refuse(f"Invalid orgInvcNo. Expected: 0, But Found: {header['orgInvcNo']}")


def _check_lines(call: Call, header: Mapping[str, Any], lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Refuses lines that do not fit their items; returns the quantity of each item that has stock."""
    quantities: dict[str, Decimal] = {}
    for number, line in enumerate(lines, start=1):
        item = registered_item(call, line)
        if header["rcptTyCd"] == "S":
            check_active(item)
            check_same(number, line, item.body, "itemClsCd", "pkgUnitCd", "qtyUnitCd", "taxTyCd")
        if line["pkgUnitCd"] == "NT" and line["pkg"] != 1:
            raise refuse(f"Invalid pkg for ItemList {number}. Expected: 1, Found: {line['pkg']}")
        if item.is_goods:
            quantities[item.code] = quantities.get(item.code, NOTHING) + Decimal(line["qty"])
            if header["rcptTyCd"] == "S" and not _is_stocked(call, item.code):
                raise refuse(f"Invalid Item: Item {item.code} (itemSeq {number}) does not exist in your stock master")
    return quantities


def _is_stocked(call: Call, code: str) -> bool:
    return code in (call.branch.levels if call.options.stock_master_required else call.branch.stock)


def _check_stock(call: Call, quantities: Mapping[str, Decimal]) -> None:
    for code, quantity in quantities.items():
        if call.branch.stock.get(code, NOTHING) < quantity:
            raise refuse(SHORT)


def _keep(call: Call, header: Mapping[str, Any]) -> Mapping[str, Any]:
    device = call.device
    number = device.receipts + 1
    internal, signature = sign(device, number, call.raw)
    receipt = {
        "number": number,
        "internal_data": internal,
        "signature": signature,
        "at": call.world.clock.stamp(),
        "sdc_id": device.sdc_id,
        "mrc_number": device.mrc_number,
    }
    call.record("sale", receipt=receipt, transport=device.transport)
    return receipt


def _receipt_data(call: Call, receipt: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's data, in the names of the door that was used."""
    signed = {"intrlData": receipt["internal_data"], "rcptSign": receipt["signature"]}
    number = receipt["number"]
    if call.on_vscu:
        unit = {"sdcId": receipt["sdc_id"], "mrcNo": receipt["mrc_number"]}
        return {"rcptNo": number, "totRcptNo": number, **signed, "vsdcRcptPbctDate": receipt["at"], **unit}
    return {"curRcptNo": number, "totRcptNo": number, **signed, "sdcDateTime": receipt["at"]}


@keeps("sale")
def keep_sale(books: Books, event: Event) -> None:
    """Takes a signed sale or credit note into the books of seller and buyer."""
    sale = _stored(event)
    branch = books.branch((sale.tin, sale.branch))
    books.sales.append(sale)
    branch.sales.setdefault(sale.number, sale)
    branch.last_invoice = max(branch.last_invoice, sale.number)
    device = books.devices.get((sale.tin, sale.branch))
    if device is not None:
        device.receipts = sale.receipt["number"]
    if sale.type == "R" and sale.original_number in branch.sales:
        branch.sales[sale.original_number].credited += sale.total
    items = books.taxpayer(sale.tin).items
    for line in event.body["itemList"]:
        if items[line["itemCd"]].is_goods:
            key = (sale.type, line["itemCd"])
            branch.unmoved[key] = branch.unmoved.get(key, NOTHING) + Decimal(str(line["qty"]))
    if event.body.get("custTin"):
        books.taxpayer(event.body["custTin"]).bought.append(sale)


def _stored(event: Event) -> StoredSale:
    body = event.body
    return StoredSale(
        tin=event.facts["tin"],
        branch=event.facts["bhfId"],
        number=int(body["invcNo"]),
        original_number=int(body["orgInvcNo"]),
        type=body["rcptTyCd"],
        total=Decimal(str(body["totAmt"])),
        credited=NOTHING,
        stamp=event.stamp,
        receipt=event.facts["receipt"],
        raw=event.raw,
    )


@keeps("jump")
def keep_jump(books: Books, event: Event) -> None:
    """Lets a unit's receipt counter skip one, as if something else had been signed."""
    device: Device | None = books.devices.get((event.facts["tin"], event.facts["bhfId"]))
    if device is not None:
        device.receipts += 1
