"""The pages of customers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.customers import look_up, queries, services
from portal.customers.errors import OwnPin, PinTaken
from portal.customers.forms import LONGEST_NAME, CustomerForm
from portal.customers.look_up import KraSays
from portal.customers.models import Customer
from portal.fiscal.pins import PinError, parse_pin
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.identity.sessions import local_path
from portal.infra.errand import Errand
from portal.infra.forms import FormReader, parse_id, printable
from portal.infra.listing import Asked, or_error, template_of

blueprint = Blueprint("customers", __name__)
LOOK_UP = "look-up"


@blueprint.get("/customers")
@requires(Permission.SEE_CATALOGUE)
@or_error("customers")
def list_customers() -> ResponseReturnValue:
    asked = Asked.of(request.args)
    return render_template(template_of("customers", asked), asked=asked, page=queries.page(asked))


@blueprint.get("/customers/search")
@requires(Permission.SEE_CATALOGUE)
def search() -> ResponseReturnValue:
    """The options of a combobox, the first of them to add somebody new."""
    asked = Asked.of(request.args)
    found = queries.search(asked.text) if asked.text else []
    options = [
        {
            "value": customer.id,
            "text": customer.name,
            "sub": customer.pin or customer.phone,
            "exact": customer.pin == asked.text.upper(),
        }
        for customer in found
    ]
    return render_template("customers/_options.html", asked=asked, options=options, errand=_errand())


@blueprint.get("/customers/new")
@requires(Permission.EDIT_CATALOGUE)
def new_customer() -> ResponseReturnValue:
    form = CustomerForm.blank(printable(request.args.get("name", ""))[:LONGEST_NAME])
    return _form(form)


@blueprint.post("/customers/new")
@requires(Permission.EDIT_CATALOGUE)
def add_customer() -> ResponseReturnValue:
    form = CustomerForm.read(request.form)
    if request.form.get("action") == LOOK_UP:
        return _form(form.without_errors(), said=_asked(form))
    try:
        if form.value is not None:
            customer = services.add_customer(current_actor(), form.value)
            page = url_for(".show_customer", customer_id=customer.id)
            return _errand().done("customer", customer.id, customer.name, page, _("Customer added."))
    except (PinTaken, OwnPin) as refusal:
        form.errors["pin"] = refusal.sentence
    return _form(form, 422)


@blueprint.post("/customers/check-pin")
@requires(Permission.EDIT_CATALOGUE)
def check_pin() -> ResponseReturnValue:
    """The PIN's field again, with what is known of it; KRA is asked for the name."""
    reader = FormReader(request.form)
    pin = reader.read("pin", parse_pin)
    other = _other(pin, parse_id(request.form.get("customer", "")))
    said = look_up.ask(pin) if pin and other is None else None
    form = CustomerForm(reader.typed, reader.errors)
    return render_template("customers/_pin.html", form=form, pin=pin, same_pin=other, said=said)


@blueprint.get("/customers/kra/<uuid:question_id>")
@requires(Permission.EDIT_CATALOGUE)
def kra_says(question_id: UUID) -> ResponseReturnValue:
    """KRA's answer as far as it has come, and the name's field filled in where it was empty."""
    looked = request.args.get("looked", "")
    said = look_up.heard(question_id, min(int(looked), 9) if looked.isdecimal() and looked.isascii() and len(looked) < 3 else 9)
    fills = bool(said.name) and not request.args.get("name", "").strip()
    form = CustomerForm({"name": said.name or ""})
    return render_template("customers/_kra_says.html", said=said, fills=fills, form=form)


@blueprint.get("/customers/<uuid:customer_id>")
@requires(Permission.SEE_CATALOGUE)
def show_customer(customer_id: UUID) -> ResponseReturnValue:
    return render_template("customers/show.html", customer=queries.customer(customer_id))


@blueprint.get("/customers/<uuid:customer_id>/edit")
@requires(Permission.EDIT_CATALOGUE)
def edit_customer(customer_id: UUID) -> ResponseReturnValue:
    customer = queries.customer(customer_id)
    return render_template("customers/edit.html", customer=customer, form=CustomerForm.of(customer))


@blueprint.post("/customers/<uuid:customer_id>/edit")
@requires(Permission.EDIT_CATALOGUE)
def change_customer(customer_id: UUID) -> ResponseReturnValue:
    customer = queries.customer(customer_id)
    form = CustomerForm.read(request.form)
    if request.form.get("action") == LOOK_UP:
        said = _asked(form)
        return render_template("customers/edit.html", customer=customer, form=form.without_errors(), said=said)
    try:
        if form.value is not None:
            services.change_customer(current_actor(), customer_id, form.value)
            flash(_("Saved."))
            return redirect(url_for(".show_customer", customer_id=customer_id), 303)
    except (PinTaken, OwnPin) as refusal:
        form.errors["pin"] = refusal.sentence
    same_pin = _other(form.typed["pin"].strip().upper(), customer_id)
    return render_template("customers/edit.html", customer=customer, form=form, same_pin=same_pin), 422


@blueprint.post("/customers/<uuid:customer_id>/archive")
@requires(Permission.EDIT_CATALOGUE)
def archive_customer(customer_id: UUID) -> ResponseReturnValue:
    services.archive_customer(current_actor(), customer_id)
    flash(_("Archived. You find it under Show archived."))
    return redirect(url_for(".list_customers"), 303)


@blueprint.post("/customers/<uuid:customer_id>/restore")
@requires(Permission.EDIT_CATALOGUE)
def restore_customer(customer_id: UUID) -> ResponseReturnValue:
    services.restore_customer(current_actor(), customer_id)
    flash(_("The customer is in use again."))
    return redirect(url_for(".show_customer", customer_id=customer_id), 303)


def _asked(form: CustomerForm) -> KraSays | None:
    """KRA's word on the PIN in the form, asked for now: the way without JavaScript; it fills an empty name."""
    try:
        said = look_up.ask(parse_pin(form.typed["pin"]))
    except PinError:
        return None
    if said is not None and said.name and not form.typed["name"].strip():
        form.typed["name"] = said.name
    return said


def _form(form: CustomerForm, status: int = 200, said: KraSays | None = None) -> ResponseReturnValue:
    errand = _errand()
    template = "customers/_dialog.html" if errand.in_dialog else "customers/new.html"
    same_pin = _other(form.typed["pin"].strip().upper())
    return render_template(template, form=form, errand=errand, same_pin=same_pin, said=said), status


def _errand() -> Errand:
    return Errand.of(request.values, local_path(request.values.get("back")))


def _other(pin: str | None, mine: UUID | None = None) -> Customer | None:
    """Who else has the PIN, to lead there instead of having the customer twice."""
    found = queries.with_pin(printable(pin)) if pin else None
    return found if found is not None and found.id != mine else None
