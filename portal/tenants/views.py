"""Sign-up, and choosing the business to work for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal.errors import BadInput, TooManyTries
from portal.fiscal.pins import parse_pin
from portal.identity import operators
from portal.identity import services as identity
from portal.identity.access import current_person, public, signed_in
from portal.identity.sessions import local_path
from portal.infra.forms import FormReader, idempotency_key
from portal.tenants import queries, services
from portal.tenants.forms import read_business, read_sign_up

blueprint = Blueprint("tenants", __name__)
HOME = "/"


@blueprint.get("/sign-up")
@public
def sign_up() -> Any:
    """The sign-up page; who is signed in already opens another business instead."""
    if current_person() is not None:
        return redirect(url_for("tenants.new_business"), 303)
    return _sign_up_page(FormReader.blank())


@blueprint.post("/sign-up")
@public
def do_sign_up() -> Any:
    """Make the account and the business, once however often this form is sent."""
    form = FormReader(request.form)
    new = read_sign_up(form, idempotency_key(request.form.get("idempotency_key")))
    if new is None:
        return _sign_up_page(form), 422
    try:
        person_id, tenant_id = services.sign_up(new, request.remote_addr)
    except (BadInput, TooManyTries) as problem:
        form.complain(problem)
        return _sign_up_page(form), problem.status, problem.headers
    identity.begin_session(person_id, tenant_id)
    session.clear()
    return redirect(url_for("tenants.pin_is_here" if tenant_id is None else "devices.setup"), 303)


@blueprint.post("/sign-up/pin")
@public
def check_pin() -> str:
    """The PIN field again, with a word on the form of what was typed."""
    form = FormReader(request.form)
    pin = form.read("pin", parse_pin)
    return render_template("tenants/_pin.html", form=form, good=pin is not None)


@blueprint.get("/sign-up/pin-is-here")
@signed_in
def pin_is_here() -> str:
    """The account is made, but another business has the PIN: what can be done now."""
    return render_template("tenants/pin_is_here.html")


@blueprint.get("/switch")
@signed_in
def choose_business() -> str:
    """The businesses this person belongs to."""
    person = current_person()
    assert person is not None
    mine = queries.businesses_of(person.id)
    wanted, runs_the_portal = local_path(request.args.get("next")), operators.is_operator(person.id)
    return render_template("tenants/choose_business.html", mine=mine, wanted=wanted, runs_the_portal=runs_the_portal)


@blueprint.post("/switch/<uuid:tenant_id>")
@signed_in
def enter_business(tenant_id: UUID) -> Response:
    """Work for another of one's businesses, in a fresh session; forms of the former one no longer pass."""
    person = current_person()
    assert person is not None
    queries.membership_in(tenant_id, person.id)
    identity.begin_session(person.id, tenant_id)
    session.clear()
    return redirect(local_path(request.form.get("next")) or HOME, 303)


@blueprint.get("/businesses/new")
@signed_in
def new_business() -> str:
    """The page on which somebody who has an account opens a business."""
    return render_template("tenants/new_business.html", form=FormReader.blank())


@blueprint.post("/businesses/new")
@signed_in
def open_business() -> Any:
    """Open the business and enter it."""
    person, form = current_person(), FormReader(request.form)
    assert person is not None
    new = read_business(form)
    if new is None:
        return render_template("tenants/new_business.html", form=form), 422
    try:
        tenant_id = services.open_business(person, new, request.remote_addr)
    except (BadInput, TooManyTries) as problem:
        form.complain(problem)
        return render_template("tenants/new_business.html", form=form), problem.status, problem.headers
    identity.begin_session(person.id, tenant_id)
    session.clear()
    return redirect(url_for("devices.setup"), 303)


def _sign_up_page(form: FormReader) -> str:
    key = idempotency_key(request.form.get("idempotency_key"))
    good = bool(form.typed.get("pin")) and "pin" not in form.errors
    return render_template("tenants/sign_up.html", form=form, key=key, good=good)
