"""Long lists read by keyset: a page costs the same at any depth, and nobody counts further than a thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, Self, TypeVar, cast
from uuid import UUID

import structlog
from flask import render_template, request
from sqlalchemy import Select, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from portal.infra.db import db
from portal.infra.forms import parse_id, printable
from portal.infra.web import htmx

log = structlog.get_logger()
Row = TypeVar("Row")
View = TypeVar("View", bound=Callable[..., Any])
PAGE_SIZE = 25
COUNTED = 1000
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list's address asks for: `after` is the id that the page starts behind, `seen` how many came before."""

    text: str
    archived: bool
    after: UUID | None
    seen: int

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Self:
        """What stands in the address; whatever cannot be understood counts as not asked."""
        seen = args.get("seen", "")
        after = parse_id(args.get("after", ""))
        return cls(
            text=" ".join(printable(args.get("q", "")).split())[:LONGEST_SEARCH],
            archived=args.get("show") == "archived",
            after=after,
            seen=int(seen) if after and seen.isascii() and seen.isdigit() and len(seen) < 7 else 0,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether an empty answer may only mean that nothing fits."""
        return bool(self.text or self.archived)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of a list; `after` is the id that the next page starts behind, None at the end."""

    rows: Sequence[Row]
    after: UUID | None
    shown: int
    total: int

    @property
    def total_words(self) -> str:
        """How many there are, exactly up to a thousand."""
        return f"{self.total:,}" if self.total <= COUNTED else f"{COUNTED:,}+"


def read_page(wanted: Select[Any], rows_of: Select[Any], asked: Asked) -> Page[Any]:
    """One page of `rows_of` (ordered, and starting behind `asked.after`), counted over all of `wanted`."""
    rows = db.session.execute(rows_of.limit(PAGE_SIZE + 1)).scalars().all()
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    shown = asked.seen + len(rows)
    total = capped_count(wanted) if more or asked.seen else shown
    return Page(rows, rows[-1].id if more else None, shown, max(total, shown))


def capped_count(wanted: Select[Any]) -> int:
    """How many rows `wanted` finds, one more than a thousand at most."""
    some = wanted.order_by(None).limit(COUNTED + 1).subquery()
    return int(db.session.execute(select(func.count()).select_from(some)).scalar_one())


def first_beyond(prefix: str) -> str:
    """The least text behind every text that begins with `prefix`, for a range on a COLLATE "C" column.

    Row-level security switches LIKE off as an index condition (`PERFORMANCE.md` §4); a range keeps the index.
    """
    return prefix + "\U0010ffff"


def template_of(folder: str, asked: Asked) -> str:
    """The page for a browser, its results for a filter, and only further rows for *Show more*."""
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return f"{folder}/list.html"
    return f"{folder}/_more.html" if asked.after else f"{folder}/_results.html"


def or_error(folder: str) -> Callable[[View], View]:
    """Show the frame and the filters of a list with *could not be loaded* inside when the database does not answer in time.

    A filter under htmx keeps what it shows instead, and the banner says why (UX §3).
    """

    def around(view: View) -> View:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except OperationalError:
                if htmx:
                    raise
                db.session.rollback()
                log.warning("list_not_loaded", folder=folder, exc_info=True)
                return render_template(f"{folder}/list.html", asked=Asked.of(request.args), page=None, failed=True), 503

        return cast(View, shown)

    return around
