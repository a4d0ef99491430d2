"""Until when a sale may be credited: six calendar months, in Kenyan days (COMPLIANCE §4 rule 7)."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from portal.fiscal.credit import CreditError
from portal.fiscal.moments import kenyan_date, print_date

MONTHS = 6
WARN_FROM_MONTH = 5


@dataclass(frozen=True, slots=True)
class CreditWindow:
    """Whether a sale may be credited, and the last day on which it may."""

    state: Literal["open", "warn", "closed"]
    last_day: date


def credit_deadline(original_date: date) -> date:
    """The last day on which a sale of this day may be credited: 31 August → 28 (or 29) February."""
    return _months_later(original_date, MONTHS)


def credit_window(original_issued_at: datetime, now: datetime) -> CreditWindow:
    """The window of a sale as seen now: a warning from five months, closed after the day six months later."""
    sold_on, today = kenyan_date(original_issued_at), kenyan_date(now)
    last_day = credit_deadline(sold_on)
    if today > last_day:
        return CreditWindow("closed", last_day)
    return CreditWindow("warn" if today >= _months_later(sold_on, WARN_FROM_MONTH) else "open", last_day)


def check_credit_window(original_issued_at: datetime, now: datetime) -> CreditWindow:
    """The window while it is open; raises CreditError with the date after which it was closed. There is no override."""
    window = credit_window(original_issued_at, now)
    if window.state == "closed":
        raise CreditError(
            f"This sale is of {print_date(original_issued_at)}; the law let it be credited until"
            f" {print_date(window.last_day)}."
        )
    return window


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
