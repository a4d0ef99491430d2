"""Pages of downtime notices: the form of a branch, what was written before, and the letter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.devices import downtime, queries
from portal.devices.downtime_form import read_downtime, typed_of
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.forms import FormReader
from portal.infra.wording import local
from portal.tenants import queries as tenants

blueprint = Blueprint("downtime", __name__)


@blueprint.get("/branches/<uuid:branch_id>/downtime")
@requires(Permission.SEE_DEVICES)
def list_notices(branch_id: UUID) -> str:
    """The notices of a branch, and the form for a further one."""
    return _list_page(branch_id, _suggested(branch_id), {})


@blueprint.post("/branches/<uuid:branch_id>/downtime")
@requires(Permission.MANAGE_DEVICES)
def write_notice(branch_id: UUID) -> Any:
    """Write a notice down and show its letter."""
    tenants.branch(branch_id)
    form = FormReader(request.form)
    said = read_downtime(form, database_now())
    if said is None:
        return _list_page(branch_id, form.typed, form.errors), 422
    notice_id = downtime.write_down(current_actor(), branch_id, said)
    flash(_("The notice is written down. Read the letter, then print it."))
    return redirect(url_for(".show_notice", notice_id=notice_id), 303)


@blueprint.get("/downtime/<uuid:notice_id>")
@requires(Permission.SEE_DEVICES)
def show_notice(notice_id: UUID) -> str:
    """The letter as it is, or would be, printed."""
    notice = downtime.notice(notice_id)
    branch = tenants.branch(notice.branch_id)
    return render_template("devices/downtime_letter.html", notice=notice, letter=downtime.letter_of(notice), branch=branch)


@blueprint.post("/downtime/<uuid:notice_id>/print")
@requires(Permission.MANAGE_DEVICES)
def print_notice(notice_id: UUID) -> Any:
    """Freeze the letter; the browser prints the page that follows."""
    downtime.print_letter(current_actor(), notice_id)
    flash(_("The letter is final. Print this page, or save it as PDF, from the menu of your browser."))
    return redirect(url_for(".show_notice", notice_id=notice_id), 303)


@blueprint.get("/downtime/<uuid:notice_id>/edit")
@requires(Permission.MANAGE_DEVICES)
def edit_notice(notice_id: UUID) -> Any:
    """The form of a notice that was not printed yet."""
    notice = downtime.notice(notice_id)
    if notice.printed_at is not None:
        return redirect(url_for(".show_notice", notice_id=notice_id), 303)
    return _edit_page(notice_id, typed_of(notice), {})


@blueprint.post("/downtime/<uuid:notice_id>")
@requires(Permission.MANAGE_DEVICES)
def correct_notice(notice_id: UUID) -> Any:
    """Correct it."""
    downtime.notice(notice_id)
    form = FormReader(request.form)
    said = read_downtime(form, database_now())
    if said is None:
        return _edit_page(notice_id, form.typed, form.errors), 422
    downtime.correct(current_actor(), notice_id, said)
    return redirect(url_for(".show_notice", notice_id=notice_id), 303)


def _list_page(branch_id: UUID, typed: dict[str, str], errors: dict[str, str]) -> str:
    branch, notices = tenants.branch(branch_id), downtime.notices_of(branch_id)
    return render_template("devices/downtime.html", branch=branch, notices=notices, typed=typed, errors=errors)


def _edit_page(notice_id: UUID, typed: dict[str, str], errors: dict[str, str]) -> str:
    notice = downtime.notice(notice_id)
    return render_template("devices/downtime_edit.html", notice=notice, typed=typed, errors=errors)


def _suggested(branch_id: UUID) -> dict[str, str]:
    """A downtime usually began when KRA was last heard of."""
    last = queries.device_of_branch(branch_id).last_contact_at
    began = local(last) if last is not None else None
    return {"started_day": f"{began:%Y-%m-%d}", "started_time": f"{began:%H:%M}"} if began else {}
