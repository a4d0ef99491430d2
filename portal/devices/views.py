"""Pages of branches and their control units: set-up, state, connection test. Keys are never among what they show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.devices import pages, queries, questions, services
from portal.devices.banners import contact_note
from portal.devices.pages import DeviceView
from portal.errors import BadInput, NotFound
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.forms import FormReader
from portal.infra.phones import show_phone
from portal.infra.polling import asked_so_far, poll_after
from portal.infra.web import htmx
from portal.tenants import queries as tenants
from portal.tenants import services as tenant_services
from portal.tenants.forms import parse_branch_code, read_branch, read_vat

blueprint = Blueprint("devices", __name__)
TEST_SECONDS = 8


# --- set-up


@blueprint.get("/setup")
@requires(Permission.SEE_DEVICES)
def setup() -> str:
    """The set-up of the head office's control unit."""
    return _setup_page(queries.head_office_device().id)


@blueprint.get("/setup/<uuid:device_id>")
@requires(Permission.SEE_DEVICES)
def setup_of(device_id: UUID) -> str:
    """The set-up of a branch's control unit."""
    return _setup_page(device_id)


@blueprint.get("/setup/<uuid:device_id>/progress")
@requires(Permission.SEE_DEVICES)
def progress(device_id: UUID) -> str:
    """The steps again, as the page asks for them by itself."""
    unit = pages.one(device_id)
    poll = poll_after(asked_so_far(), unit.goes_on)
    changed = request.args.get("said") != unit.said
    return render_template("devices/_followed.html", unit=unit, poll=poll, changed=changed, business=tenants.this_business())


@blueprint.post("/setup/<uuid:device_id>/steps/<name>")
@requires(Permission.MANAGE_DEVICES)
def retry(device_id: UUID, name: str) -> Response:
    """Try a step again that failed, or whose approval KRA has given."""
    services.retry_step(current_actor(), device_id, name)
    return redirect(url_for(".setup_of", device_id=device_id), 303)


@blueprint.post("/setup/<uuid:device_id>/vat")
@requires(Permission.MANAGE_BUSINESS)
def say_vat(device_id: UUID) -> Any:
    """Answer, on the way, whether the business is registered for VAT."""
    queries.device(device_id)
    form = FormReader(request.form)
    registered = read_vat(form)
    if registered is None:
        return _setup_page(device_id, form), 422
    tenant_services.say_vat(current_actor(), registered)
    flash(_("Your answer about VAT is saved."))
    return redirect(url_for(".setup_of", device_id=device_id), 303)


def _setup_page(device_id: UUID, form: FormReader | None = None) -> str:
    unit, business = pages.one(device_id), tenants.this_business()
    answer = {True: "yes", False: "no", None: ""}[business.vat_registered]
    return render_template(
        "devices/setup.html",
        unit=unit,
        poll=poll_after(0, unit.goes_on),
        business=business,
        registered=form.typed.get("registered", "") if form else answer,
        errors=form.errors if form else {},
        meanwhile=_meanwhile(),
    )


def _meanwhile() -> list[dict[str, str]]:
    """What this person can do while KRA answers."""
    can = [
        ("business.settings", Permission.MANAGE_BUSINESS, _("Check the address"), _("It stands on every receipt"), "shop"),
        ("catalogue.list_items", Permission.EDIT_CATALOGUE, _("Add your items"), _("Names, prices and tax bands"), "box-seam"),
        ("sales.new_invoice", Permission.ISSUE_INVOICES, _("Draft an invoice"), _("A draft waits until you issue it"), "pencil"),
        ("golive.show", Permission.MANAGE_BUSINESS, _("Going live"), _("Steps at KRA, and what to take along"), "shield-check"),
        ("business.list_people", Permission.MANAGE_PEOPLE, _("See your people"), _("Who may sell, who may set up"), "people"),
    ]
    return [
        {"href": url_for(endpoint), "title": title, "detail": detail, "icon": icon}
        for endpoint, permission, title, detail, icon in can
        if endpoint in current_app.view_functions and current_actor().may(permission)
    ]


# --- branches


@blueprint.get("/branches")
@requires(Permission.SEE_DEVICES)
def list_branches() -> str:
    """Every branch, whether it signs, and how long it may go on without KRA."""
    units = pages.all_of_them()
    signing = sum(unit.badge in ("ready", "offline") and unit.gate.may_issue for unit in units)
    return render_template("devices/branches.html", units=units, signing=signing, now=database_now())


@blueprint.get("/branches/new")
@requires(Permission.MANAGE_DEVICES)
def new_branch() -> str:
    """The form for a further branch."""
    return _branch_form(FormReader.blank())


@blueprint.post("/branches")
@requires(Permission.MANAGE_DEVICES)
def open_branch() -> Any:
    """Open it; its control unit is set up by itself."""
    form = FormReader(request.form)
    code = form.read("code", parse_branch_code, required=_("Enter KRA's code of the branch: two digits, like 01."))
    transport = form.choice("transport", ("vscu", "oscu"), _("Choose VSCU or OSCU."), default="vscu")
    details = read_branch(form)
    if details is None or code is None or transport is None or form.errors:
        return _branch_form(form), 422
    try:
        branch = tenant_services.open_branch(current_actor(), code, details, transport)
    except BadInput as problem:
        form.complain(problem)
        return _branch_form(form), 422
    return redirect(url_for(".setup_of", device_id=queries.device_of_branch(branch.id).id), 303)


@blueprint.get("/branches/<uuid:branch_id>/edit")
@requires(Permission.MANAGE_DEVICES)
def edit_branch(branch_id: UUID) -> str:
    """The form for what is printed for a branch."""
    branch = tenants.branch(branch_id)
    form = FormReader.blank()
    names = ("name", "address", "trade_name", "top_message", "bottom_message", "paper")
    form.typed = {name: getattr(branch, name) or "" for name in names} | {"phone": show_phone(branch.phone)}
    return _branch_form(form, branch_id)


@blueprint.post("/branches/<uuid:branch_id>")
@requires(Permission.MANAGE_DEVICES)
def change_branch(branch_id: UUID) -> Any:
    """Change it; issued documents stay as they are."""
    tenants.branch(branch_id)
    form = FormReader(request.form)
    details = read_branch(form)
    if details is None:
        return _branch_form(form, branch_id), 422
    tenant_services.change_branch(current_actor(), branch_id, details)
    flash(_("The branch is saved."))
    return redirect(url_for(".list_branches"), 303)


@blueprint.post("/branches/<uuid:branch_id>/training")
@requires(Permission.MANAGE_DEVICES)
def switch_training(branch_id: UUID) -> Any:
    """Switch training mode on or off; documents that were issued stay what they are."""
    on = request.form.get("on") == "1"
    tenant_services.set_training(current_actor(), branch_id, on)
    said = {True: _("Training mode is on. What is issued here now is practice."), False: _("Training mode is off.")}
    flash(said[on])
    return redirect(url_for(".edit_branch", branch_id=branch_id), 303)


def _branch_form(form: FormReader, branch_id: UUID | None = None) -> str:
    branch = tenants.branch(branch_id) if branch_id else None
    ours = {unit.code for unit in tenants.open_branches()}
    others = [each for each in queries.branches_at_kra() if each.code not in ours]
    return render_template("devices/branch_form.html", typed=form.typed, errors=form.errors, branch=branch, others=others)


# --- a control unit


@blueprint.get("/devices/<uuid:device_id>")
@requires(Permission.SEE_DEVICES)
def show_device(device_id: UUID) -> str:
    """A control unit: state, last contact, last receipt, hours left, steps; a connection test that runs or has run."""
    test = None
    if asked := request.args.get("test", type=UUID):
        test = questions.answer(asked)
        if test.device_id != device_id or test.kind != "connection":
            raise NotFound
    return _device_page(pages.one(device_id), test)


@blueprint.get("/devices/<uuid:device_id>/contact")
@requires(Permission.SEE_DEVICES)
def follow_contact(device_id: UUID) -> str:
    """The note about missing contact with KRA, as every page asks by itself; empty once KRA has answered."""
    return render_template("devices/_contact.html", banner=contact_note(queries.device(device_id).id))


@blueprint.post("/devices/<uuid:device_id>/test")
@requires(Permission.MANAGE_DEVICES)
def test_connection(device_id: UUID) -> Any:
    """Let a worker ask KRA something small, and follow its answer."""
    asked = questions.ask("connection", "", device_id)
    if htmx:
        return _test_result(pages.one(device_id), questions.answer(asked), 0)
    return redirect(url_for(".show_device", device_id=device_id, test=asked), 303)


@blueprint.get("/devices/<uuid:device_id>/test/<uuid:question_id>")
@requires(Permission.SEE_DEVICES)
def follow_test(device_id: UUID, question_id: UUID) -> str:
    """How the connection test stands, as the page asks by itself."""
    test = questions.answer(question_id)
    if test.device_id != device_id or test.kind != "connection":
        raise NotFound
    return _test_result(pages.one(device_id), test, asked_so_far())


def _device_page(unit: DeviceView, test: Any) -> str:
    poll = poll_after(0, test is not None and test.answered_at is None, TEST_SECONDS)
    return render_template("devices/device.html", unit=unit, test=test, poll=poll)


def _test_result(unit: DeviceView, test: Any, asked: int) -> str:
    poll = poll_after(asked, test.answered_at is None, TEST_SECONDS)
    return render_template("devices/_test.html", unit=unit, test=test, poll=poll)
