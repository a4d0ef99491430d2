"""The papers of training and proforma documents: an address gives them to whoever may see the document."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.identity.access import requires
from portal.identity.permissions import Permission
from portal.infra.polling import asked_so_far, poll_after
from portal.infra.web import htmx
from portal.receipts import unsigned
from portal.receipts.sizes import PaperSize
from portal.receipts.views import NOTHING_RUNS
from portal.sales import unsigned_queries

blueprint = Blueprint("unsigned", __name__)


@blueprint.get("/unsigned/<uuid:document_id>.pdf")
@requires(Permission.SEE_DOCUMENTS)
def file(document_id: UUID) -> ResponseReturnValue:
    """The paper, or the word that it is being made."""
    found, size = unsigned_queries.unsigned(document_id), _size()
    pdf = unsigned.pdf_of(document_id, size)
    if pdf is None:
        poll = poll_after(asked_so_far(), True)
        page = "receipts/_unsigned_wait.html" if htmx else "receipts/unsigned_wait.html"
        return render_template(page, document_id=document_id, number=found.number, paper=size.value, poll=poll), 202
    if htmx:
        return Response(headers={"HX-Redirect": url_for(".file", document_id=document_id, paper=size.value)})
    headers = {"Content-Disposition": f'inline; filename="{found.number}.pdf"', "Content-Security-Policy": NOTHING_RUNS}
    return current_app.response_class(pdf, mimetype="application/pdf", headers=headers)


def _size() -> PaperSize:
    """The paper that the address names, A4 when it names none."""
    return PaperSize.ROLL if request.args.get("paper") == PaperSize.ROLL else PaperSize.A4
