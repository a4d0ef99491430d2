"""The parts of the invoice form that change while somebody types."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import render_template, request, url_for

from portal.fiscal.document import Prices
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.sales import book, drafts
from portal.sales.blueprint import blueprint
from portal.sales.form_answers import add_customer, add_item, draft_id, go, idempotency_key, of_draft, reading_of, typed_form
from portal.sales.form_page import FormPage


@blueprint.post("/invoices/drafts/autosave")
@requires(Permission.ISSUE_INVOICES)
def autosave() -> Any:
    """Keep what is typed, and say when."""
    draft, reading = draft_id(), reading_of(typed_form())
    if reading.typed.is_blank:
        return render_template("sales/_draft_state.html", saved_at=None)
    saved_at = drafts.keep(current_actor(), draft, reading)
    if saved_at is None:
        return go(url_for(".show_document", document_id=draft))
    return of_draft(draft, render_template("sales/_draft_state.html", saved_at=saved_at))


@blueprint.post("/invoices/drafts/line")
@requires(Permission.ISSUE_INVOICES)
def pick_item() -> Any:
    """Price, band and stock of the item just picked; a new one gets a dialog.

    Only what nobody types meanwhile is swapped: on a slow line the quantity may be typed before this answer is there.
    """
    typed, row = typed_form(), request.args.get("row", "")
    if request.form.get(f"{row}-item_id") == "new":
        return add_item(draft_id(), typed.line(row))
    line = typed.line(row)
    items = book.items_by_id([UUID(line.item_id)]) if line and line.item_id else ()
    if line is not None and items:
        typed = typed.with_line(book.with_item(line, items[0], Prices(typed.prices), book.rates_now()))
    page = FormPage(draft_id(), idempotency_key(), reading_of(typed))
    drafts.keep(current_actor(), page.draft_id, page.reading)
    answer = of_draft(page.draft_id, render_template("sales/_picked_line.html", line=page.line(row), **page.context()))
    answer.headers["HX-Trigger"] = "line-changed"
    return answer


@blueprint.post("/invoices/drafts/buyer")
@requires(Permission.ISSUE_INVOICES)
def pick_buyer() -> Any:
    """The buyer's panel after a customer was picked; somebody new is added in a dialog."""
    typed = typed_form()
    if request.form.get("buyer_id") == "new":
        return add_customer(draft_id(), typed)
    customer = book.customer_by_id(UUID(typed.buyer_id)) if typed.buyer_id else None
    if customer is not None:
        typed = book.with_customer(typed, customer)
    page = FormPage(draft_id(), idempotency_key(), reading_of(typed), focus="pin")
    drafts.keep(current_actor(), page.draft_id, page.reading)
    return of_draft(page.draft_id, render_template("sales/_buyer.html", **page.context()))


@blueprint.post("/invoices/totals")
@requires(Permission.ISSUE_INVOICES)
def totals() -> str:
    """The totals of what is typed, and the amount of each line."""
    page = FormPage(uuid4(), "", reading_of(typed_form()))
    return render_template("sales/_live_totals.html", **page.totals())
