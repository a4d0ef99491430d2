"""How a page follows its document."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.sales.status import poll_after, state_of

KES = Decimal


def test_the_page_asks_after_2_3_5_8_15_and_then_30_seconds():
    delays = [poll_after(asked, "queued").again for asked in range(8)]
    assert delays == [2, 3, 5, 8, 15, 30, 30, 30]


def test_it_stops_by_itself_after_ten_minutes():
    waited, asked = 0, 0
    while (poll := poll_after(asked, "unknown")).again is not None:
        waited, asked = waited + poll.again, poll.asked
    assert 600 <= waited < 630


@pytest.mark.parametrize("state", ["accepted", "refused", "held", "void"])
def test_a_final_state_asks_no_more(state: str):
    assert poll_after(0, state).again is None


@pytest.mark.parametrize(
    ("row", "told", "credited", "shown"),
    [
        ("draft", None, "0", "draft"),
        ("void", "void", "0", "void"),
        ("issued", "queued", "0", "queued"),
        ("issued", "unknown", "0", "unknown"),
        ("issued", "held", "0", "held"),
        ("issued", "accepted", "0", "accepted"),
        ("issued", "accepted", "40.00", "partly_credited"),
        ("issued", "accepted", "100.00", "credited"),
    ],
)
def test_the_badge_says_where_the_document_stands(row: str, told: str | None, credited: str, shown: str):
    assert state_of(row, told, KES("100.00"), KES(credited)) == shown
