"""What sales, purchases and stock movements have in common: numbered lines of registered items, and dates."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.simulator.clock import moment
from portal.simulator.envelope import refuse
from portal.simulator.fields import Field, Place, parameter_error, read
from portal.simulator.state import Item
from portal.simulator.world import Call

# Clocks differ a little; KRA has not told how much it lets pass.
CLOCK_DIFFERENCE = timedelta(minutes=5)
UNKNOWN_ITEM = "Items provided under the itemList section do not exist in your stock"


def read_lines(call: Call, header: Mapping[str, Any], fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """The lines of the request, checked field by field and numbered 1, 2, 3 …"""
    given = call.body.get("itemList")
    if not isinstance(given, list) or not given or not all(isinstance(line, dict) for line in given):
        raise parameter_error("itemList", "may not be empty", Place())
    if header["totItemCnt"] != len(given):
        raise refuse(f"Invalid totItemCnt. Expected: {len(given)}, But Found: {header['totItemCnt']}")
    lines = []
    for number, line in enumerate(given, start=1):
        values = read(fields, line, Place(line=number), call.options.quantity_decimals)
        if values["itemSeq"] != number:
            raise refuse(f"Invalid itemSeq on item: {number}. Expected: {number}, But Found: {values['itemSeq']}")
        lines.append(values)
    return lines


def registered_item(call: Call, line: Mapping[str, Any]) -> Item:
    """The item of a line, which has to be registered."""
    item = call.taxpayer.items.get(line["itemCd"])
    if item is None:
        raise refuse(UNKNOWN_ITEM)
    return item


def check_active(item: Item) -> None:
    """Refuses an item that is no longer in use."""
    if item.body["useYn"] != "Y":
        raise refuse(UNKNOWN_ITEM)


def check_same(number: int, line: Mapping[str, Any], expected: Mapping[str, Any], *names: str) -> None:
    """Refuses a line that says something else of its item than is known."""
    for name in names:
        if line[name] is not None and line[name] != expected[name]:
            raise refuse(f"Invalid {name} on item: {number}. Expected: {expected[name]}, But Found: {line[name]}")


def check_not_in_future(call: Call, values: Mapping[str, Any], *names: str) -> None:
    """Refuses dates that are still to come."""
    if not call.options.future_refused:
        return
    latest = call.world.clock.now() + CLOCK_DIFFERENCE
    for name in names:
        if values[name] is not None and moment(values[name]) > latest:
            raise refuse(f"Invalid {name}: {values[name]} is in the future")
