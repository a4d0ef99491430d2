"""Reading and answering the forms of sales, for a plain browser and htmx alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Response, make_response, redirect, render_template, request, url_for

from portal.catalogue import choices
from portal.catalogue.forms import ItemForm
from portal.customers.forms import CustomerForm
from portal.infra.errand import Errand
from portal.infra.forms import parse_id
from portal.infra.web import htmx
from portal.sales import book
from portal.sales.reading import Reading, read
from portal.sales.typed import TypedInvoice, TypedLine
from portal.tenants import queries as tenants

SHORTEST_KEY, LONGEST_KEY = 8, 100
FOR_THE_BUYER = {"for": "invoice", "into": "buyer"}
FOR_THE_ITEM = {"for": "invoice"}


def new_key() -> str:
    """A key under which a form is issued once."""
    return uuid4().hex


def idempotency_key() -> str:
    """The key that was sent with the form; a form without a usable one gets a fresh one."""
    key = request.form.get("idempotency_key", "")
    fits = SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
    return key if fits else new_key()


def draft_id() -> UUID:
    """The id that the page gave its draft; a form without one gets a fresh one. Ids of other businesses mean nothing here."""
    return parse_id(request.form.get("draft", "")) or uuid4()


def typed_form() -> TypedInvoice:
    """The invoice form as it was sent."""
    return TypedInvoice.read(request.form, request.form.getlist("row"))


def reading_of(typed: TypedInvoice, *, moves_stock: bool = True) -> Reading:
    """The form read and priced."""
    return read(typed, book.book_for(typed, moves_stock=moves_stock))


def go(address: str) -> Any:
    """To another page."""
    if not htmx:
        return redirect(address, 303)
    answer = make_response("", 200)
    answer.headers["HX-Redirect"] = address
    return answer


def of_draft(draft_id: UUID, body: str, status: int = 200) -> Response:
    """A part of the form; the browser's address becomes the draft's, so that reloading brings back what was typed."""
    answer = make_response(body, status)
    if htmx:
        answer.headers["HX-Replace-Url"] = url_for("sales.show_draft", draft_id=draft_id)
    return answer


def add_customer(draft_id: UUID, typed: TypedInvoice) -> Any:
    """The form for a new customer: a dialog over the invoice, or its own page, which leads back to the draft."""
    if not htmx:
        back = url_for("sales.show_draft", draft_id=draft_id)
        return redirect(url_for("customers.new_customer", name=typed.buyer, back=back, _external=False, **FOR_THE_BUYER), 303)
    form, errand = CustomerForm.blank(typed.buyer, typed.pin), Errand("invoice", "buyer", None)
    return _dialog(render_template("customers/_dialog.html", form=form, errand=errand, same_pin=None))


def add_item(draft_id: UUID, line: TypedLine | None) -> Any:
    """The form for a new item: a dialog over the invoice, or its own page, which leads back to this line of the draft."""
    name = line.item if line else ""
    if not htmx:
        back = url_for("sales.show_draft", draft_id=draft_id, at=f"{line.row}-qty" if line else None)
        return redirect(url_for("catalogue.new_item", name=name, back=back, _external=False, **FOR_THE_ITEM), 303)
    form = ItemForm.blank(choices.offered(), name)
    errand = Errand("invoice", f"{line.row}-item" if line else "", None)
    return _dialog(render_template("catalogue/_dialog.html", form=form, errand=errand, branches=tenants.open_branches()))


def _dialog(body: str) -> Response:
    answer = make_response(body)
    answer.headers.update({"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"})
    return answer
