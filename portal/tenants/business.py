"""Pages of the business itself: details, VAT, people, and the way to everything else on a phone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.identity.access import current_actor, requires
from portal.identity.permissions import DESCRIPTIONS, Permission
from portal.infra.forms import FormReader
from portal.infra.phones import show_phone
from portal.tenants import queries, services
from portal.tenants.forms import read_details, read_vat

blueprint = Blueprint("business", __name__)


@blueprint.get("/settings")
@requires(Permission.MANAGE_BUSINESS)
def settings() -> str:
    """What the business says of itself."""
    return _page()


@blueprint.post("/settings")
@requires(Permission.MANAGE_BUSINESS)
def change_details() -> Any:
    """Change it; issued documents stay as they are."""
    form = FormReader(request.form)
    details = read_details(form)
    if details is None:
        return _page(form), 422
    services.change_details(current_actor(), details)
    flash(_("The business details are saved."))
    return redirect(url_for("business.settings"), 303)


@blueprint.post("/settings/vat")
@requires(Permission.MANAGE_BUSINESS)
def say_vat() -> Any:
    """Answer whether the business is registered for VAT."""
    form = FormReader(request.form)
    registered = read_vat(form)
    if registered is None:
        return _page(form), 422
    services.say_vat(current_actor(), registered)
    flash(_("Your answer about VAT is saved."))
    return redirect(url_for("business.settings"), 303)


@blueprint.get("/people")
@requires(Permission.MANAGE_PEOPLE)
def list_people() -> str:
    """Who belongs to the business, and what each role may do."""
    return render_template("tenants/people.html", members=queries.members(), roles=DESCRIPTIONS)


@blueprint.get("/more")
@requires(Permission.SEE_DOCUMENTS)
def more() -> str:
    """Everything that has no tab of its own on a phone."""
    return render_template("tenants/more.html")


def _page(form: FormReader | None = None) -> str:
    business, branch = queries.this_business(), queries.head_office()
    filled = {
        "name": business.name,
        "phone": show_phone(business.phone),
        "address": branch.address,
        "trade_name": branch.trade_name,
        "top_message": branch.top_message,
        "bottom_message": branch.bottom_message,
        "registered": {True: "yes", False: "no", None: ""}[business.vat_registered],
    }
    return render_template(
        "tenants/settings.html",
        business=business,
        typed=filled | (form.typed if form else {}),
        errors=form.errors if form else {},
    )
