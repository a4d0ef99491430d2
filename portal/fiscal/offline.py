"""The 24-hour rule: how long a control unit may go without word from KRA (RELIABILITY §7, COMPLIANCE §1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal

WARN_AFTER = timedelta(hours=20)
CLOSE_AFTER = timedelta(hours=24)  # KRA's own hours: nobody may configure them


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a device may issue: since how many hours (rounded down to tenths) it is without word, and when it closes.

    A device that never had contact is closed since ever: 24 hours and no moment of closing.
    """

    state: Literal["open", "warn", "closed"]
    hours: Decimal
    closes_at: datetime | None

    @property
    def may_issue(self) -> bool:
        return self.state != "closed"


def device_gate(last_contact_at: datetime | None, now: datetime) -> Gate:
    """The gate of a device, both moments on the database's clock: a warning from 20 hours, closed from 24."""
    if last_contact_at is None:
        return Gate("closed", Decimal(24), None)
    silence = max(now - last_contact_at, timedelta(0))
    closes_at = last_contact_at + CLOSE_AFTER
    return Gate("closed" if silence >= CLOSE_AFTER else _open_state(silence), _hours(silence), closes_at)


def _open_state(silence: timedelta) -> Literal["open", "warn"]:
    return "warn" if silence >= WARN_AFTER else "open"


def _hours(silence: timedelta) -> Decimal:
    microseconds = silence // timedelta(microseconds=1)
    return (Decimal(microseconds) / Decimal(3_600_000_000)).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
