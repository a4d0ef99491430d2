"""What somebody looks for in the list of documents, as read from the page's address."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from portal.fiscal.labels import DocumentKind
from portal.fiscal.moments import EAST_AFRICA
from portal.fiscal.money import MoneyError, parse_money
from portal.fiscal.pins import PinError, parse_pin
from portal.infra.columns import search_words
from portal.infra.forms import parse_id, printable

STATES = ("draft", "waiting", "signed", "attention", "void")
PRESETS = ("today", "yesterday", "week", "month")
LONGEST_SEARCH = 100
LARGEST_NUMBER = 10**15
_NUMBER = re.compile(r"(?:(INV|CN)-)?(?:([0-9]{2})-)?#?([0-9]{1,15})", re.IGNORECASE)
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the next page starts: behind this document."""

    moment: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters; `days` is the first and the last day in Kenya."""

    words: str = ""
    state: str = ""
    branch_id: UUID | None = None
    preset: str = ""
    days: tuple[date, date] | None = None
    behind: Behind | None = None
    seen: int = 0

    @classmethod
    def of(cls, args: MultiDict[str, str], today: date | Callable[[], date]) -> Wanted:
        """What the address asks for; whatever cannot be understood counts as not asked."""
        preset = args.get("dates", "")
        days = _preset_days(preset, today) if preset in PRESETS else _chosen_days(args.get("from", ""), args.get("to", ""))
        seen = args.get("seen", "")
        behind = _behind(args.get("after", ""))
        return cls(
            words=" ".join(printable(args.get("q", "")).split())[:LONGEST_SEARCH],
            state=args.get("state", "") if args.get("state") in STATES else "",
            branch_id=parse_id(args.get("branch", "")),
            preset=preset if preset in PRESETS else "choose" if days or preset == "choose" else "",
            days=days,
            behind=behind,
            seen=int(seen) if behind and seen.isascii() and seen.isdigit() and len(seen) < 7 else 0,
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.words or self.state or self.branch_id or self.days)

    @property
    def moments(self) -> tuple[datetime, datetime] | None:
        """From the first moment of the first day to the first moment after the last one."""
        if self.days is None:
            return None
        first, last = self.days
        return _midnight(first), _midnight(last + timedelta(days=1))

    def as_args(self, **changes: Any) -> dict[str, Any]:
        """The address of this list, or of the same with `changes`; None leaves something out."""
        args: dict[str, Any] = {"q": self.words, "state": self.state, "branch": self.branch_id, "dates": self.preset}
        if self.preset == "choose" and self.days:
            args |= {"from": self.days[0], "to": self.days[1]}
        return {name: value for name, value in (args | changes).items() if value}

    def whole(self) -> Wanted:
        """The same list from its beginning."""
        return replace(self, behind=None, seen=0)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words may mean; more than one at once, because 105 is a number and an amount."""

    numbers: tuple[DocumentKind | None, str | None, int] | None
    pin: str | None
    cents: int | None
    name: str


def meaning_of(words: str) -> Meaning:
    """A document's number, a PIN, an amount, or the beginning of a customer's name."""
    return Meaning(_number(words), _pin(words), _cents(words), search_words(words))


def token(moment: datetime, document_id: UUID) -> str:
    """Where a page ends, for the address of the next one."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{document_id.hex}".encode()).decode().rstrip("=")


def _behind(text: str) -> Behind | None:
    try:
        padded = text + "=" * (-len(text) % 4)
        moment, _bar, document_id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        found = Behind(datetime.fromisoformat(moment), UUID(document_id))
    except (ValueError, binascii.Error):
        return None
    return found if found.moment.tzinfo and EARLIEST < found.moment.date() < LATEST else None


def _number(words: str) -> tuple[DocumentKind | None, str | None, int] | None:
    found = _NUMBER.fullmatch(words)
    if found is None or not 0 < int(found[3]) < LARGEST_NUMBER:
        return None
    kinds = {"INV": DocumentKind.SALE, "CN": DocumentKind.CREDIT_NOTE}
    return kinds.get((found[1] or "").upper()), found[2], int(found[3])


def _pin(words: str) -> str | None:
    try:
        return parse_pin(words)
    except PinError:
        return None


def _cents(words: str) -> int | None:
    try:
        return int(parse_money(words) * 100)
    except MoneyError:
        return None


def _preset_days(preset: str, asked: date | Callable[[], date]) -> tuple[date, date]:
    today = asked() if callable(asked) else asked
    starts = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "week": (today - timedelta(days=today.weekday()), today),
        "month": (today.replace(day=1), today),
    }
    return starts[preset]


def _chosen_days(first: str, last: str) -> tuple[date, date] | None:
    start, end = _day(first), _day(last)
    if start is None and end is None:
        return None
    days = sorted((start or EARLIEST, end or LATEST))
    return days[0], days[1]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return min(max(found, EARLIEST), LATEST)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EAST_AFRICA)
