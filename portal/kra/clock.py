"""KRA's times: East Africa Time, written as digits, read in every form seen on the wire (PROTOCOL §2.3)."""

import re
from datetime import date, datetime

from portal.fiscal.moments import EAST_AFRICA, in_kenya

FIRST_MOMENT = datetime(2018, 1, 1, tzinfo=EAST_AFRICA)     # older than any row of KRA: "everything"

_MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T]?(\d\d):?(\d\d):?(\d\d)(?:\.\d+)?)?", re.ASCII)


def moment_digits(moment: datetime) -> str:
    """Return yyyyMMddHHmmss in East Africa Time; seconds are cut, never rounded up."""
    return in_kenya(moment).strftime("%Y%m%d%H%M%S")


def day_digits(day: date) -> str:
    """Return yyyyMMdd; of a datetime, the day it was in Nairobi."""
    if isinstance(day, datetime):
        day = in_kenya(day).date()
    return day.strftime("%Y%m%d")


def read_moment(raw: object) -> datetime | None:
    """Return an aware East Africa Time from any form KRA writes, None when it is no time."""
    match = _MOMENT.fullmatch(str(raw).strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(group) for group in match.groups(default="0"))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=EAST_AFRICA)
    except ValueError:
        return None


def read_day(raw: object) -> date | None:
    """Return a date from yyyyMMdd or any of KRA's time forms, None when it is none."""
    moment = read_moment(raw)
    return moment.date() if moment else None
