"""What the program asks the database, seen at the driver: through SQLAlchemy or past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

Statement = tuple[str, Any]


@contextmanager
def recorded(before: Callable[[str], object] = lambda _statement: None) -> Iterator[list[Statement]]:
    """Every statement of this process with its values, while it lasts; `before` is called ahead of each."""
    seen: list[Statement] = []
    execute = psycopg.Cursor.execute

    def keep(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        before(str(query))
        if "set_config('app.tenant_id', %s" not in str(query):
            seen.append((str(query), params))
        return execute(cursor, query, params, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", keep)
        yield seen
