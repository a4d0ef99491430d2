"""Following a look-up that KRA cuts at 1000 rows (PROTOCOL §5)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from portal.kra.outcomes import Answer, Outcome

T = TypeVar("T")

PAGE_ROWS = 1000


def pages(look_up: Callable[[datetime | None], Answer[T]], since: datetime | None,
          page_rows: int = PAGE_ROWS) -> Iterator[Answer[T]]:
    """Yield the answer of each page; the last one is short, empty, not `ok`, or brought nothing new.

    Store `answer.mark` after each page that is `ok`: it is the moment to ask from next time.
    """
    mark = since
    last: T | None = None
    while True:
        answer = look_up(mark)
        yield answer
        if answer.outcome is not Outcome.SUCCESS or answer.rows < page_rows or answer.value == last:
            return
        if answer.mark is None or (mark is not None and answer.mark <= mark):
            return      # KRA's clock did not move, so the same question would bring the same rows
        mark, last = answer.mark, answer.value
