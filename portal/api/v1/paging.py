"""Lists by keyset: the next page begins behind the last row, at the same cost at any depth."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import fields
from marshmallow.validate import Range
from sqlalchemy import Select, tuple_

from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Words
from portal.infra.db import db

USUAL, MOST = 25, 100
READ: dict[type, Callable[[Any], Any]] = {datetime: datetime.fromisoformat, UUID: UUID, str: str, int: int}


class PageQuery(Body):
    """How many rows, and behind which."""

    limit = fields.Integer(strict=False, load_default=USUAL, validate=Range(1, MOST, error=f"Ask for 1 to {MOST}."))
    after = Words(400, metadata={"description": "`next` of the page before"})


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a list and where the next ones begin."""

    items: Sequence[Any]
    next: str | None


def read_slice(wanted: Select[Any], order: Sequence[Any], limit: int, after: str | None, *, newest_first: bool = False) -> Slice:
    """One page of rows of `wanted` in the order of these columns, which must tell any two rows apart."""
    key = tuple_(*order)
    if after is not None:
        behind = tuple_(*_position(after, order))
        wanted = wanted.where(key < behind if newest_first else key > behind)
    wanted = wanted.order_by(*(column.desc() if newest_first else column.asc() for column in order))
    rows = db.session.execute(wanted.limit(limit + 1)).scalars().all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Slice(rows[:limit], _token(last, order) if last is not None else None)


def _token(row: Any, order: Sequence[Any]) -> str:
    values = [getattr(row, column.key) for column in order]
    plain = [one.isoformat() if isinstance(one, datetime) else one if isinstance(one, int) else str(one) for one in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _position(after: str, order: Sequence[Any]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        read = [_value(column, value) for column, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise BadFields([("after", "This is not the `next` of a page.")]) from error
    return read


def _value(column: Any, value: Any) -> Any:
    kind = column.type.python_type
    if not isinstance(value, int if kind is int else str) or (isinstance(value, str) and "\x00" in value):
        raise ValueError("no position")
    read = READ[kind](value)
    if isinstance(read, datetime) and read.tzinfo is None:
        raise ValueError("no moment")
    if isinstance(read, int) and not -(2**63) <= read < 2**63:
        raise ValueError("no number of a row")
    return read
