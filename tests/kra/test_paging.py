"""A look-up that KRA cuts is followed by its mark, and never for ever."""

from collections.abc import Callable
from datetime import datetime, timedelta

from portal.fiscal.moments import EAST_AFRICA
from portal.kra.outcomes import Answer, Outcome
from portal.kra.paging import pages

Rows = tuple[int, ...]
START = datetime(2026, 9, 18, tzinfo=EAST_AFRICA)


def page(*rows: int, hours: int | None, outcome: Outcome = Outcome.SUCCESS) -> Answer[Rows]:
    moment = None if hours is None else START + timedelta(hours=hours)
    return Answer(outcome=outcome, value=rows, rows=len(rows), result_at=moment)


def playing(*answers: Answer[Rows]) -> tuple[Callable[[datetime | None], Answer[Rows]], list[datetime | None]]:
    asked: list[datetime | None] = []
    waiting = iter(answers)

    def look_up(since: datetime | None) -> Answer[Rows]:
        asked.append(since)
        return next(waiting)

    return look_up, asked


def test_each_page_is_asked_for_from_the_mark_of_the_one_before() -> None:
    look_up, asked = playing(page(1, 2, hours=1), page(3, 4, hours=2), page(5, hours=3))
    assert [answer.value for answer in pages(look_up, None, page_rows=2)] == [(1, 2), (3, 4), (5,)]
    assert asked == [None, START + timedelta(hours=1), START + timedelta(hours=2)]


def test_an_empty_page_is_the_last() -> None:
    look_up, _ = playing(page(1, 2, hours=1), page(hours=2, outcome=Outcome.EMPTY))
    assert len(list(pages(look_up, START, page_rows=2))) == 2


def test_a_page_that_brings_nothing_new_is_the_last() -> None:
    look_up, _ = playing(page(1, 2, hours=1), page(1, 2, hours=2))
    assert len(list(pages(look_up, START, page_rows=2))) == 2


def test_a_mark_that_does_not_move_ends_the_walk() -> None:
    for hours in (0, -1, None):
        look_up, _ = playing(page(1, 2, hours=hours))
        assert len(list(pages(look_up, START, page_rows=2))) == 1


def test_a_failure_ends_the_walk_and_is_no_base_for_the_next_question() -> None:
    look_up, _ = playing(page(1, 2, hours=1), page(hours=2, outcome=Outcome.AMBIGUOUS))
    *_, last = pages(look_up, START, page_rows=2)
    assert last.mark is None
