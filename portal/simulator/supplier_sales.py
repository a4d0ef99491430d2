"""Made-up sales of suppliers, the same three for every PIN, dated just before its first device was installed.

The second is as KRA's own seed rows are: its splyAmt is without VAT and its tax a few cents off (PROTOCOL §5.8).
"""

from datetime import timedelta
from typing import Any

from portal.simulator.clock import moment, spoken, stamp
from portal.simulator.codelists import BANDS, listed_rates
from portal.simulator.taxpayers import taxpayer_name

Line = tuple[str, str, str, str, str, float, float, float, float, float]
FLOUR: Line = ("KE2CTNO0000001", "5022110801", "Maize flour 2 kg", "CT", "A", 10, 200, 2000, 2000, 0)
GOODS: Line = ("KE2NTNO0000001", "5059690800", "Cooking oil 1 l", "NT", "B", 1, 1160, 1160, 1000, 160)
PASTRY: Line = ("KE2NTNO0000002", "5059690800", "Pastry assortment", "NT", "B", 1, 1122, 1122, 1122, 180.07)
SOAP: Line = ("KE2CTNO0000003", "1000000000", "Bar soap 800 g", "CT", "B", 20, 145, 2900, 2500, 400)
# PIN, invoice number, days before the first installation, lines, total if it is not the sum of the supply amounts
SALES: tuple[tuple[str, int, int, tuple[Line, ...], float | None], ...] = (
    ("P000000003Z", 6, 3, (GOODS,), None),
    ("P000000004B", 41, 2, (PASTRY,), 1302.07),
    ("P000000005C", 118, 1, (FLOUR, SOAP), None),
)


def seeded_sales(tin: str, opened_at: str) -> list[dict[str, Any]]:
    """The made-up rows for one PIN."""
    return [_row(opened_at, *sale) for sale in SALES if sale[0] != tin]


def _row(opened_at: str, supplier: str, number: int, days: int, lines: tuple[Line, ...], total: float | None) -> dict[str, Any]:
    at = stamp(moment(opened_at) - timedelta(days=days))
    items = [_line(sequence, line, total) for sequence, line in enumerate(lines, start=1)]
    net, tax = _by_band(items, "taxblAmt"), _by_band(items, "taxAmt")
    return {
        "spplrTin": supplier,
        "spplrNm": taxpayer_name(supplier),
        "spplrBhfId": "00",
        "spplrInvcNo": number,
        "spplrSdcId": f"KRACU04000{supplier[5:10]}",
        "spplrMrcNo": f"KRA{supplier[2:10]}",
        "rcptTyCd": "S",
        "pmtTyCd": "01",
        "cfmDt": spoken(at),
        "salesDt": at[:8],
        "stockRlsDt": None,
        "totItemCnt": len(items),
        **{f"taxblAmt{band}": net[band] for band in BANDS},
        **{f"taxRt{band}": 0 if band == "E" else listed_rates()[band] for band in BANDS},
        **{f"taxAmt{band}": tax[band] for band in BANDS},
        "totTaxblAmt": sum(net.values()),
        "totTaxAmt": sum(tax.values()),
        "totAmt": sum(item["totAmt"] for item in items),
        "remark": None,
        "itemList": items,
    }


def _line(sequence: int, line: Line, total: float | None) -> dict[str, Any]:
    code, class_code, name, package, band, quantity, price, supply, net, tax = line
    return {
        "itemSeq": sequence,
        "itemCd": code,
        "itemClsCd": class_code,
        "itemNm": name,
        "bcd": None,
        "pkgUnitCd": package,
        "pkg": 1,
        "qtyUnitCd": "NO",
        "qty": quantity,
        "prc": price,
        "splyAmt": supply,
        "dcRt": 0,
        "dcAmt": 0,
        "taxTyCd": band,
        "taxblAmt": net,
        "taxAmt": tax,
        "totAmt": supply if total is None else total,
    }


def _by_band(items: list[dict[str, Any]], name: str) -> dict[str, float]:
    return {band: sum(item[name] for item in items if item["taxTyCd"] == band) for band in BANDS}
