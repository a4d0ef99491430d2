"""The pages of stock: what is there at a branch, how it came to be, adding and counting."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalogue import queries as catalogue
from portal.catalogue.choices import unit_words
from portal.catalogue.models import Item
from portal.errors import BadInput, NotFound
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.identity.sessions import local_path
from portal.infra.errand import Errand
from portal.infra.forms import parse_id
from portal.infra.listing import Asked, or_error, template_of
from portal.infra.web import htmx
from portal.stock import levels, queries, services
from portal.stock.forms import StockForm
from portal.tenants.models import Branch
from portal.tenants.queries import open_branches

blueprint = Blueprint("stock", __name__)


@dataclass(frozen=True, slots=True)
class Place:
    """The branch a page is about, and those one may choose from."""

    branch: Branch
    branches: list[tuple[str, str]]


@blueprint.get("/stock")
@requires(Permission.SEE_CATALOGUE)
@or_error("stock")
def list_stock() -> ResponseReturnValue:
    asked, place = Asked.of(request.args), _place()
    page = catalogue.page(asked, goods_only=True)
    known = levels.levels(place.branch.id, [item.id for item in page.rows])
    return render_template(
        template_of("stock", asked),
        asked=asked,
        page=page,
        known=known,
        free=levels.free,
        place=place,
        units=unit_words(),
    )


@blueprint.get("/stock/<uuid:item_id>")
@requires(Permission.SEE_CATALOGUE)
def show_item(item_id: UUID) -> ResponseReturnValue:
    item, place = _goods(item_id), _place()
    after = parse_id(request.args.get("after", ""))
    history = queries.history(place.branch.id, item_id, after)
    level = levels.levels(place.branch.id, [item_id]).get(item_id)
    template = "stock/_more_history.html" if htmx and after else "stock/show.html"
    unit = unit_words().get(item.quantity_unit, item.quantity_unit)
    return render_template(template, item=item, place=place, level=level, free=levels.free, history=history, unit=unit)


@blueprint.get("/stock/<uuid:item_id>/add")
@requires(Permission.EDIT_CATALOGUE)
def add_form(item_id: UUID) -> ResponseReturnValue:
    return _form("add", item_id, StockForm.blank())


@blueprint.post("/stock/<uuid:item_id>/add")
@requires(Permission.EDIT_CATALOGUE)
def add(item_id: UUID) -> ResponseReturnValue:
    form, place = _read(may_be_zero=False), _place()
    try:
        if form.is_valid and form.quantity is not None:
            services.add_stock(current_actor(), place.branch.id, item_id, form.quantity, form.note, form.movement_id)
            return _done(item_id, place, _("Stock added. KRA is told by itself."))
    except BadInput as refusal:
        form.errors["quantity"] = refusal.sentence
    return _form("add", item_id, form, 422)


@blueprint.get("/stock/<uuid:item_id>/count")
@requires(Permission.EDIT_CATALOGUE)
def count_form(item_id: UUID) -> ResponseReturnValue:
    return _form("count", item_id, StockForm.blank())


@blueprint.post("/stock/<uuid:item_id>/count")
@requires(Permission.EDIT_CATALOGUE)
def count(item_id: UUID) -> ResponseReturnValue:
    form, place = _read(may_be_zero=True), _place()
    try:
        if form.is_valid and form.quantity is not None:
            services.count_stock(
                current_actor(),
                place.branch.id,
                item_id,
                form.quantity,
                seen=form.seen,
                note=form.note,
                movement_id=form.movement_id,
            )
            return _done(item_id, place, _("Count booked. KRA is told by itself."))
    except BadInput as refusal:
        form.errors["quantity"] = refusal.sentence
    return _form("count", item_id, form, 422)


def _read(*, may_be_zero: bool) -> StockForm:
    decimals = current_app.extensions["settings"].kra_quantity_decimals
    return StockForm.read(request.form, decimals=decimals, may_be_zero=may_be_zero)


def _form(act: str, item_id: UUID, form: StockForm, status: int = 200) -> ResponseReturnValue:
    item, place, errand = _goods(item_id), _place(), _errand()
    there = levels.free(levels.levels(place.branch.id, [item_id]).get(item_id))
    template = "stock/_dialog.html" if errand.in_dialog else "stock/form.html"
    return render_template(template, act=act, item=item, place=place, form=form, there=there, errand=errand), status


def _done(item_id: UUID, place: Place, said: str) -> ResponseReturnValue:
    errand = _errand()
    if errand.back or errand.in_dialog:
        return errand.done("stock", item_id, "", errand.back or "/", said)
    flash(said)
    return redirect(url_for(".show_item", item_id=item_id, branch=place.branch.id), 303)


def _goods(item_id: UUID) -> Item:
    item = catalogue.item(item_id)
    if not item.is_goods:
        raise NotFound(_("A service has no stock."))
    return item


def _place() -> Place:
    """The branch named in the address or the form, else the first open one."""
    every = open_branches()
    asked = parse_id(request.values.get("branch", ""))
    chosen = next((branch for branch in every if branch.id == asked), None) or next(iter(every), None)
    if chosen is None or (asked is not None and chosen.id != asked):
        raise NotFound(_("We could not find that branch."))
    return Place(chosen, [(str(branch.id), branch.name) for branch in every])


def _errand() -> Errand:
    return Errand.of(request.values, local_path(request.values.get("back")))
