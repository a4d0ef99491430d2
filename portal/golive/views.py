"""Pages of going live: the checklist, the file to take along, and its preview."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogue.choices import band_words
from portal.codelists.queries import rates_now
from portal.errors import BadInput
from portal.fiscal.bands import Band
from portal.golive import checklist, exporting, taking
from portal.golive.taking import Brought
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.forms import FormReader
from portal.tenants import queries as tenants

blueprint = Blueprint("golive", __name__)
SHOWN = 20
MOST_PROBLEMS = 200


@blueprint.get("/going-live")
@requires(Permission.MANAGE_BUSINESS)
def show() -> str:
    """What is done and what comes next; on a practice portal, what to take along."""
    return _page({})


@blueprint.post("/going-live/steps")
@requires(Permission.MANAGE_BUSINESS)
def mark() -> Any:
    """Tick a paper step off, or take the tick away."""
    form = FormReader(request.form)
    name = form.choice("step", checklist.BY_HAND, _("Choose a step of the list."))
    act = form.choice("act", ("done", "undo"), _("Say whether it is done."))
    if name is None or act is None:
        raise BadInput(next(iter(form.errors.values())))
    checklist.mark(current_actor(), name, act == "done")
    return redirect(url_for(".show"), 303)


@blueprint.post("/going-live/export")
@requires(Permission.MANAGE_BUSINESS)
def export() -> Response:
    """One file with items, customers and settings."""
    answer = Response(exporting.exported(current_actor()), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="risiti-business.json"'
    return answer


@blueprint.post("/going-live/file")
@requires(Permission.MANAGE_BUSINESS)
def bring() -> Any:
    """Read a file; one without an error is kept for its preview."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise BadInput(_("Choose the file that you exported on your practice portal."), "file")
        content = taking.read_file(sent.read())
    except BadInput as refusal:
        return _page({"file": refusal.sentence}), 422
    found = taking.check(content)
    if found.problems:
        return _preview(found, None), 422
    return redirect(url_for(".preview", take_over_id=taking.keep(current_actor(), content)), 303)


@blueprint.get("/going-live/file/<uuid:take_over_id>")
@requires(Permission.MANAGE_BUSINESS)
def preview(take_over_id: UUID) -> str:
    """What would be taken over; after it was, what is here."""
    row = taking.brought(take_over_id)
    return _preview(None if row.taken_at else taking.check(row.content), row)


@blueprint.post("/going-live/file/<uuid:take_over_id>")
@requires(Permission.MANAGE_BUSINESS)
def take(take_over_id: UUID) -> Any:
    """Take all of it over, or nothing."""
    found = taking.take_over(current_actor(), take_over_id)
    items = ngettext("%(num)s item", "%(num)s items", len(found.items))
    customers = ngettext("%(num)s customer", "%(num)s customers", len(found.customers))
    flash(_("Taken over: %(items)s and %(customers)s.", items=items, customers=customers))
    return redirect(url_for(".preview", take_over_id=take_over_id), 303)


def _page(errors: dict[str, str]) -> str:
    environment = current_app.extensions["settings"].kra_environment.value
    steps = checklist.steps() if environment == "production" else checklist.outline()
    done = sum(step.look == "on" for step in steps)
    return render_template("golive/show.html", steps=steps, done=done, errors=errors, environment=environment)


def _preview(found: Brought | None, row: Any) -> str:
    own = tenants.this_business().kra_pin
    words = {band: band_words(Band(band), rates_now()) for band in Band}
    return render_template(
        "golive/preview.html", found=found, row=row, own_pin=own, band_words=words, shown=SHOWN, most_problems=MOST_PROBLEMS
    )
