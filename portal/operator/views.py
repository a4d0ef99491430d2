"""Pages of the people who run the portal. Ids stand in the forms: an address of these pages names no business."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.errors import BadInput, NotFound, PortalError
from portal.identity.access import current_person, current_session, operators_only
from portal.identity.fresh import fresh_sign_in
from portal.identity.models import Person
from portal.infra.db import database_now
from portal.infra.forms import FormReader, parse_id
from portal.operator import services, troubles

blueprint = Blueprint("operator", __name__, url_prefix="/operator")
LONGEST_ADDRESS, LONGEST_REASON = 200, 200


@blueprint.get("/attention")
@operators_only
def show_attention() -> str:
    """What stands still in all businesses, oldest first."""
    return _page(FormReader.blank())


@blueprint.post("/look")
@operators_only
def look() -> Any:
    """One submission from near, with a reason that stands in the log of its business."""
    form = FormReader(request.form)
    tenant_id, submission_id = _id(form, "tenant"), _id(form, "submission")
    reason = _reason(form)
    if reason is None:
        return _page(form, submission_id), 422
    row, problem, tries = services.look(_me(), tenant_id, submission_id, reason)
    return render_template("operator/look.html", row=row, problem=problem, tries=tries)


@blueprint.post("/units/repaired")
@fresh_sign_in()
@operators_only
def unit_repaired() -> Any:
    """Open a control unit that was blocked."""
    form = FormReader(request.form)
    tenant_id, device_id = _id(form, "tenant"), _id(form, "device")
    reason, here = _reason(form), current_session()
    if reason is None or here is None:
        return _page(form, device_id), 422
    services.unit_is_repaired(_me(), here, tenant_id, device_id, reason)
    return _done(_("The control unit works again. What waited goes out now."))


@blueprint.post("/units/address")
@fresh_sign_in()
@operators_only
def set_address() -> Any:
    """Say where a VSCU is reached; an empty address is the deployment's own."""
    form = FormReader(request.form)
    tenant_id, device_id = _id(form, "tenant"), _id(form, "device")
    url, reason = form.text("url", LONGEST_ADDRESS), _reason(form)
    if reason is None or form.errors:
        return _page(form, device_id), 422
    try:
        services.set_address(_me(), tenant_id, device_id, url.rstrip("/") if url else None, reason)
    except BadInput as problem:
        form.refuse("url", problem.sentence)
        return _page(form, device_id), 422
    return _done(_("The address is set. The next call goes there."))


def _page(form: FormReader, about: UUID | None = None) -> str:
    return render_template(
        "operator/attention.html",
        troubles=troubles.troubles(), units=troubles.stopped_units(), most=troubles.MOST, now=database_now(),
        typed=form.typed, errors=form.errors, about=about,
    )  # fmt: skip


def _done(words: str) -> Response:
    flash(words)
    return redirect(url_for(".show_attention"), 303)


def _id(form: FormReader, name: str) -> UUID:
    found = parse_id(form.raw(name))
    if found is None:
        raise NotFound
    return found


def _reason(form: FormReader) -> str | None:
    return form.text("reason", LONGEST_REASON, required=_("Say in a few words why."))


def _me() -> Person:
    person = current_person()
    if person is None:
        raise PortalError("operators_only was asked before")
    return person
