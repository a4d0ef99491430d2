"""What the home page shows: today, what needs a person, the control units, KRA's notices, the last week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, select, update

from portal.devices.models import Device, Notice
from portal.devices.pages import badge_of
from portal.errors import NotFound
from portal.fiscal.money import ZERO
from portal.fiscal.offline import CLOSE_AFTER, device_gate
from portal.infra.db import database_now, db, transaction
from portal.infra.listing import COUNTED
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import DayTotal
from portal.sales.status import WAITING
from portal.submissions import queries as submissions
from portal.submissions.models import Submission
from portal.tenants.models import Branch

DAYS_SHOWN = 7
MOST_NOTICES = 3
TELL_AFTER = timedelta(hours=12)
LARGEST_NOTICE = 2**63 - 1
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Today:
    """The signed documents of today, over all branches."""

    sales: int = 0
    notes: int = 0
    net: Decimal = ZERO
    tax: Decimal = ZERO
    credited: Decimal = ZERO

    @property
    def documents(self) -> int:
        return self.sales + self.notes


@dataclass(frozen=True, slots=True)
class Unit:
    """A control unit in words: `state` for its badge, how long ago KRA spoke, how long it may go on without KRA."""

    branch: str
    state: str
    ago: str
    left: str
    minutes_left: int
    closed_since: datetime | None


def today(day: date) -> Today:
    """Today's sums, kept by the transaction that settles each document."""
    rows = db.session.execute(
        select(DayTotal.kind, func.sum(DayTotal.documents), func.sum(DayTotal.total_amount), func.sum(DayTotal.tax_amount))
        .where(DayTotal.tenant_id == current_tenant_id(), DayTotal.day == day)
        .group_by(DayTotal.kind)
    ).all()
    found = {kind: (int(count), total, tax) for kind, count, total, tax in rows}
    sold, taken = found.get("sale", (0, ZERO, ZERO)), found.get("credit_note", (0, ZERO, ZERO))
    return Today(sold[0], taken[0], sold[1] - taken[1], sold[2] - taken[2], taken[1])


def count_waiting() -> int:
    """How many documents wait to be sent or answered, a thousand at most."""
    told = select(Submission.id).where(
        Submission.tenant_id == current_tenant_id(), Submission.state.in_(WAITING), Submission.kind.in_(("sale", "credit_note"))
    )
    return int(db.session.execute(select(func.count()).select_from(told.limit(COUNTED).subquery())).scalar_one())


@dataclass(frozen=True, slots=True)
class Ageing:
    """An issued document that KRA has not signed for long: since when, and whether the 24 hours are over."""

    since: datetime
    is_late: bool


def ageing(now: datetime) -> Ageing | None:
    """The oldest document without a signature once that has lasted 12 hours (`RELIABILITY.md` §7); else None."""
    since = submissions.oldest_unsigned()
    if since is None or now - since < TELL_AFTER:
        return None
    return Ageing(since, now - since >= CLOSE_AFTER)


def units() -> list[Unit]:
    """The control units of all open branches, head office first."""
    rows = db.session.execute(
        select(Branch.name, Device)
        .join(Device, (Device.tenant_id == Branch.tenant_id) & (Device.branch_id == Branch.id))
        .where(Branch.tenant_id == current_tenant_id(), Branch.closed_at.is_(None), Device.status != "retired")
        .order_by(Branch.code)
    ).all()
    now = database_now()
    return [_unit(branch, device, now) for branch, device in rows]


def notices() -> Sequence[Notice]:
    """KRA's newest notices that nobody has marked as read."""
    wanted = select(Notice).where(Notice.tenant_id == current_tenant_id(), Notice.read_at.is_(None))
    return db.session.execute(wanted.order_by(Notice.published_at.desc().nulls_last()).limit(MOST_NOTICES)).scalars().all()


def mark_read(number: int) -> None:
    """A notice is not shown again; raises NotFound."""
    if number > LARGEST_NOTICE:
        raise NotFound
    with transaction():
        gone = db.session.execute(
            update(Notice)
            .where(Notice.tenant_id == current_tenant_id(), Notice.number == number)
            .values(read_at=func.now())
            .returning(Notice.number)
        ).scalar_one_or_none()
    if gone is None:
        raise NotFound


def last_days(day: date) -> list[dict[str, Any]]:
    """Net sales of the last seven days, for the chart."""
    first = day - timedelta(days=DAYS_SHOWN - 1)
    sign = case((DayTotal.kind == "credit_note", -1), else_=1)
    rows = db.session.execute(
        select(DayTotal.day, func.sum(sign * DayTotal.total_amount))
        .where(DayTotal.tenant_id == current_tenant_id(), DayTotal.day.between(first, day))
        .group_by(DayTotal.day)
    ).all()
    sums = {one: amount for one, amount in rows}
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    return [{"label": _("Today") if one == day else DAY_NAMES[one.weekday()], "value": sums.get(one, ZERO), "now": one == day}
            for one in days]  # fmt: skip


def _unit(branch: str, device: Device, now: datetime) -> Unit:
    gate = device_gate(device.last_contact_at, now)
    left = max(timedelta(0), gate.closes_at - now) if gate.closes_at else timedelta(0)
    ago = _ago(now - device.last_contact_at) if device.last_contact_at else ""
    closed_since = gate.closes_at if not gate.may_issue else None
    return Unit(branch, badge_of(device, gate), ago, _hours(left), int(left.total_seconds() // 60), closed_since)


def _ago(silence: timedelta) -> str:
    minutes = int(silence.total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(minutes)s min ago", minutes=minutes)
    return _("%(hours)s h %(minutes)s min ago", hours=minutes // 60, minutes=minutes % 60)


def _hours(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    return _("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
