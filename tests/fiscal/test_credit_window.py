"""A sale may be credited for six calendar months, counted in Kenyan days."""

from datetime import UTC, date, datetime

import pytest

from portal.fiscal.credit import CreditError, check_credit_window, credit_deadline, credit_window


@pytest.mark.parametrize(
    ("sold_on", "last_day"),
    [
        (date(2026, 5, 20), date(2026, 11, 20)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 7, 1), date(2027, 1, 1)),
        (date(2026, 2, 28), date(2026, 8, 28)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_the_last_day_is_six_calendar_months_later(sold_on, last_day):
    assert credit_deadline(sold_on) == last_day


SOLD = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 5, 20, 9, 0, tzinfo=UTC), "open"),
        (datetime(2026, 10, 19, 20, 59, 59, tzinfo=UTC), "open"),
        (datetime(2026, 10, 19, 21, 0, tzinfo=UTC), "warn"),  # 20 October has begun in Nairobi
        (datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC), "warn"),
        (datetime(2026, 11, 20, 21, 0, tzinfo=UTC), "closed"),
    ],
)
def test_the_window_warns_from_five_months_and_closes_after_six(now, state):
    assert credit_window(SOLD, now).state == state


def test_the_day_of_a_sale_is_its_kenyan_day():
    just_after_midnight_in_nairobi = datetime(2026, 5, 19, 21, 30, tzinfo=UTC)
    assert credit_window(just_after_midnight_in_nairobi, SOLD).last_day == date(2026, 11, 20)


def test_a_late_credit_is_refused_with_the_date():
    with pytest.raises(CreditError, match=r"20/05/2026.*20/11/2026"):
        check_credit_window(SOLD, datetime(2026, 11, 21, 0, 0, tzinfo=UTC))
    assert check_credit_window(SOLD, datetime(2026, 11, 20, 12, 0, tzinfo=UTC)).state == "warn"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        credit_window(datetime(2026, 5, 20), SOLD)  # noqa: DTZ001 (the point of the test)
