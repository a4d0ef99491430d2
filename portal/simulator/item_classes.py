"""KRA's item classification: real rows, typical goods of a Kenyan shop, and made-up rows to fill three pages."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from portal.simulator.clock import moment, stamp
from portal.simulator.codelists import DATA
from portal.simulator.envelope import Reply
from portal.simulator.paging import Row, page
from portal.simulator.world import Call

FIRST_AT = "20230401000000"
KINDS = ("retail pack", "wholesale pack", "bulk", "imported", "locally made", "spare parts", "accessories", "other")


def look_up_item_classes(call: Call) -> Reply:
    """The item classes newer than the mark, at most 1000 at a time."""
    return page(call, "itemClsList", class_rows())


def is_item_class(code: str) -> bool:
    """Whether items may use this code: eight or ten digits in a segment of the list, of which we hold only a part."""
    return code.isascii() and code.isdigit() and len(code) in (8, 10) and code[:2] in _segments()


@cache
def class_rows() -> list[Row]:
    """All rows, one second apart, so that any page can be continued."""
    start = moment(FIRST_AT)
    return [(stamp(start + timedelta(seconds=second)), row) for second, row in enumerate(_rows())]


@cache
def _segments() -> frozenset[str]:
    return frozenset(row["itemClsCd"][:2] for _, row in class_rows())


def _rows() -> Iterator[dict[str, Any]]:
    listed = [*_table("item_classes.json"), *_table("shop_classes.json")]
    known = {code for code, *_ in listed}
    for code, name, level, band in listed:
        yield _row(code, name, level, band)
    for code, name, level, _ in listed:
        if 1 < level < 5 and code[:2] != "99":
            for number, kind in enumerate(KINDS, start=1):
                made_up = f"{code}{number:02}"
                if made_up not in known:
                    yield _row(made_up, f"{name}, {kind}", 5, "B")


def _table(name: str) -> list[list[Any]]:
    rows: list[list[Any]] = json.loads((DATA / name).read_text("utf-8"))
    return rows


def _row(code: str, name: str, level: int, band: str | None) -> dict[str, Any]:
    return {
        "itemClsCd": code,
        "itemClsNm": name,
        "itemClsLvl": level,
        "taxTyCd": band,
        "mjrTgYn": None,
        "useYn": "Y",
    }
