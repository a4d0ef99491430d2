"""Purchases: what suppliers sold to this PIN, and what the trader declares of it (PROTOCOL §5.8, §7.4)."""

from collections.abc import Mapping
from typing import Any

from portal.simulator import field_tables
from portal.simulator.amounts import check_amounts
from portal.simulator.clock import spoken
from portal.simulator.documents import check_not_in_future, read_lines
from portal.simulator.envelope import Refusal, Reply, refuse
from portal.simulator.fields import Place, read
from portal.simulator.paging import Row, page
from portal.simulator.state import Books, Event, StoredSale, keeps
from portal.simulator.supplier_sales import seeded_sales
from portal.simulator.taxpayers import taxpayer_name
from portal.simulator.world import Call

LINE = ("itemSeq", "itemCd", "itemClsCd", "itemNm", "bcd", "pkgUnitCd", "pkg", "qtyUnitCd", "qty", "prc", "splyAmt",
        "dcRt", "dcAmt", "taxTyCd", "taxblAmt", "taxAmt", "totAmt")  # fmt: skip
HEADER = ("rcptTyCd", "pmtTyCd", "salesDt", "totItemCnt",
          *(f"{name}{band}" for name in ("taxblAmt", "taxRt", "taxAmt") for band in "ABCDE"),
          "totTaxblAmt", "totTaxAmt", "totAmt", "remark")  # fmt: skip


def look_up_purchases(call: Call) -> Reply:
    """Sales that suppliers made to this PIN: some made up, and those of other users of this simulator."""
    return page(call, "saleList", _rows(call))


def _rows(call: Call) -> list[Row]:
    opened_at = call.taxpayer.opened_at
    seeded = [(opened_at, row) for row in seeded_sales(call.device.tin, opened_at)]
    return seeded + [(sale.stamp, _bought(sale)) for sale in call.taxpayer.bought]


def _bought(sale: StoredSale) -> dict[str, Any]:
    body = sale.body()
    return {
        "spplrTin": sale.tin,
        "spplrNm": taxpayer_name(sale.tin),
        "spplrBhfId": sale.branch,
        "spplrInvcNo": sale.number,
        "spplrSdcId": sale.receipt["sdc_id"],
        "spplrMrcNo": sale.receipt["mrc_number"],
        **{name: body.get(name) for name in HEADER},
        "cfmDt": spoken(body["cfmDt"]),
        "stockRlsDt": spoken(body.get("stockRlsDt")),
        "itemList": [{name: line.get(name) for name in LINE} for line in body["itemList"]],
    }


def save_purchase(call: Call) -> Reply:
    """Takes a purchase down; answers with the envelope alone."""
    header = read(field_tables.PURCHASE, call.body, Place(), call.options.quantity_decimals)
    _check_number(call, header["invcNo"])
    lines = read_lines(call, header, field_tables.PURCHASE_LINE)
    check_not_in_future(call, header, "pchsDt", "cfmDt", "wrhsDt", "rfdDt")
    _check_supplier(call, header)
    for number, line in enumerate(lines, start=1):
        if line["itemCd"] is not None and line["itemCd"] not in call.taxpayer.items:
            raise refuse(f"Item {line['itemCd']} provided on item: {number}. does not exist in your inventory")
    check_amounts(header, lines, call.options)
    call.record("purchase")
    return Reply()


def _check_number(call: Call, number: int) -> None:
    expected = call.branch.last_purchase + 1
    if 0 < number < expected:
        raise Refusal("994")
    if number != expected:
        raise refuse(
            f"Invalid invcNo sequence, expected: {expected} but found: {number}; "
            f"Invc No: {number} is invalid, use the expected value: {expected}"
        )


def _check_supplier(call: Call, header: Mapping[str, Any]) -> None:
    """With a supplier PIN and number the supplier's sale must exist at KRA."""
    supplier, number = header["spplrTin"], header["spplrInvcNo"]
    if supplier is None or number is None:
        return
    numbers = {row["spplrInvcNo"] for _, row in _rows(call) if _is_from(row, supplier, header["spplrBhfId"])}
    if not numbers:
        raise refuse("Missing purchase Record")
    if number not in numbers:
        raise refuse(f"Supplier invoice number {number} does not exist")


def _is_from(row: Mapping[str, Any], supplier: str, branch: str | None) -> bool:
    return row["spplrTin"] == supplier and branch in (None, row["spplrBhfId"])


@keeps("purchase")
def keep_purchase(books: Books, event: Event) -> None:
    """Takes a purchase into the books."""
    books.branch((event.facts["tin"], event.facts["bhfId"])).last_purchase += 1
