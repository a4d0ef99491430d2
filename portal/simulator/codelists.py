"""KRA's code lists: what is in them, what the look-up answers, and the tax rates that follow from class 04."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
BANDS = "ABCDE"
# Only in the paper: the live list of 2026 does not show them (PROTOCOL §5.1).
NOT_LISTED = {"15", "31"}
LISTED_AT = "20230101000000"
# The refund reasons 07-13 and packaging BX came later; a look-up from a date in between returns only these.
ADDED_AT = "20240601000000"
ADDED = {"17": {"BX"}, "32": {f"{number:02}" for number in range(7, 14)}}


@cache
def code_classes() -> dict[str, dict[str, Any]]:
    """All code classes by their number, as data/codes.json holds them."""
    classes: dict[str, dict[str, Any]] = json.loads((DATA / "codes.json").read_text("utf-8"))
    return classes


@cache
def codes_of(code_class: str) -> frozenset[str]:
    """The codes of one class."""
    return frozenset(row["cd"] for row in code_classes()[code_class]["codes"])


def has_code(code_class: str, code: str) -> bool:
    """Whether KRA's list of this class holds the code."""
    return code in codes_of(code_class)


@cache
def safe_packages() -> tuple[str, ...]:
    """The 52 packaging units that saveItem accepts (PROTOCOL §6.6)."""
    return tuple(row["cd"] for row in code_classes()["17"]["codes"] if not row.get("refusedBySaveItem"))


@cache
def listed_rates() -> Mapping[str, Decimal]:
    """The tax rate of each band in per cent, from class 04."""
    return {row["cd"]: Decimal(row["userDfnCd1"]) for row in code_classes()["04"]["codes"]}


def changed_since(mark: str, changed_rates: Mapping[str, Decimal], rates_changed_at: str) -> list[dict[str, Any]]:
    """The classes with the details that were registered or changed after the mark (14 digits)."""
    found = []
    for number, code_class in code_classes().items():
        details = [
            _detail(row, changed_rates if number == "04" else {})
            for row in code_class["codes"]
            if _stamp(number, row["cd"], changed_rates, rates_changed_at) > mark
        ]
        if number not in NOT_LISTED and (details or mark < LISTED_AT):
            found.append(_class(number, code_class, details))
    return found


def _stamp(number: str, code: str, changed_rates: Mapping[str, Decimal], rates_changed_at: str) -> str:
    if number == "04" and code in changed_rates:
        return rates_changed_at
    return ADDED_AT if code in ADDED.get(number, ()) else LISTED_AT


def _class(number: str, code_class: Mapping[str, Any], details: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cdCls": number,
        "cdClsNm": code_class["cdClsNm"],
        "cdClsDesc": None,
        "useYn": "Y",
        "userDfnNm1": code_class["userDfnNm1"],
        "userDfnNm2": None,
        "userDfnNm3": None,
        "dtlList": details,
    }


def _detail(row: Mapping[str, Any], changed_rates: Mapping[str, Decimal]) -> dict[str, Any]:
    changed = changed_rates.get(row["cd"])
    return {
        "cd": row["cd"],
        "cdNm": row["cdNm"],
        "cdDesc": row["cdDesc"] or "",
        "useYn": "Y",
        "srtOrd": row["srtOrd"],
        "userDfnCd1": str(changed) if changed is not None else row.get("userDfnCd1"),
        "userDfnCd2": row.get("userDfnCd2"),
        "userDfnCd3": None,
    }
