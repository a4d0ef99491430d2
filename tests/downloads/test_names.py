"""File names fit any file system and are never alike; no cell of the list calculates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.downloads.names import file_names
from portal.downloads.queries import Content
from portal.infra.spreadsheets import csv_file, safe
from portal.receipts.models import HandOut

ZERO = Decimal("0.00")


def content(number: str, buyer: str, copy_no: int) -> Content:
    hand_out, at = HandOut(copy_no=copy_no), datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    return Content(hand_out, "sale", number, at, buyer, "", (ZERO, ZERO, ZERO), "KRACU1/1", None)


numbers = st.sampled_from(["INV-000001", "INV-000002", "CN-01-000001"])


buyers = st.one_of(st.sampled_from(["", "../../etc", "Mama Njeri’s Café", "ÅSE", "åse", "a" * 60]), st.text(max_size=20))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(numbers, buyers, st.integers(0, 2)), max_size=6))
def test_names_are_clean_and_no_two_are_alike(those: list[tuple[str, str, int]]) -> None:
    names = file_names([content(*one) for one in those])
    assert len({name.lower() for name in names}) == len(those)
    assert all(re.fullmatch(r"2026-11-21_[A-Za-z0-9_-]+\.pdf", name) and len(name) <= 100 for name in names)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("=+-@\t\r\n ＝＋－＠")), max_size=20))
def test_no_text_becomes_a_formula(text: str) -> None:
    assert not re.match(r"\s*[=+\-@＝＋－＠]", safe(text)) and not safe(text).startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize(("cell", "shown"), [
    ("=1+1", "'=1+1"), (" \t@x", "' \t@x"), ("－1", "'－1"), (Decimal("-5.00"), "-5.00"), (7, "7"), (None, ""), ("Asha", "Asha"),
])  # fmt: skip
def test_numbers_of_ours_stay_numbers(cell: str | int | Decimal | None, shown: str) -> None:
    assert safe(cell) == shown


def test_every_field_is_quoted_for_a_spreadsheet() -> None:
    assert csv_file(["A"], [['say "hi"\nthere']]) == b'\xef\xbb\xbf"A"\r\n"say ""hi""\nthere"\r\n'
