"""Texts are tidied or refused, never cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.texts import TextError, clean_optional_text, clean_text


def test_a_text_is_tidied_or_refused_and_never_cut():
    assert clean_text("  Moi \n Avenue ", 20, "The address") == "Moi Avenue"
    assert clean_optional_text("  ", 20, "The address") is None
    assert clean_optional_text(None, 20, "The address") is None
    with pytest.raises(TextError, match="The address is too long: it can have at most 5 characters"):
        clean_text("Moi Avenue", 5, "The address")


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_clean_or_refused(typed):
    try:
        tidy = clean_text(typed, 50, "The name")
    except TextError:
        return
    assert tidy == tidy.strip()
    tidy.encode("utf-8")
    assert "\x00" not in tidy
