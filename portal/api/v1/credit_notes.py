"""Credit notes: an invoice, or a part of it, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from marshmallow import fields
from marshmallow.validate import Length, Range

from portal.api.v1.blueprint import blueprint
from portal.api.v1.documents import DocumentAnswer
from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Quantity, Words
from portal.api.v1.idempotency import KeyHeader, issued_before, key_of, one_meaning, request_sha256
from portal.api.v1.invoices import answer
from portal.api.v1.items import check_decimals
from portal.api.v1.waiting import WaitQuery
from portal.errors import BadInput, PortalError
from portal.fiscal.credit import CreditError
from portal.fiscal.document import MOST_LINES
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.receipts.queries import is_signed
from portal.sales import credits, queries
from portal.sales.new_invoice import NewCreditNote

OTHER_REASON = "13"
LINES = Length(1, MOST_LINES, error="Send at least one line.")


class CreditLineBody(Body):
    """A line of the invoice by its number, from 1; without a quantity all that is left of it."""

    line = fields.Integer(required=True, strict=True, validate=Range(1, MOST_LINES, error="Lines count from 1."))
    quantity = Quantity(allow_none=True)


class CreditNoteBody(Body):
    """What comes back and why; without `lines` everything that is left."""

    reason = Words(
        400,
        required=True,
        metadata={"description": "KRA's code (06) or name (Refund); anything else goes as *Other reason*", "examples": ["06"]},
    )
    lines = fields.List(fields.Nested(CreditLineBody), allow_none=True, validate=LINES)
    note = Words(400, allow_none=True)
    recipient_name = Words(60, allow_none=True)
    restock = fields.Boolean(load_default=True, metadata={"description": "Whether goods go back into stock"})


@blueprint.route("/invoices/<uuid:document_id>/credit-notes", methods=["POST"], tags=["Invoices"])
@requires(Permission.ISSUE_CREDIT_NOTES)
@blueprint.arguments(WaitQuery, location="query")
@blueprint.arguments(KeyHeader, location="headers")
@blueprint.arguments(CreditNoteBody, example={"reason": "06", "lines": [{"line": 1, "quantity": "1"}]})
@blueprint.response(201, DocumentAnswer)
@blueprint.alt_response(200, schema=DocumentAnswer, description="The credit note that this key issued before", success=True)
def issue_credit_note(query: dict[str, Any], headers: dict[str, Any], body: dict[str, Any], document_id: UUID) -> Any:
    """Take an invoice back, or some of its lines

    The invoice must be signed, and not older than six months. 409 while it is not signed.
    """
    queries.document(document_id)
    key, asked = key_of(headers), request_sha256()
    row = issued_before(key, asked)
    if row is not None:
        return answer(row.id, query["wait"], replayed=True)
    if queries.document(document_id).kind == "sale" and not is_signed(document_id):
        raise PortalError(_("This invoice is not signed, so there is nothing to take back."))
    reason, note = _reason(body)
    new = NewCreditNote(
        original_id=document_id,
        idempotency_key=key,
        reason_code=reason,
        quantities=_quantities(document_id, body.get("lines")),
        reason_note=note,
        recipient_name=body.get("recipient_name"),
        restock=body["restock"],
        request_sha256=asked,
    )
    with one_meaning(), _line_named(body.get("lines") or []):
        issued = credits.issue_credit_note(current_actor(), new)
    return answer(issued.id, query["wait"], replayed=issued.repeated)


def _reason(body: Mapping[str, Any]) -> tuple[str, str | None]:
    """KRA's code of the reason and the note to it: words that are no reason of KRA's are the note of *Other reason*."""
    sent, note = body["reason"], body.get("note")
    known = {code.code: code.name for code in credits.reasons()}
    for code, name in known.items():
        if sent in (code, code.lstrip("0")) or sent.casefold() == name.casefold():
            return code, note
    if OTHER_REASON not in known or sent.isdigit():
        listed = ", ".join(f"{code} {name}" for code, name in known.items())
        raise BadFields([("reason", _("Send one of KRA's reasons: %(listed)s.", listed=listed))])
    if note:
        raise BadFields([("note", _("This reason is in your own words already. Send a note with a reason of KRA's list."))])
    return OTHER_REASON, sent


def _quantities(document_id: UUID, lines: list[Mapping[str, Any]] | None) -> dict[int, Decimal] | None:
    if not lines:
        return None
    found: dict[int, Decimal] = {}
    left = {one.number: one.quantity for one in credits.creditable(document_id).left}
    for number, line in enumerate(lines):
        at = f"lines[{number}]"
        if line["line"] in found:
            raise BadFields([(f"{at}.line", _("This line came twice. Send it once."))])
        if line["line"] not in left:
            raise BadFields([(f"{at}.line", _("The invoice has no such line."))])
        quantity = line.get("quantity")
        if quantity is not None:
            check_decimals(quantity, f"{at}.quantity")
        elif not left[line["line"]]:
            raise BadFields([(f"{at}.line", _("All of it has been taken back already."))])
        found[line["line"]] = left[line["line"]] if quantity is None else quantity
    return found


@contextmanager
def _line_named(lines: list[Mapping[str, Any]]) -> Iterator[None]:
    """Name the line of the request that a cap refused."""
    try:
        yield
    except BadInput as refusal:
        cause = refusal.__cause__
        if not isinstance(cause, CreditError):
            raise
        places = {line["line"]: f"lines[{number}].quantity" for number, line in enumerate(lines)}
        raise BadFields([(places.get(cause.line or 0, "lines"), refusal.sentence)]) from refusal
