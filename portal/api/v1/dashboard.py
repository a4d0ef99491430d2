"""Today's figures of the business."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from portal.api.v1.blueprint import blueprint
from portal.api.v1.fields import Body, SignedMoney
from portal.identity.access import requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.wording import local
from portal.sales import home
from portal.submissions import queries as submissions
from portal.tenants.queries import this_business


class BusinessShown(Body):
    """The business that the token belongs to."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    pin = fields.String(required=True, attribute="kra_pin")
    vat_registered = fields.Boolean(required=True, allow_none=True)


class TodayShown(Body):
    """What KRA has signed today; amounts are net of credit notes, `credited` is what they took."""

    day = fields.Date(required=True)
    invoices = fields.Integer(required=True)
    credit_notes = fields.Integer(required=True)
    total_amount = SignedMoney(required=True)
    tax_amount = SignedMoney(required=True)
    credited = SignedMoney(required=True)


class UnitShown(Body):
    """A control unit in words, and for how many minutes it may go on without KRA."""

    branch = fields.String(required=True)
    state = fields.String(required=True)
    minutes_left = fields.Integer(required=True)


class DashboardAnswer(Body):
    """Counts stop at a thousand."""

    business = fields.Nested(BusinessShown, required=True)
    today = fields.Nested(TodayShown, required=True)
    waiting = fields.Integer(required=True)
    needs_attention = fields.Integer(required=True)
    devices = fields.List(fields.Nested(UnitShown), required=True)


@blueprint.route("/dashboard", methods=["GET"], tags=["Business"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.response(200, DashboardAnswer)
def dashboard() -> dict[str, Any]:
    """Say how today goes: what was signed, what waits, what needs somebody"""
    day = local(database_now()).date()
    today = home.today(day)
    return {
        "business": this_business(),
        "today": {
            "day": day,
            "invoices": today.sales,
            "credit_notes": today.notes,
            "total_amount": today.net,
            "tax_amount": today.tax,
            "credited": today.credited,
        },
        "waiting": home.count_waiting(),
        "needs_attention": submissions.count_needing_attention(),
        "devices": home.units(),
    }
