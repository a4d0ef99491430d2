"""The credit note form."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.errors import BadInput, PortalError
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.web import htmx
from portal.sales import credits
from portal.sales.blueprint import blueprint
from portal.sales.credit_form import CreditForm
from portal.sales.form_answers import go, idempotency_key


@blueprint.get("/invoices/<uuid:document_id>/credit")
@requires(Permission.ISSUE_CREDIT_NOTES)
def new_credit_note(document_id: UUID) -> Any:
    """The form beside the original; without anything to credit, back to the invoice with the reason."""
    try:
        sale = _open_sale(document_id)
    except BadInput as error:
        flash(error.sentence)
        return redirect(url_for(".show_document", document_id=document_id), 303)
    return render_template("sales/credit.html", **CreditForm.first(sale, uuid4().hex).context())


@blueprint.post("/invoices/<uuid:document_id>/credit")
@requires(Permission.ISSUE_CREDIT_NOTES)
def credit(document_id: UUID) -> Any:
    """Everything, nothing, or issue the note."""
    key = idempotency_key()
    if (already := credits.issued_under(key)) is not None and already.original_id == document_id:
        return go(url_for(".show_document", document_id=already.id))
    form = CreditForm.sent(_open_sale(document_id), key, request.form)
    if request.form.get("action") not in (None, "issue"):
        return _form(form)
    form.shows_errors = True
    if not form.errors:
        try:
            issued = credits.issue_credit_note(current_actor(), form.new_note(document_id))
        except PortalError as error:
            form.errors[""] = error.sentence
        else:
            return go(url_for(".show_document", document_id=issued.id))
    return _form(form), 422


@blueprint.post("/invoices/<uuid:document_id>/credit/totals")
@requires(Permission.ISSUE_CREDIT_NOTES)
def credit_totals(document_id: UUID) -> str:
    """The amounts of what is typed."""
    form = CreditForm.sent(_open_sale(document_id), "", request.form)
    return render_template("sales/_live_credit.html", **form.context())


def _open_sale(document_id: UUID) -> credits.Creditable:
    sale = credits.creditable(document_id)
    if not any(left.is_open for left in sale.left):
        raise BadInput(_("All of this invoice has been credited already."))
    return sale


def _form(form: CreditForm) -> str:
    return render_template("sales/_credit_form.html" if htmx else "sales/credit.html", **form.context())
