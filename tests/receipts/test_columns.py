"""Columns by measured spaces: words begin and digits end where they should, whatever stands before them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.receipts.columns import LEAST_GAP, Figure, Type, Words

BODY = Type(12.0)
PRINTABLE = st.text(st.characters(codec="latin-1", min_codepoint=33, exclude_categories=["C", "Z"]), min_size=1)


def width(text: str) -> float:
    measured = BODY.width(text)
    assert measured is not None
    return measured


@settings(deadline=None)
@given(st.floats(LEAST_GAP, 600))
def test_any_gap_is_filled_to_an_eighth_of_a_pixel(gap: float) -> None:
    spaces = BODY.spaces(gap)
    assert not spaces.strip()
    assert width(spaces) == pytest.approx(gap, abs=0.125 if gap >= 12 else 0.2)


@pytest.mark.parametrize("amount", ["1,160.00B", "555.00A-EX", "0.00", "-765.00", "(312.50)", "999,999,999.99E"])
def test_digits_end_at_the_edge_and_what_follows_sticks_out(amount: str) -> None:
    line = BODY.line([Words("Item", 0), Figure(amount, 400)])
    digits = line[: line.rindex(amount) + len(amount.rstrip("ABCDEX-)"))]
    assert width(digits) == pytest.approx(400, abs=0.125)


@settings(deadline=None)
@given(PRINTABLE)
def test_words_begin_in_their_column_or_right_after_what_is_too_long(name: str) -> None:
    line = BODY.line([Words(name, 0), Words("Goods", 300)])
    begins = width(line.removesuffix("Goods"))
    assert begins == pytest.approx(max(300, width(name) + LEAST_GAP), abs=0.2)


@settings(deadline=None)
@given(st.lists(PRINTABLE, min_size=1, max_size=12))
def test_wrapped_lines_fit_and_lose_nothing(words: list[str]) -> None:
    lines = BODY.wrapped(" ".join(words), 100)
    assert lines is not None
    assert all(width(line) <= 100 or len(line) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(words)


@pytest.mark.parametrize("text", ["شركة", "日本", "🥤"])
def test_what_our_font_lacks_is_not_guessed(text: str) -> None:
    assert BODY.width(text) is None and BODY.wrapped(text, 100) is None
