"""The pages of items."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalogue import choices, classes, queries, services
from portal.catalogue.errors import CodeIsKept, SkuTaken
from portal.catalogue.forms import LONGEST_NAME, ItemForm
from portal.codelists.queries import rates_now
from portal.errors import BadInput
from portal.fiscal.bands import Band
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.identity.sessions import local_path
from portal.infra.errand import Errand
from portal.infra.forms import printable
from portal.infra.listing import Asked, or_error, template_of
from portal.infra.wording import money
from portal.tenants.queries import open_branches

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/items")
@requires(Permission.SEE_CATALOGUE)
@or_error("catalogue")
def list_items() -> ResponseReturnValue:
    asked = Asked.of(request.args)
    page = queries.page(asked)
    told = queries.registrations([item.id for item in page.rows])
    return render_template(template_of("catalogue", asked), asked=asked, page=page, told=told, band_words=_band_words())


@blueprint.get("/items/search")
@requires(Permission.SEE_CATALOGUE)
def search() -> ResponseReturnValue:
    """The options of a combobox, the first of them to add something new."""
    asked, words = Asked.of(request.args), _band_words()
    options = [
        {
            "value": item.id,
            "text": item.name,
            "sub": f"{money(item.price)} · {words[item.band]}",
            "exact": asked.text in (item.barcode, item.sku),
        }
        for item in (queries.search_items(asked.text) if asked.text else [])
    ]
    return render_template("catalogue/_options.html", asked=asked, options=options, errand=_errand())


@blueprint.get("/items/classes")
@requires(Permission.SEE_CATALOGUE)
def search_classes() -> ResponseReturnValue:
    """KRA's classes for what was typed."""
    found = classes.search_classes(Asked.of(request.args).text)
    options = [{"value": each.code, "text": each.name, "sub": class_detail(each.code, each.band)} for each in found]
    return render_template("catalogue/_class_options.html", options=options)


@blueprint.post("/items/check-band")
@requires(Permission.EDIT_CATALOGUE)
def check_band() -> ResponseReturnValue:
    """The plain-word guard, while class and band are being chosen."""
    item_class = classes.usable_class(request.form.get("class_code", ""))
    warning = classes.band_warning(item_class, request.form.get("band", ""), choices.offered())
    return render_template("catalogue/_band_guard.html", warning=warning, errors={})


@blueprint.get("/items/new")
@requires(Permission.EDIT_CATALOGUE)
def new_item() -> ResponseReturnValue:
    name = printable(request.args.get("name", ""))[:LONGEST_NAME]
    return _new(ItemForm.blank(choices.offered(), name))


@blueprint.post("/items/new")
@requires(Permission.EDIT_CATALOGUE)
def add_item() -> ResponseReturnValue:
    settings = current_app.extensions["settings"]
    form = ItemForm.read(
        request.form,
        choices.offered(),
        branches=[branch.id for branch in open_branches()],
        quantity_decimals=settings.kra_quantity_decimals,
    )
    try:
        if form.value is not None:
            item = services.add_item(current_actor(), form.value, form.opening)
            page = url_for(".show_item", item_id=item.id)
            return _errand().done("item", item.id, item.name, page, _("Item added. KRA is told by itself."))
    except SkuTaken as refusal:
        form.errors["sku"] = refusal.sentence
    except BadInput as refusal:
        form.errors["opening"] = refusal.sentence
    return _new(form, 422)


@blueprint.get("/items/<uuid:item_id>")
@requires(Permission.SEE_CATALOGUE)
def show_item(item_id: UUID) -> ResponseReturnValue:
    item = queries.item(item_id)
    return render_template(
        "catalogue/show.html",
        item=item,
        told=queries.registration(item_id),
        item_class=classes.usable_class(item.class_code),
        band_words=_band_words(),
        choices=choices.offered(),
    )


@blueprint.get("/items/<uuid:item_id>/edit")
@requires(Permission.EDIT_CATALOGUE)
def edit_item(item_id: UUID) -> ResponseReturnValue:
    form = ItemForm.of(queries.item(item_id), choices.offered())
    return render_template("catalogue/edit.html", form=form, item=form.item)


@blueprint.post("/items/<uuid:item_id>/edit")
@requires(Permission.EDIT_CATALOGUE)
def change_item(item_id: UUID) -> ResponseReturnValue:
    form = ItemForm.read(request.form, choices.offered(), item=queries.item(item_id))
    try:
        if form.value is not None:
            services.change_item(current_actor(), item_id, form.value)
            flash(_("Saved."))
            return redirect(url_for(".show_item", item_id=item_id), 303)
    except (SkuTaken, CodeIsKept) as refusal:
        form.errors["sku" if isinstance(refusal, SkuTaken) else "kind"] = refusal.sentence
    return render_template("catalogue/edit.html", form=form, item=queries.item(item_id)), 422


@blueprint.post("/items/<uuid:item_id>/archive")
@requires(Permission.EDIT_CATALOGUE)
def archive_item(item_id: UUID) -> ResponseReturnValue:
    services.archive_item(current_actor(), item_id)
    flash(_("Archived. You find it under Show archived."))
    return redirect(url_for(".list_items"), 303)


@blueprint.post("/items/<uuid:item_id>/restore")
@requires(Permission.EDIT_CATALOGUE)
def restore_item(item_id: UUID) -> ResponseReturnValue:
    services.restore_item(current_actor(), item_id)
    flash(_("The item is offered again."))
    return redirect(url_for(".show_item", item_id=item_id), 303)


def class_detail(code: str, band: str | None) -> str:
    """The second line of a class: its code and the band KRA lists it under."""
    return f"{code} · {_band_words()[band]}" if band else code


def _band_words() -> dict[str, str]:
    rates = rates_now()
    return {band.value: choices.band_words(band, rates) for band in Band}


def _new(form: ItemForm, status: int = 200) -> ResponseReturnValue:
    errand = _errand()
    template = "catalogue/_dialog.html" if errand.in_dialog else "catalogue/new.html"
    return render_template(template, form=form, errand=errand, branches=open_branches()), status


def _errand() -> Errand:
    return Errand.of(request.values, local_path(request.values.get("back")))
