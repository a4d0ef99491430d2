"""What stands still anywhere, oldest first, through doors that show nothing of a document (`RELIABILITY.md` §6, §9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _

from portal.devices.words import how_long
from portal.infra import doors

MOST = 200
# From here on the tax office could ask: red (RELIABILITY §7).
RED_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose it is and where: a business, its branch, its control unit."""

    tenant_id: UUID
    business: str
    branch_code: str
    branch_name: str
    device_id: UUID
    serial: str
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Place):
    """One thing KRA must be told that is refused, held, in doubt, or has waited too long."""

    submission_id: UUID
    kind: str
    state: str
    held_reason: str | None
    code: str | None
    since: datetime
    age: timedelta

    @property
    def words(self) -> str:
        """What kind of trouble it is."""
        held = {
            "spent": _("KRA has it, its receipt is missing"),
            "cannot_tell": _("Nobody can tell whether KRA has it; the lane stands still"),
            "device": _("KRA holds another document under this number"),
        }
        if self.state == "held":
            return held[self.held_reason or "cannot_tell"]
        if self.state == "refused":
            return _("KRA refused it")
        return _("In doubt, being asked") if self.state == "unknown" else _("Waiting, not signed")

    @property
    def is_red(self) -> bool:
        """Whether it is older than a day."""
        return self.age >= RED_AFTER

    @property
    def age_words(self) -> str:
        """`3 h 5 min`, `4 days 2 h`."""
        return _age(self.age)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedUnit(Place):
    """A control unit from which nothing is sent until a person has acted."""

    status: str
    waiting: int
    since: datetime | None
    age: timedelta | None

    @property
    def age_words(self) -> str:
        return _age(self.age) if self.age is not None else ""


def troubles() -> Sequence[Trouble]:
    """What needs attention in any business, oldest first, 200 at most."""
    return [Trouble(**row) for row in doors.trouble_everywhere(MOST)]


def stopped_units() -> Sequence[StoppedUnit]:
    """The control units that stand still, longest first, 200 at most."""
    return [StoppedUnit(**row) for row in doors.units_that_stand_still(MOST)]


def _age(age: timedelta) -> str:
    if age < timedelta(days=2):
        return how_long(age)
    return _("%(days)s days %(hours)s h", days=age.days, hours=age.seconds // 3600)
