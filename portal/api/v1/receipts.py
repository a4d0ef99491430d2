"""Receipts: the one original, and numbered copies of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext as _
from marshmallow import fields
from marshmallow.validate import Range

from portal.api.v1.blueprint import blueprint
from portal.api.v1.errors import MissingScope
from portal.api.v1.fields import Body, Instant
from portal.api.v1.idempotency import KeyHeader
from portal.api.v1.waiting import LONGEST_SECONDS, wait_until
from portal.errors import NotFound
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra import problems
from portal.infra.crypto import sha256
from portal.receipts import queries, services
from portal.receipts.models import HandOut
from portal.receipts.services import Way

PDF = "application/pdf"
USUAL_WAIT, ASK_AGAIN_SECONDS = 15, 2
BINARY = {"type": "string", "format": "binary"}


class PaperQuery(Body):
    """How many seconds to wait for a paper that is still being drawn."""

    wait = fields.Integer(load_default=USUAL_WAIT, validate=Range(0, error="Wait for 0 to 30 seconds."))


class CopyLinks(Body):
    """Where the paper is."""

    receipt = fields.String(required=True)


class CopyAnswer(Body):
    """A copy that was handed out: its number is printed on it."""

    copy = fields.Integer(required=True)
    at = Instant(required=True)
    links = fields.Nested(CopyLinks, required=True)


@blueprint.route("/invoices/<uuid:document_id>/receipt.pdf", methods=["GET"], tags=["Invoices"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.arguments(PaperQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def original_receipt(query: dict[str, Any], document_id: UUID) -> Response:
    """Get the original receipt as a PDF

    The original is handed out once: every call gives the same bytes, and each other paper is a copy. 409 while KRA has
    not signed, 503 with Retry-After while the paper is being drawn. The first call needs the scope `invoices:write`.
    """
    handed_out = queries.hand_outs(document_id)
    if not handed_out or not handed_out[0].is_original:
        queries.signed_document(document_id)
        if not current_actor().may(Permission.ISSUE_INVOICES):
            raise MissingScope("scope", _("Nobody has handed out this receipt yet, and for that the token lacks invoices:write."))
    first = services.hand_out_original(current_actor(), document_id, Way.DOWNLOAD)
    return _paper(first, query["wait"])


@blueprint.route("/invoices/<uuid:document_id>/copies", methods=["POST"], tags=["Invoices"])
@requires(Permission.ISSUE_INVOICES)
@blueprint.arguments(PaperQuery, location="query")
@blueprint.arguments(KeyHeader, location="headers")
@blueprint.response(201, CopyAnswer)
def hand_out_copy(query: dict[str, Any], headers: dict[str, Any], document_id: UUID) -> Any:
    """Hand out a copy of a receipt

    It is numbered and marked as a copy. With `Accept: application/pdf` the answer is the paper itself.
    """
    actor, sent = current_actor(), headers.get("key")
    services.hand_out_original(actor, document_id, Way.DOWNLOAD)
    key = f"api-{sha256(sent).hex()}" if sent else None
    copy = services.hand_out(actor, document_id, Way.DOWNLOAD, key)
    if request.accept_mimetypes.best_match(["application/json", PDF]) == PDF:
        return _paper(copy, query["wait"])
    link = url_for("api.copy_of_receipt", document_id=document_id, copy_no=copy.copy_no)
    body = {"copy": copy.copy_no, "at": copy.at, "links": {"receipt": link}}
    return body, 201, {"Location": link}


@blueprint.route("/invoices/<uuid:document_id>/copies/<int(min=1):copy_no>.pdf", methods=["GET"], tags=["Invoices"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.arguments(PaperQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def copy_of_receipt(query: dict[str, Any], document_id: UUID, copy_no: int) -> Response:
    """Get a copy that was handed out as a PDF"""
    found = next((one for one in queries.hand_outs(document_id) if one.copy_no == copy_no), None)
    if found is None:
        raise NotFound
    return _paper(found, query["wait"])


def _paper(handed_out: HandOut, wait: int) -> Response:
    """The stored bytes of a hand-out, or a problem document that says when to ask again."""
    document_id, copy_no = handed_out.document_id, handed_out.copy_no
    wait_until(lambda: services.pdf_of(handed_out) is not None, min(wait, LONGEST_SECONDS))
    pdf = services.pdf_of(handed_out)
    if pdf is None:
        answer = problems.answer(503, _("The receipt is still being drawn. Ask again in a moment."))
        answer.headers["Retry-After"] = str(ASK_AGAIN_SECONDS)
        return answer
    number = queries.signed_document(document_id).issued.trader_number
    name = f"{number}.pdf" if handed_out.is_original else f"{number}-copy-{copy_no}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(pdf, mimetype=PDF, headers=headers)
