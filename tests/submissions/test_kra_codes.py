"""Every result code that is known has its class, a plain sentence and the button that helps, on a page open to anybody."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.kra.codes import TABLE
from portal.kra.outcomes import Help, Outcome
from portal.submissions.queries import ADVICE, BUTTONS, meanings
from tests.devices.test_pages import flat
from tests.support.world import visitor

# code, how it is treated, what helps: KRA's own codes first, then those seen elsewhere
CODES = """
    000 success nothing    001 empty nothing      900 refused support    901 device repaired    902 device repaired
    903 device repaired    905 device repaired    910 refused correct    911 refused support    912 refused support
    913 refused correct    921 ambiguous check    922 refused send       990 throttled nothing  991 ambiguous check
    992 ambiguous check    993 ambiguous check    994 duplicate check    995 ambiguous check    999 ambiguous check
    891 device repaired    892 device repaired    893 refused correct    894 ambiguous nothing  895 refused support
    896 ambiguous nothing  899 duplicate check    E04 device repaired    E11 device repaired    E31 refused support
    01 device repaired     10 refused correct     11 device repaired     12 duplicate check     13 refused correct
    14 device repaired     20 ambiguous check     96 ambiguous check     99 ambiguous check
"""
WORDS = {
    "nothing": Help.NOTHING, "check": Help.CHECK_AGAIN, "send": Help.SEND_AGAIN, "correct": Help.CORRECT,
    "repaired": Help.REPAIRED, "support": Help.SUPPORT,
}  # fmt: skip
PARTS = CODES.split()
LISTED = {code: (Outcome(outcome), WORDS[helps]) for code, outcome, helps in zip(*[iter(PARTS)] * 3, strict=True)}


def test_the_table_holds_every_code_and_no_other() -> None:
    assert {code: (meaning.outcome, meaning.helps) for code, meaning in TABLE.items()} == LISTED


def test_what_ended_in_silence_and_what_did_not() -> None:
    assert {code for code, meaning in TABLE.items() if meaning.silent} == {"894", "896"}


@pytest.mark.parametrize("code", sorted(LISTED))
def test_a_code_has_a_sentence_without_jargon_and_advice(code: str) -> None:
    sentence = TABLE[code].sentence
    assert re.fullmatch(r"[A-Z][^<>{}]+\.", sentence) and code not in sentence
    assert not re.search(r"resultCd|JSON|HTTP|null|bhfId|cmcKey|exception", sentence)
    assert ADVICE[TABLE[code].helps].endswith(".")
    # Whatever asks a person to act names the button, and waiting has none.
    assert bool(BUTTONS.get(TABLE[code].helps)) is (TABLE[code].helps not in (Help.NOTHING, Help.SUPPORT))


def test_the_page_shows_all_of_them_to_anybody(app: Flask) -> None:
    page = visitor(app).get("/help/kra-codes")
    assert page.status_code == 200
    for one in meanings():
        assert f'id="code-{one.code}"' in page.text
    assert page.text.count('id="code-') == len(LISTED)
    assert "Correct it and issue it again. Button: Correct and issue again" in flat(page.text)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("901", ["901"]), ("e11", ["E11"]), ("00", ["000"]), ("0", ["000"]), ("memory", ["E11", "11"]), ("884", []),
     ("ab", []), ("<script>", []), ("901\x00", ["901"]), ("9" * 500, [])],
)  # fmt: skip
def test_a_code_is_looked_up_by_itself_or_by_a_word(app: Flask, asked: str, found: list[str]) -> None:
    page = visitor(app).get("/help/kra-codes", query_string={"q": asked})
    assert page.status_code == 200 and "<script>alert" not in page.text
    assert re.findall(r'id="code-(\w+)"', page.text) == found
