"""Kenyan time, as receipts print it; the moment itself is always a parameter."""

from datetime import date, datetime, timedelta, timezone

EAST_AFRICA = timezone(timedelta(hours=3), "EAT")  # Africa/Nairobi has had no other offset since 1960


def in_kenya(moment: datetime) -> datetime:
    """The same moment on a Kenyan clock; raises ValueError when the moment has no time zone."""
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone is nobody's moment")
    return moment.astimezone(EAST_AFRICA)


def kenyan_date(moment: datetime) -> date:
    """The calendar day in Kenya."""
    return in_kenya(moment).date()


def print_date(moment: datetime | date) -> str:
    """dd/mm/yyyy, as RECEIPTS §2 wants dates."""
    day = kenyan_date(moment) if isinstance(moment, datetime) else moment
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def print_time(moment: datetime) -> str:
    """hh:mm:ss on a Kenyan clock with 24 hours."""
    return f"{in_kenya(moment):%H:%M:%S}"
