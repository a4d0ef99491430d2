"""Time as KRA tells it: East Africa Time, which has no summer time."""

from datetime import UTC, datetime, timedelta, timezone

NAIROBI = timezone(timedelta(hours=3), "EAT")
FAR_PAST = "20180101000000"


class Clock:
    """The simulator's clock; it can be set off from the machine's by a number of seconds."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The time in Nairobi, to the second."""
        return (datetime.now(UTC) + self.offset).astimezone(NAIROBI).replace(microsecond=0)

    def stamp(self) -> str:
        """The time in Nairobi as KRA writes it: yyyyMMddHHmmss."""
        return stamp(self.now())


def stamp(moment: datetime) -> str:
    """A moment as 14 digits, yyyyMMddHHmmss."""
    return moment.strftime("%Y%m%d%H%M%S")


def moment(text: str) -> datetime:
    """The moment that 14 (or 8) digits name; raises ValueError when there is no such time."""
    if not (text.isascii() and text.isdigit() and len(text) in (8, 14)):
        raise ValueError(f"{text!r} is not a time of 8 or 14 digits")
    return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)


def a_second_after(text: str) -> str:
    """The stamp one second later."""
    return stamp(moment(text) + timedelta(seconds=1))


def spoken(text: str | None) -> str | None:
    """A stamp as the look-ups of stored sales show it: yyyy-MM-dd HH:mm:ss."""
    return moment(text).strftime("%Y-%m-%d %H:%M:%S") if text else None
