"""The pages of hand-outs: an act takes a paper, an address that belongs to it gives the same bytes for ever."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import BadInput
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.forms import idempotency_key
from portal.infra.web import htmx
from portal.receipts import queries, services
from portal.receipts.models import HandOut
from portal.receipts.panel import Panel, panel_of
from portal.receipts.services import Way
from portal.receipts.sizes import PaperSize

blueprint = Blueprint("receipts", __name__)
PATIENCE = timedelta(minutes=10)
# A PDF can hold active content: whatever opens it on our address may run nothing (RELIABILITY §12).
NOTHING_RUNS = "sandbox"


@blueprint.app_template_global("papers_of")
def papers_of(document_id: UUID) -> Panel | None:
    """For pages of other features that show a document: what may be handed out; None while KRA has not signed."""
    return panel_of(document_id)


@blueprint.get("/invoices/<uuid:document_id>/papers")
@requires(Permission.SEE_DOCUMENTS)
def show_papers(document_id: UUID) -> ResponseReturnValue:
    """The part of a document's page that hands papers out."""
    signed = queries.signed_document(document_id)
    page = "receipts/_hand_out.html" if htmx else "receipts/papers.html"
    return render_template(page, document=signed.row, number=signed.issued.trader_number)


@blueprint.post("/invoices/<uuid:document_id>/papers")
@requires(Permission.ISSUE_INVOICES)
def hand_out(document_id: UUID) -> ResponseReturnValue:
    """Hand out the original, or the next copy."""
    way, key = request.form.get("way", ""), idempotency_key(request.form.get("idempotency_key"))
    handed_out = services.hand_out(current_actor(), document_id, _way(way), key, _size(document_id))
    return redirect(_address(handed_out), 303)


@blueprint.get("/receipts/<uuid:hand_out_id>")
@requires(Permission.SEE_DOCUMENTS)
def wait(hand_out_id: UUID) -> ResponseReturnValue:
    """Goes on to the PDF as soon as it is there, and until then says that it is being made."""
    handed_out = queries.hand_out(hand_out_id)
    if services.pdf_of(handed_out) is None:
        return _still_made(handed_out)
    address = url_for(".file", hand_out_id=hand_out_id)
    if htmx:
        return Response(headers={"HX-Redirect": address})
    return redirect(address, 303)


@blueprint.get("/receipts/<uuid:hand_out_id>.pdf")
@requires(Permission.SEE_DOCUMENTS)
def file(hand_out_id: UUID) -> ResponseReturnValue:
    """The bytes of a hand-out, the same as often as they are asked for."""
    handed_out = queries.hand_out(hand_out_id)
    pdf = services.pdf_of(handed_out)
    if pdf is None:
        return _still_made(handed_out)
    number = queries.signed_document(handed_out.document_id).issued.trader_number
    name = f"{number}.pdf" if handed_out.is_original else f"{number}-copy-{handed_out.copy_no}.pdf"
    shown = "inline" if handed_out.way == Way.PRINT else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}"', "Content-Security-Policy": NOTHING_RUNS}
    return current_app.response_class(pdf, mimetype="application/pdf", headers=headers)


def _still_made(handed_out: HandOut) -> ResponseReturnValue:
    number = queries.signed_document(handed_out.document_id).issued.trader_number
    slow = database_now() - handed_out.at > PATIENCE
    page = "receipts/_wait.html" if htmx else "receipts/wait.html"
    return render_template(page, hand_out=handed_out, number=number, slow=slow), 202


def _address(handed_out: HandOut) -> str:
    endpoint = ".file" if services.pdf_of(handed_out) is not None else ".wait"
    return url_for(endpoint, hand_out_id=handed_out.id)


def _size(document_id: UUID) -> PaperSize:
    """The paper that was chosen, else that of the branch."""
    word = request.form.get("paper") or queries.branch_of(document_id).paper
    if word not in list(PaperSize):
        raise BadInput(_("Choose A4 or 80 mm."))
    return PaperSize(word)


def _way(word: str) -> Way:
    if word not in (Way.PRINT, Way.DOWNLOAD):
        raise BadInput(_("Say whether the receipt is to be printed or downloaded."))
    return Way(word)
