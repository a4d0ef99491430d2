"""Which passwords are refused: the short ones, and those that are guessed first. No rules about kinds of characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from flask_babel import gettext as _

SHORTEST, LONGEST = 12, 128
LEAST_LEFT = 4  # characters that are not part of anything guessable
MOST_PARTS = 3  # guessable parts, each counted once, that do not make up for it
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
)
LEET = str.maketrans("0134578@$!", "oieastbasi")
ENDING = re.compile(r"(.*?)([\d\W_]*)", re.DOTALL)  # figures at the end are figures, inside a word they stand for letters
YEAR = re.compile(r"(?:19|20)\d\d")
REPEAT = re.compile(r"(\S+?)\1{2,}")


def problem_with(password: str, about: Iterable[str] = ()) -> str | None:
    """The sentence that says why this password is refused, or None; `about` is what a guesser knows of the person."""
    if len(password) < SHORTEST:
        return _("Use %(least)s characters or more. A short sentence works well.", least=SHORTEST)
    if len(password) > LONGEST:
        return _("Use at most %(most)s characters.", most=LONGEST)
    known = {_letters(word) for text in about for word in re.split(r"[\s@._+-]+", text) if len(word) >= 4}
    if is_guessable(password, known):
        return _("This is one of the first passwords that are tried. Use a short sentence instead.")
    return None


def is_guessable(password: str, known: Iterable[str] = ()) -> bool:
    """Whether little is left of a password when common words, names, years, runs of keys and repeats are taken out."""
    words = sorted({*guessed_first(), *known}, key=len, reverse=True)
    stem, end = ENDING.fullmatch(password.casefold()).groups()  # type: ignore[union-attr]  # it matches any text
    return any(_is_made_of(form, words) for form in {_letters(stem + end), _letters(stem.translate(LEET) + end)})


@lru_cache
def guessed_first() -> frozenset[str]:
    """The words that common passwords are made of."""
    lines = (Path(__file__).parent / "guessed_first.txt").read_text(encoding="utf-8").split()
    return frozenset(lines)


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _is_made_of(text: str, words: Iterable[str]) -> bool:
    parts: set[str] = set()
    rest = text
    for word in words:
        if word and word in rest:
            parts.add(word)
            rest = rest.replace(word, " ")
    parts.update(YEAR.findall(rest))
    rest = _without_runs(YEAR.sub(" ", rest), parts)
    parts.update(REPEAT.findall(rest))
    rest = REPEAT.sub(" ", rest)
    return len(rest.replace(" ", "")) < LEAST_LEFT and len(parts) <= MOST_PARTS


def _without_runs(text: str, parts: set[str]) -> str:
    for line in RUNS:
        for run in (line, line[::-1]):
            for length in range(len(run), 2, -1):
                for start in range(len(run) - length + 1):
                    piece = run[start : start + length]
                    if piece in text:
                        parts.add("a run of keys")
                        text = text.replace(piece, " ")
    return text
