"""How a page follows something by itself: ever less often, ten minutes long, then on *Check again* only (`UX.md` §3)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

DELAYS_SECONDS = (2, 3, 5, 8, 15, 30)
FOLLOWED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Poll:
    """How often the page has asked already, and after how many seconds it asks again; `again` None ends it."""

    asked: int
    again: int | None


def poll_after(asked: int, waiting: bool, longest: int = FOLLOWED_SECONDS) -> Poll:
    """The next question of a page that has asked so often; none once nothing is waited for or `longest` is over."""
    if not waiting or seconds_until(asked) >= longest:
        return Poll(asked, None)
    return Poll(asked + 1, DELAYS_SECONDS[min(asked, len(DELAYS_SECONDS) - 1)])


def asked_so_far() -> int:
    """How often this page has asked, as its address says; anything that is no such number begins anew."""
    given = request.args.get("asked", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 3 else 0


def seconds_until(asked: int) -> int:
    """How long a page that has asked so often has been waiting."""
    return sum(DELAYS_SECONDS[:asked]) + DELAYS_SECONDS[-1] * max(0, asked - len(DELAYS_SECONDS))
