"""One document: its page, the part of it that follows KRA's answer, and the buttons that help."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.fiscal.labels import DocumentKind
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.sales import queries, services
from portal.sales.blueprint import blueprint
from portal.sales.document_page import page_of
from portal.submissions import queries as submissions
from portal.submissions import services as submission_services

MOST_ASKED = 99


@blueprint.get("/invoices/<uuid:document_id>")
@requires(Permission.SEE_DOCUMENTS)
def show_document(document_id: UUID) -> str:
    """An invoice or credit note, whatever state it is in."""
    page = page_of(document_id, current_actor())
    return render_template("sales/document.html", page=page, poll=page.poll(0))


@blueprint.get("/invoices/<uuid:document_id>/status")
@requires(Permission.SEE_DOCUMENTS)
def document_status(document_id: UUID) -> str:
    """The part of the page that changes, with the delay after which it asks again."""
    asked = request.args.get("asked", "")
    number = min(int(asked), MOST_ASKED) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    page = page_of(document_id, current_actor())
    return render_template("sales/_followed.html", page=page, poll=page.poll(number))


@blueprint.post("/invoices/<uuid:document_id>/check-again")
@requires(Permission.ISSUE_INVOICES)
def check_again(document_id: UUID) -> Any:
    """Ask KRA now instead of later."""
    submission_services.check_again(current_actor(), _submission_id(document_id))
    return redirect(url_for(".show_document", document_id=document_id), 303)


@blueprint.post("/invoices/<uuid:document_id>/send-again")
@requires(Permission.ISSUE_INVOICES)
def send_again(document_id: UUID) -> Any:
    """The same document once more: the cause of the refusal was elsewhere."""
    submission_services.send_again(current_actor(), _submission_id(document_id))
    return redirect(url_for(".show_document", document_id=document_id), 303)


@blueprint.post("/invoices/<uuid:document_id>/void")
@requires(Permission.ISSUE_INVOICES)
def void_document(document_id: UUID) -> Any:
    """Withdraw it."""
    services.void_document(current_actor(), document_id)
    flash(_("Withdrawn. It keeps its number."))
    return redirect(url_for(".show_document", document_id=document_id), 303)


@blueprint.post("/invoices/<uuid:document_id>/correct")
@requires(Permission.ISSUE_INVOICES)
def correct_document(document_id: UUID) -> Any:
    """Void it and open its copy; a credit note is written again from its sale."""
    row = queries.document(document_id)
    if row.kind == DocumentKind.CREDIT_NOTE:
        services.void_document(current_actor(), document_id)
        return redirect(url_for(".new_credit_note", document_id=row.original_id), 303)
    draft_id = services.correct_and_issue_again(current_actor(), document_id)
    flash(_("The old one is void. Correct this copy, then issue it."))
    return redirect(url_for(".show_draft", draft_id=draft_id), 303)


@blueprint.post("/invoices/<uuid:document_id>/duplicate")
@requires(Permission.ISSUE_INVOICES)
def duplicate_document(document_id: UUID) -> Any:
    """A new draft with the same content."""
    return redirect(url_for(".show_draft", draft_id=services.duplicate(current_actor(), document_id)), 303)


def _submission_id(document_id: UUID) -> UUID:
    queries.document(document_id)
    submission = submissions.of_document(document_id)
    assert submission is not None, "a document is issued and queued in one statement"
    return submission.id
