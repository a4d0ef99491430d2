"""A person's own page: name, password, theme, and the browsers in which they are signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.errors import BadInput, TooManyTries
from portal.identity import queries, services
from portal.identity.access import current_person, current_session, signed_in
from portal.identity.forms import read_secret
from portal.identity.models import Person, PersonSession
from portal.identity.people import LONGEST_NAME
from portal.infra.forms import FormReader

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@signed_in
def show() -> str:
    """The page."""
    return _page()


@blueprint.post("/name")
@signed_in
def rename() -> Any:
    """Change the name."""
    form = FormReader(request.form)
    name = form.text("name", LONGEST_NAME, required=_("Enter your name."))
    if name is None:
        return _page(form), 422
    services.rename(_me(), name)
    return _saved(_("Your name is changed."))


@blueprint.post("/password")
@signed_in
def change_password() -> Any:
    """Change the password; every other browser has to log in again."""
    form = FormReader(request.form)
    current = read_secret(form, "current", _("Enter your current password."))
    new = read_secret(form, "new", _("Enter a new password."))
    if not form.errors:
        try:
            services.change_password(_me(), _here(), current, new)
        except (BadInput, TooManyTries) as problem:
            form.complain(problem)
            return _page(form), problem.status, problem.headers
        session.clear()
        return _saved(_("Your password is changed. Every other browser was signed out."))
    return _page(form), 422


@blueprint.post("/theme")
@signed_in
def choose_theme() -> Response:
    """Light, dark, or as the device has it."""
    services.choose_theme(_me(), request.form.get("theme", ""))
    return _saved(_("The look is changed."))


@blueprint.post("/confirmation")
@signed_in
def send_confirmation() -> Response:
    """Mail the link that confirms the address once more."""
    services.send_confirmation_again(_me())
    return _saved(_("A letter is on its way to you. Press the link in it."))


@blueprint.post("/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """Sign out every other browser."""
    services.end_other_sessions(_me(), _here())
    return _saved(_("Every other browser was signed out."))


@blueprint.post("/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> Response:
    """Sign out one browser."""
    services.end_session(_me(), session_id)
    return _saved(_("That browser was signed out."))


def _page(form: FormReader | None = None) -> str:
    me = _me()
    return render_template(
        "identity/account.html",
        me=me,
        typed={"name": me.name} | (form.typed if form else {}),
        errors=form.errors if form else {},
        sessions=[(row, queries.browser_words(row.browser)) for row in queries.sessions_of(me.id)],
        here=_here(),
    )


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("account.show"), 303)


def _me() -> Person:
    person = current_person()
    assert person is not None  # signed_in was asked before
    return person


def _here() -> PersonSession:
    row = current_session()
    assert row is not None
    return row
