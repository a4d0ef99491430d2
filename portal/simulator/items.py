"""Items of a PIN: the code built by KRA's rule, numbered without gaps, and the look-up (PROTOCOL §5.6, §6.6, §7.2)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.simulator import field_tables
from portal.simulator.codelists import safe_packages
from portal.simulator.envelope import Reply, refuse
from portal.simulator.fields import Place, code_error, read
from portal.simulator.item_classes import is_item_class
from portal.simulator.paging import page
from portal.simulator.state import Books, Event, Item, keeps
from portal.simulator.world import Call

NUMBER = re.compile(r"\d{7}\Z", re.ASCII)


def save_item(call: Call) -> Reply:
    """Registers an item, or changes a registered one; answers with the envelope alone."""
    values = read(field_tables.ITEM, call.body, Place(), call.options.quantity_decimals)
    if values["pkgUnitCd"] not in safe_packages():
        raise refuse(f"The Package unit code can ony be among the following list {list(safe_packages())}")
    if not is_item_class(values["itemClsCd"]):
        raise code_error("itemClsCd", Place())
    _check_code(values)
    if values["itemCd"] not in call.taxpayer.items:
        expected = call.taxpayer.last_item_number + 1
        if not values["itemCd"].endswith(f"{expected:07}"):
            raise refuse(f"Invalid itemCd Sequence. Expected sequence ending with: ********{expected}")
    call.record("item")
    return Reply()


def _check_code(values: Mapping[str, Any]) -> None:
    """Country, type, packaging (also filled to three places with X), unit, seven digits (PROTOCOL §6.6)."""
    code, package, unit = values["itemCd"], values["pkgUnitCd"], values["qtyUnitCd"]
    country_and_type = values["orgnNatCd"] + values["itemTyCd"]
    if code[2:3] != values["itemTyCd"]:
        raise refuse("You cannot create an service using an item")
    if not code.startswith(country_and_type):
        raise refuse("Incorrect Country of Origin Prefix")
    rest = code[len(country_and_type) :]
    padded = package.ljust(3, "X")
    if not rest.startswith(package):
        raise refuse("Incorrect Packaging Unit Prefix")
    if NUMBER.match(rest.removeprefix(padded + unit)):
        return
    # Without the X the sandbox takes only units of two characters: NO, not U.
    if len(unit) != 2 or not NUMBER.match(rest.removeprefix(package + unit)):
        raise refuse("Incorrect QtyUnitCd Prefix")


@keeps("item")
def keep_item(books: Books, event: Event) -> None:
    """Takes a registered or changed item into the books."""
    body = event.body
    taxpayer = books.taxpayer(event.facts["tin"])
    known = taxpayer.items.pop(body["itemCd"], None)
    if known is None:
        taxpayer.last_item_number += 1
    taxpayer.items[body["itemCd"]] = Item(
        code=body["itemCd"],
        type=body["itemTyCd"],
        stamp=event.stamp,
        body={**body, "regBhfId": known.body["regBhfId"] if known else event.facts["bhfId"]},
    )


def save_composition(call: Call) -> Reply:
    """Takes down what an item is made of; the component must have recorded stock."""
    values = read(field_tables.COMPOSITION, call.body, Place(), call.options.quantity_decimals)
    for name in ("itemCd", "cpstItemCd"):
        if values[name] not in call.taxpayer.items:
            raise refuse(f"Item {values[name]} does not exist in your inventory")
    component = call.taxpayer.items[values["cpstItemCd"]]
    if component.is_goods and call.branch.stock.get(component.code, Decimal(0)) <= 0:
        raise refuse("You dont have sufficient stock for this Transaction")
    call.record("composition")
    return Reply()


@keeps("composition")
def keep_composition(books: Books, event: Event) -> None:
    """Takes a component of an item into the books."""
    body = event.body
    compositions = books.taxpayer(event.facts["tin"]).compositions
    compositions[body["itemCd"], body["cpstItemCd"]] = Decimal(str(body["cpstQty"]))


def look_up_items(call: Call) -> Reply:
    """The items of the PIN; prices come back as 0, as KRA's do."""
    rows = [(item.stamp, _row(call.device.tin, item)) for item in call.taxpayer.items.values()]
    return page(call, "itemList", rows)


def _row(tin: str, item: Item) -> dict[str, Any]:
    body = item.body
    copied = ("itemCd", "itemClsCd", "itemTyCd", "itemNm", "itemStdNm", "orgnNatCd", "pkgUnitCd", "qtyUnitCd",
              "taxTyCd", "btchNo", "regBhfId", "bcd")  # fmt: skip
    return {
        "tin": tin,
        **{name: body.get(name) for name in copied},
        **dict.fromkeys(("dftPrc", "grpPrcL1", "grpPrcL2", "grpPrcL3", "grpPrcL4", "grpPrcL5"), 0),
        "addInfo": body.get("addInfo"),
        "sftyQty": 0,
        "isrcAplcbYn": body["isrcAplcbYn"],
        "rraModYn": "N",
        "useYn": body["useYn"],
    }
