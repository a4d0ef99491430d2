"""The credit note form."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.errors import BadInput, NotAllowed, PortalError
from portal.fiscal.pins import parse_pin
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.forms import FormReader
from portal.infra.web import htmx
from portal.infra.wording import local
from portal.sales import credit_log, credits, wrong_pin
from portal.sales.blueprint import blueprint
from portal.sales.credit_form import CreditForm
from portal.sales.form_answers import go, idempotency_key
from portal.sales.list_views import presets
from portal.sales.search import Wanted


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


@blueprint.get("/credit-notes")
@requires(Permission.SEE_DOCUMENTS)
def credit_log_book() -> str:
    """The log book of credit notes: reason, words, recipient."""
    wanted = Wanted.of(request.args, local(database_now()).date())
    log = credit_log.read(wanted)
    args = wanted.as_args(after=log.after, seen=log.shown)
    next_href = url_for(".credit_log_book", **args) if log.after else ""
    template = "sales/_credit_log_more.html" if htmx and wanted.behind else "sales/credit_log.html"
    return render_template(template, log=log, wanted=wanted, next_href=next_href, presets=presets(wanted, ".credit_log_book"))


@blueprint.get("/invoices/<uuid:document_id>/wrong-pin")
@requires(Permission.ISSUE_CREDIT_NOTES)
def ask_for_right_pin(document_id: UUID) -> Any:
    """The form for the right PIN; without anything to correct, back to the invoice with the reason."""
    try:
        sale = _open_sale(document_id)
    except BadInput as error:
        flash(error.sentence)
        return redirect(url_for(".show_document", document_id=document_id), 303)
    typed = {"pin": "", "buyer": "" if sale.issued.document.buyer.is_walk_in else sale.issued.document.buyer.name}
    return render_template("sales/wrong_pin.html", sale=sale, typed=typed, errors={}, key=uuid4().hex)


@blueprint.post("/invoices/<uuid:document_id>/wrong-pin")
@requires(Permission.ISSUE_CREDIT_NOTES)
def fix_wrong_pin(document_id: UUID) -> Any:
    """One press: the credit note, and the invoice under the right PIN."""
    if not current_actor().may(Permission.ISSUE_INVOICES):
        raise NotAllowed(_("This takes somebody who may issue invoices."))
    form, key = FormReader(request.form), idempotency_key()
    name = form.text("buyer", 60, required=_("Enter the buyer's name: KRA wants one beside a PIN."))
    pin = form.read("pin", parse_pin, required=_("Enter the right KRA PIN, like P051365947M."))
    if not form.errors and name and pin:
        try:
            done = wrong_pin.fix(current_actor(), document_id, pin, name, key)
        except BadInput as error:
            form.refuse(error.field or "pin", error.sentence)
        else:
            return _after_fix(done)
    sale = credits.creditable(document_id)
    return render_template("sales/wrong_pin.html", sale=sale, typed=form.typed, errors=form.errors, key=key), 422


def _after_fix(done: wrong_pin.Corrected) -> Any:
    if done.is_issued:
        flash(_("The old invoice is credited. This is the one under the right PIN."))
        return redirect(url_for(".show_document", document_id=done.invoice_id), 303)
    flash(_("The old invoice is credited. Issue this draft when you can: %(missing)s", missing=done.missing))
    return redirect(url_for(".show_draft", draft_id=done.invoice_id), 303)


def _open_sale(document_id: UUID) -> credits.Creditable:
    sale = credits.creditable(document_id)
    if not any(left.is_open for left in sale.left):
        raise BadInput(_("All of this invoice has been credited already."))
    return sale


def _form(form: CreditForm) -> str:
    return render_template("sales/_credit_form.html" if htmx else "sales/credit.html", **form.context())
