"""Reading what people type about a downtime: Kenyan days and times, whole sales, shillings."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from flask_babel import gettext as _

from portal.devices.downtime import Downtime
from portal.devices.models import DowntimeNotice
from portal.errors import BadInput
from portal.fiscal.errors import FiscalError
from portal.fiscal.money import parse_money
from portal.infra.forms import FormReader
from portal.infra.wording import EAT, local

# Books are kept five years (COMPLIANCE §10): nobody writes of an older downtime.
OLDEST = timedelta(days=5 * 366)
LONGEST_REASON, LONGEST_REFERENCE = 500, 60
MOST_SALES = 999_999_999


def read_downtime(form: FormReader, now: datetime) -> Downtime | None:
    """A downtime that began and, if it is over, ended before `now`; None when something was refused."""
    started = _moment(form, "started", _("Enter the day it began."))
    over = form.choice("over", ("yes", "no"), _("Say whether it is over."))
    ended = _moment(form, "ended", _("Enter the day it ended.")) if over == "yes" else None
    reason = form.text("reason", LONGEST_REASON, required=_("Say in a few words what happened, like: no internet in Nyeri."))
    count = form.read("sales_count", _count, required=_("Enter how many sales were recorded meanwhile; 0 when there were none."))
    amount = form.read("sales_amount", _money, required=_("Enter what these sales came to; 0 when there were none."))
    reference = form.text("reference", LONGEST_REFERENCE)
    _check_order(form, started, ended, now)
    if count == 0 and amount:
        form.refuse("sales_count", _("There is an amount but no sale. Enter how many sales it is made of."))
    if form.errors or started is None or reason is None or count is None or amount is None:
        return None
    return Downtime(
        started_at=started, ended_at=ended, reason=reason, sales_count=count, sales_amount=amount, reference=reference
    )


def typed_of(row: DowntimeNotice) -> dict[str, str]:
    """A notice as it would have been typed."""
    started, ended = local(row.started_at), local(row.ended_at) if row.ended_at else None
    return {
        "started_day": f"{started:%Y-%m-%d}",
        "started_time": f"{started:%H:%M}",
        "over": "yes" if ended else "no",
        "ended_day": f"{ended:%Y-%m-%d}" if ended else "",
        "ended_time": f"{ended:%H:%M}" if ended else "",
        "reason": row.reason,
        "sales_count": str(row.sales_count),
        "sales_amount": f"{row.sales_amount:,.2f}",
        "reference": row.reference or "",
    }


def parse_day(text: str) -> date:
    """A day as browsers send it (2026-11-20) or as people write it (20/11/2026, 20.11.2026); raises BadInput."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=EAT).date()
        except ValueError:
            continue
    raise BadInput(_("Enter a day, like 20/11/2026."))


def parse_time(text: str) -> time:
    """A time of day, 14:05 or 14.05 or 1405; raises BadInput."""
    found = re.fullmatch(r"([0-9]{1,2})[:.]?([0-9]{2})", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadInput(_("Enter a time, like 14:05."))
    return time(int(found[1]), int(found[2]))


def _moment(form: FormReader, name: str, no_day: str) -> datetime | None:
    day = form.read(f"{name}_day", parse_day, required=no_day)
    at = form.read(f"{name}_time", parse_time, required=_("Enter the time, like 14:05."))
    return None if day is None or at is None else datetime.combine(day, at, EAT)


def _check_order(form: FormReader, started: datetime | None, ended: datetime | None, now: datetime) -> None:
    for name, moment in (("started", started), ("ended", ended)):
        if moment is not None and moment > now:
            form.refuse(f"{name}_day", _("This lies in the future. Enter a day and time that has passed."))
    if started is not None and now - started > OLDEST:
        form.refuse("started_day", _("This is more than five years ago. Check the year."))
    if started is not None and ended is not None and ended <= started:
        form.refuse("ended_day", _("It ended before it began. Check both days and times."))


def _count(text: str) -> int:
    tidy = text.strip().replace(",", "")
    if not re.fullmatch(r"[0-9]{1,9}", tidy, re.ASCII) or int(tidy) > MOST_SALES:
        raise BadInput(_("Enter a whole number, like 12."))
    return int(tidy)


def _money(text: str) -> Decimal:
    try:
        return parse_money(text)
    except FiscalError as error:
        raise BadInput(error.sentence) from error
