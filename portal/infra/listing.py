"""Long lists read by keyset: a page costs the same at any depth, and nobody counts further than a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select

from portal.infra.db import db

Row = TypeVar("Row")
PAGE_SIZE = 25
COUNTED = 1000


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


def capped_count(wanted: Select[Any]) -> int:
    """How many rows `wanted` finds, one more than a thousand at most."""
    some = wanted.order_by(None).limit(COUNTED + 1).subquery()
    return int(db.session.execute(select(func.count()).select_from(some)).scalar_one())


def first_beyond(prefix: str) -> str:
    """The least text behind every text that begins with `prefix`, for a range on a COLLATE "C" column.

    Row-level security switches LIKE off as an index condition (`PERFORMANCE.md` §4); a range keeps the index.
    """
    return prefix + "\U0010ffff"
