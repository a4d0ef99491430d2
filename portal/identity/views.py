"""Pages of people who are not signed in yet: log in, forgotten password, links from letters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.errors import BadInput, TooManyTries
from portal.identity import letters, services
from portal.identity.access import current_person, public
from portal.identity.errors import LinkGone
from portal.identity.forms import read_email, read_secret
from portal.identity.sessions import local_path
from portal.infra.forms import FormReader

blueprint = Blueprint("identity", __name__)
HOME = "/"


@blueprint.get("/login")
@public
def sign_in() -> Any:
    """The page to log in, or straight on for who is signed in already."""
    if current_person() is not None:
        return redirect(local_path(request.args.get("next")) or HOME, 303)
    return _sign_in_page(FormReader.blank())


@blueprint.post("/login")
@public
def do_sign_in() -> Any:
    """Log in; on success a fresh session and the page that was wanted."""
    form = FormReader(request.form)
    email = form.text("email", 254, required=_("Enter your e-mail address."))
    password = read_secret(form, "password", _("Enter your password."))
    if not email or form.errors:
        return _sign_in_page(form), 422
    try:
        services.sign_in(email, password, request.remote_addr)
    except (BadInput, TooManyTries) as problem:
        form.complain(problem)
        return _sign_in_page(form), problem.status, problem.headers
    session.clear()
    return redirect(local_path(request.form.get("next")) or HOME, 303)


@blueprint.post("/logout")
@public
def sign_out() -> Response:
    """End this session; the page that follows says so."""
    services.sign_out()
    session.clear()
    return redirect(url_for("identity.sign_in", bye=1), 303)


@blueprint.get("/reset")
@public
def forgot() -> str:
    """The page that asks where to mail a link to."""
    return render_template("identity/forgot.html", form=FormReader.blank(), sent=request.args.get("sent"))


@blueprint.post("/reset")
@public
def ask_for_reset() -> Any:
    """Ask for a link; the answer is the same whoever has the address."""
    form = FormReader(request.form)
    email = read_email(form)
    if email is not None:
        services.ask_for_reset(email, request.remote_addr)
        return redirect(url_for("identity.forgot", sent=1), 303)
    return render_template("identity/forgot.html", form=form, sent=None), 422


@blueprint.get("/reset/<token>")
@public
def reset_password(token: str) -> str:
    """The page behind the link of a letter."""
    person = services.person_of_link(token, letters.RESET_PASSWORD)
    return render_template("identity/reset.html", form=FormReader.blank(), email=person.email)


@blueprint.post("/reset/<token>")
@public
def do_reset_password(token: str) -> Any:
    """Set the new password; every browser has to log in with it."""
    person = services.person_of_link(token, letters.RESET_PASSWORD)
    form = FormReader(request.form)
    password = read_secret(form, "password", _("Enter a new password."))
    if not form.errors:
        try:
            services.reset_password(token, password)
        except BadInput as problem:
            form.complain(problem)
        else:
            flash(_("Your password is changed. Log in with it."))
            return redirect(url_for("identity.sign_in"), 303)
    return render_template("identity/reset.html", form=form, email=person.email), 422


@blueprint.get("/confirm/<token>")
@public
def confirm_email(token: str) -> str:
    """A page with one button: programs that look into mails follow links, people press buttons."""
    person = services.person_of_link(token, letters.CONFIRM_EMAIL)
    return render_template("identity/confirm.html", email=person.email)


@blueprint.post("/confirm/<token>")
@public
def do_confirm_email(token: str) -> Response:
    """Note that the address is right."""
    services.confirm_email(token)
    flash(_("Thank you. Your e-mail address is confirmed."))
    return redirect(HOME if current_person() else url_for("identity.sign_in"), 303)


@blueprint.errorhandler(LinkGone)
def link_gone(gone: LinkGone) -> tuple[str, int]:
    """What to do about a link that no longer works."""
    return render_template("identity/link_gone.html", sentence=gone.sentence), gone.status


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What the portal keeps about people, and who sees it."""
    return render_template("identity/privacy.html")


def _sign_in_page(form: FormReader) -> str:
    wanted = local_path(request.values.get("next"))
    reason = "expired" if request.args.get("expired") else "bye" if request.args.get("bye") else None
    return render_template("identity/sign_in.html", form=form, wanted=wanted, reason=reason)
