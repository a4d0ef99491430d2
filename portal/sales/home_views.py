"""The first page of a business."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.wording import day, local, time_of
from portal.sales import home as page
from portal.sales import lists
from portal.sales.blueprint import blueprint
from portal.submissions.queries import count_needing_attention

LATEST_SHOWN = 6
FULL_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@blueprint.get("/")
@requires(Permission.SEE_DOCUMENTS)
def home() -> str:
    """Today at a glance."""
    now = database_now()
    date = local(now).date()
    return render_template(
        "sales/home.html",
        greeting=_("Habari, %(name)s", name=current_actor().name.split()[0]),
        moment=f"{FULL_DAY_NAMES[date.weekday()]} {day(now)}, {time_of(now)}",
        today=page.today(date),
        waiting=page.count_waiting(),
        attention=count_needing_attention(),
        ageing=page.ageing(now),
        units=page.units(),
        notices=page.notices(),
        days=page.last_days(date),
        latest=lists.newest(LATEST_SHOWN),
        drafts=lists.count_of_drafts(),
    )


@blueprint.post("/notices/<int:number>/read")
@requires(Permission.SEE_DOCUMENTS)
def read_notice(number: int) -> Any:
    """A notice of KRA has been read."""
    page.mark_read(number)
    return redirect(url_for(".home"), 303)
