"""The invoice form: typing, drafts, and the one press that issues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.errors import PortalError
from portal.fiscal.document import Prices
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.forms import parse_id
from portal.infra.web import htmx
from portal.sales import book, drafts, form_acts, services, unsigned
from portal.sales.blueprint import blueprint
from portal.sales.form_answers import (
    add_customer,
    add_item,
    draft_id,
    go,
    idempotency_key,
    new_key,
    of_draft,
    reading_of,
    typed_form,
)
from portal.sales.form_page import FormPage
from portal.sales.reading import Reading
from portal.sales.typed import TypedInvoice
from portal.sales.words import payment_facts, training_changed
from portal.stock.errors import NotEnoughStock


@blueprint.get("/invoices/new")
@requires(Permission.ISSUE_INVOICES)
def new_invoice() -> str:
    """An empty form; its draft comes into being with the first thing that is kept."""
    typed = TypedInvoice(branch_id=request.args.get("branch", "")[:36])
    return render_template("sales/form.html", **FormPage(uuid4(), new_key(), reading_of(typed)).context())


@blueprint.get("/invoices/drafts/<uuid:draft_id>")
@requires(Permission.ISSUE_INVOICES)
def show_draft(draft_id: UUID) -> str:
    """The form as it was left, with what was added for it on another page."""
    typed, saved_at = drafts.find(draft_id)
    page = FormPage(draft_id, new_key(), reading_of(_with_errand(typed)), saved_at, focus=request.args.get("at", ""))
    return render_template("sales/form.html", **page.context())


@blueprint.post("/invoices/drafts")
@requires(Permission.ISSUE_INVOICES)
def change_draft() -> Any:
    """Every button of the form: lines, payments, saving, preview, issuing."""
    action = request.form.get("action", "save")
    typed = book.with_words_resolved(form_acts.act(typed_form(), action))
    page = FormPage(draft_id(), idempotency_key(), reading_of(typed, moves_stock=action != "proforma"))
    if action in ("issue", "proforma"):
        return _issue(page, action)
    saved_at = drafts.keep(current_actor(), page.draft_id, page.reading)
    if saved_at is None:
        return _issued_already(page.draft_id)
    if action == "preview":
        return go(url_for(".preview_draft", draft_id=page.draft_id))
    if action == "add-customer":
        return add_customer(page.draft_id, typed)
    if action.startswith("add-item:"):
        return add_item(page.draft_id, typed.line(action.removeprefix("add-item:")))
    return _after(action, replace(page, saved_at=saved_at))


@blueprint.post("/invoices/drafts/<uuid:draft_id>/discard")
@requires(Permission.ISSUE_INVOICES)
def discard_draft(draft_id: UUID) -> Any:
    """Throw the draft away."""
    drafts.discard(draft_id)
    flash(_("The draft is gone."))
    return redirect(url_for(".list_documents"), 303)


@blueprint.get("/invoices/drafts/<uuid:draft_id>/preview")
@requires(Permission.ISSUE_INVOICES)
def preview_draft(draft_id: UUID) -> Any:
    """The invoice as it would be issued; back to the form while something is missing."""
    typed, saved_at = drafts.find(draft_id)
    page = FormPage(draft_id, new_key(), reading_of(typed), saved_at, shows_errors=True)
    if page.reading.errors:
        return render_template("sales/form.html", **page.context()), 422
    return render_template("sales/preview.html", payments=payment_facts(page.reading.payments), **page.context())


@blueprint.post("/invoices/drafts/<uuid:draft_id>/issue")
@requires(Permission.ISSUE_INVOICES)
def issue_draft(draft_id: UUID) -> Any:
    """Issue the draft as it was previewed."""
    if drafts.issued_instead(draft_id):
        return _issued_already(draft_id)
    typed, _saved_at = drafts.find(draft_id)
    return _issue(FormPage(draft_id, idempotency_key(), reading_of(typed)), "issue")


def _after(action: str, page: FormPage) -> Any:
    """The form after one of its buttons: with the new line in focus, where there is one."""
    added = page.reading.typed.lines[-1].row if action == "add-line" else None
    if htmx:
        return of_draft(page.draft_id, render_template("sales/_form.html", **page.context()))
    return redirect(url_for(".show_draft", draft_id=page.draft_id, at=added, _anchor=added), 303)


def _issue(page: FormPage, action: str) -> Any:
    """Issue, or the form again with every refusal at its field and the draft kept."""
    actor, reading = current_actor(), page.reading
    if action == "issue" and ("1" if reading.book.training else "0") != request.form.get("training", "0"):
        reading.refuse("", training_changed(reading.book.training))
    if not reading.errors:
        try:
            return _issued(page, action)
        except NotEnoughStock as error:
            _refuse_short(reading, error)
        except PortalError as error:
            reading.refuse("", error.sentence)
    saved_at = drafts.keep(actor, page.draft_id, reading)
    if saved_at is None:
        return _issued_already(page.draft_id)
    again = replace(page, saved_at=saved_at, shows_errors=True)
    template = "sales/_form.html" if htmx else "sales/form.html"
    return of_draft(page.draft_id, render_template(template, **again.context()), 422)


def _issued(page: FormPage, action: str) -> Any:
    """To the page of what was issued: an invoice, a proforma, or practice where the branch is in training mode."""
    actor, new = current_actor(), page.reading.new_invoice(page.key, page.draft_id)
    if action == "proforma":
        return go(url_for(".show_unsigned", document_id=unsigned.issue_proforma(actor, new)))
    if page.reading.book.training:
        return go(url_for(".show_unsigned", document_id=unsigned.issue_training(actor, new)))
    issued = services.issue_invoice(actor, new)
    return _issued_already(issued.id) if issued.elsewhere else go(url_for(".show_document", document_id=issued.id))


def _refuse_short(reading: Reading, error: NotEnoughStock) -> None:
    """Say at each line what there is: somebody else sold it a moment ago."""
    rows = {line.item_id: line.row for line in reading.typed.lines if line.row in reading.lines}
    for shortage in error.shortages:
        reading.refuse(f"{rows[shortage.item_id]}-qty", shortage.sentence)


def _issued_already(document_id: UUID) -> Any:
    flash(_("This draft has been issued already. Here it is."))
    return go(url_for(".show_document", document_id=document_id))


def _with_errand(typed: TypedInvoice) -> TypedInvoice:
    """The form with the customer or the item in it that was just added on a page of its own."""
    customer_id, item_id = parse_id(request.args.get("customer", "")), parse_id(request.args.get("item", ""))
    customer = book.customer_by_id(customer_id) if customer_id else None
    if customer is not None:
        typed = book.with_customer(typed, customer)
    line = typed.line(request.args.get("at", "").partition("-")[0])
    items = book.items_by_id([item_id]) if item_id and line else ()
    if line is not None and items:
        typed = typed.with_line(book.with_item(line, items[0], Prices(typed.prices), book.rates_now()))
    return typed
