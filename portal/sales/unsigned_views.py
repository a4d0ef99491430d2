"""Proformas and training documents: their lists, their pages, and what may become of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.errors import BadInput, PortalError
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.web import htmx
from portal.infra.wording import local
from portal.sales import unsigned, unsigned_queries
from portal.sales.blueprint import blueprint
from portal.sales.credit_form import CreditForm
from portal.sales.credits import Creditable
from portal.sales.form_answers import go, idempotency_key
from portal.sales.search import Wanted
from portal.sales.unsigned_page import page_of


@blueprint.get("/proformas")
@requires(Permission.SEE_DOCUMENTS)
def list_proformas() -> str:
    """Quotations, newest first."""
    return _list("proforma")


@blueprint.get("/training")
@requires(Permission.SEE_DOCUMENTS)
def list_training() -> str:
    """What was practised, newest first."""
    return _list("training")


@blueprint.post("/training/delete")
@requires(Permission.MANAGE_BUSINESS)
def wipe_training() -> Any:
    """Throw all practice away; its numbers go on."""
    gone = unsigned.wipe_training(current_actor())
    flash(ngettext("One training document is deleted.", "%(num)s training documents are deleted.", gone))
    return redirect(url_for(".list_training"), 303)


@blueprint.get("/unsigned/<uuid:document_id>")
@requires(Permission.SEE_DOCUMENTS)
def show_unsigned(document_id: UUID) -> str:
    """A proforma, a training invoice or a training credit note."""
    return render_template("sales/unsigned.html", page=page_of(unsigned_queries.unsigned(document_id), current_actor()))


@blueprint.post("/unsigned/<uuid:document_id>/invoice")
@requires(Permission.ISSUE_INVOICES)
def invoice_of_proforma(document_id: UUID) -> Any:
    """A draft of the invoice; the proforma stays."""
    draft_id = unsigned.to_draft(current_actor(), document_id)
    flash(_("This is the invoice, ready to be issued. The proforma stays."))
    return redirect(url_for(".show_draft", draft_id=draft_id), 303)


@blueprint.post("/unsigned/<uuid:document_id>/duplicate")
@requires(Permission.ISSUE_INVOICES)
def duplicate_unsigned(document_id: UUID) -> Any:
    """A new draft with the same content."""
    return redirect(url_for(".show_draft", draft_id=unsigned.again(current_actor(), document_id)), 303)


@blueprint.get("/unsigned/<uuid:document_id>/credit")
@requires(Permission.ISSUE_CREDIT_NOTES)
def new_training_note(document_id: UUID) -> Any:
    """The credit note form, for practice."""
    try:
        sale = _open_sale(document_id)
    except BadInput as error:
        flash(error.sentence)
        return redirect(url_for(".show_unsigned", document_id=document_id), 303)
    return render_template("sales/credit.html", **CreditForm.first(sale, uuid4().hex).context())


@blueprint.post("/unsigned/<uuid:document_id>/credit")
@requires(Permission.ISSUE_CREDIT_NOTES)
def credit_training(document_id: UUID) -> Any:
    """Everything, nothing, or issue the practice note."""
    form = CreditForm.sent(_open_sale(document_id), idempotency_key(), request.form)
    if request.form.get("action") not in (None, "issue"):
        return _form(form)
    form.shows_errors = True
    if not form.errors:
        try:
            note_id = unsigned.issue_training_note(current_actor(), form.new_note(document_id))
        except PortalError as error:
            form.errors[""] = error.sentence
        else:
            return go(url_for(".show_unsigned", document_id=note_id))
    return _form(form), 422


@blueprint.post("/unsigned/<uuid:document_id>/credit/totals")
@requires(Permission.ISSUE_CREDIT_NOTES)
def training_totals(document_id: UUID) -> str:
    """The amounts of what is typed."""
    form = CreditForm.sent(_open_sale(document_id), "", request.form)
    return render_template("sales/_live_credit.html", **form.context())


def _list(series: str) -> str:
    wanted = Wanted.of(request.args, local(database_now()).date())
    listed = unsigned_queries.listed(series, wanted)
    here = ".list_proformas" if series == "proforma" else ".list_training"
    next_href = url_for(here, q=wanted.words or None, after=listed.after, seen=listed.shown) if listed.after else ""
    context = {"series": series, "wanted": wanted, "listed": listed, "next_href": next_href, "here": url_for(here)}
    if htmx and not htmx.boosted and not htmx.history_restore_request:
        return render_template(f"sales/{'_unsigned_more' if wanted.behind else '_unsigned_results'}.html", **context)
    return render_template("sales/unsigned_list.html", **context)


def _open_sale(document_id: UUID) -> Creditable:
    sale = unsigned_queries.creditable(document_id)
    if not any(left.is_open for left in sale.left):
        raise BadInput(_("All of this invoice has been credited already."))
    return sale


def _form(form: CreditForm) -> str:
    return render_template("sales/_credit_form.html" if htmx else "sales/credit.html", **form.context())
