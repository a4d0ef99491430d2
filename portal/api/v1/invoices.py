"""Invoices: issued once, followed until KRA has signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from marshmallow import fields
from marshmallow.validate import Length, Range
from sqlalchemy import ColumnElement, select

from portal.api.v1 import documents
from portal.api.v1.blueprint import blueprint
from portal.api.v1.branches import branch_named
from portal.api.v1.documents import DocumentAnswer, DocumentSummary
from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Email, Money, Percent, Phone, Pin, Quantity, Words, chosen
from portal.api.v1.idempotency import REPLAYED, KeyHeader, issued_before, key_of, one_meaning, request_sha256
from portal.api.v1.itemfield import ItemField
from portal.api.v1.paging import PageQuery, read_slice
from portal.api.v1.selling import sell
from portal.api.v1.shapes import list_of
from portal.api.v1.waiting import WaitQuery, wait_until
from portal.fiscal.document import MOST_LINES, Prices
from portal.fiscal.payments import PaymentMethod
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.columns import search_words
from portal.infra.listing import first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import EAT
from portal.sales.models import Document
from portal.sales.search import meaning_of
from portal.submissions.models import Submission

MOST_PAYMENTS = 20
EXAMPLE = {
    "branch": "00",
    "customer": {"name": "Achieng Odhiambo", "phone": "0712345678"},
    "prices": "inclusive",
    "payments": [{"method": "mobile_money", "amount": "232.00", "reference": "SJK4H7L9QX"}],
    "lines": [
        {
            "item": {"code": "HAIRCUT", "name": "Haircut", "class": "1010150000", "type": "service", "band": "B"},
            "quantity": "2",
            "price": "116.00",
        }
    ],
    "external_id": "POS-77",
}
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
SUBMISSIONS_OF = {"waiting": ("queued", "sending", "unknown"), "signed": ("accepted",), "needs_attention": ("refused", "held")}


class BuyerBody(Body):
    """Who buys: a customer by id, or anybody by name; nothing at all is a walk-in."""

    id = fields.UUID(allow_none=True)
    name = Words(60, allow_none=True)
    pin = Pin(allow_none=True)
    phone = Phone(allow_none=True)
    email = Email(allow_none=True)


class PaymentBody(Body):
    """One means of payment; one may have no amount and takes the rest. Cash may be more than the total: change is given."""

    method = chosen(*PaymentMethod, required=True)
    amount = Money(allow_none=True)
    reference = Words(100, allow_none=True)


class LineBody(Body):
    """One line; without a price the item's own is taken."""

    item = ItemField(required=True)
    quantity = Quantity(required=True)
    price = Money(allow_none=True)
    discount_percent = Percent(allow_none=True)
    discount_amount = Money(allow_none=True)


class InvoiceBody(Body):
    """An invoice to issue."""

    branch = Words(36, allow_none=True, metadata={"description": "Two digits, like 00", "examples": ["00"]})
    customer = fields.Nested(BuyerBody, allow_none=True)
    prices = chosen(*Prices, load_default=Prices.INCLUSIVE.value)
    payments = fields.List(fields.Nested(PaymentBody), allow_none=True, validate=Length(0, MOST_PAYMENTS))
    lines = fields.List(fields.Nested(LineBody), required=True, validate=Length(1, MOST_LINES, error="Send 1 to 500 lines."))
    discount_amount = Money(allow_none=True)
    discount_percent = Percent(allow_none=True)
    external_id = Words(100, allow_none=True, metadata={"description": "The number your own system has for it"})


class InvoiceQuery(PageQuery):
    """Which documents; without `kind` the invoices, not the credit notes."""

    kind = chosen("sale", "credit_note", "all", load_default="sale")
    state = chosen(*documents.STATES)
    branch = Words(36)
    number = Words(40)
    external_id = Words(100)
    customer = Words(60, metadata={"description": "The beginning of the buyer's name"})
    pin = Pin()
    issued_from = fields.Date(data_key="from", validate=Range(EARLIEST, LATEST, error="Send a day of this century."))
    issued_to = fields.Date(data_key="to", validate=Range(EARLIEST, LATEST, error="Send a day of this century."))


@blueprint.route("/invoices", methods=["POST"], tags=["Invoices"])
@requires(Permission.ISSUE_INVOICES)
@blueprint.arguments(WaitQuery, location="query")
@blueprint.arguments(KeyHeader, location="headers")
@blueprint.arguments(InvoiceBody, example=EXAMPLE)
@blueprint.response(201, DocumentAnswer)
@blueprint.alt_response(200, schema=DocumentAnswer, description="The invoice this key issued before, as it is now", success=True)
def issue_invoice(query: dict[str, Any], headers: dict[str, Any], body: dict[str, Any]) -> Any:
    """Issue an invoice

    It is numbered and kept at once; KRA's signature follows. With `wait` the answer comes when it is settled, or
    after that many seconds. A repeat under the same Idempotency-Key gives the same invoice, with 200 and
    `Idempotency-Replayed: true`; under another body it is refused. An inline item with a `code` that the business has
    already is that item. Goods given inline are taken to be there: what is missing in stock is booked in, unless
    `opening_stock` says how many there were; goods given by id must be in stock.
    """
    key, asked = key_of(headers), request_sha256()
    row = issued_before(key, asked)
    if row is not None:
        return answer(row.id, query["wait"], replayed=True)
    with one_meaning():
        issued = sell(current_actor(), body, key, asked)
    return answer(issued.id, query["wait"], replayed=issued.repeated)


@blueprint.route("/invoices", methods=["GET"], tags=["Invoices"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.arguments(InvoiceQuery, location="query")
@blueprint.response(200, list_of(DocumentSummary))
def list_invoices(query: dict[str, Any]) -> dict[str, Any]:
    """List invoices, newest first"""
    wanted = select(Document).where(Document.tenant_id == current_tenant_id(), Document.state != "draft", *_filters(query))
    order = (Document.issued_at, Document.id)
    found = read_slice(wanted, order, query["limit"], query.get("after"), newest_first=True)
    told = documents.told_of([row.id for row in found.items])
    return {"items": [documents.as_answer(row, told.get(row.id)) for row in found.items], "next": found.next}


@blueprint.route("/invoices/<uuid:document_id>", methods=["GET"], tags=["Invoices"])
@requires(Permission.SEE_DOCUMENTS)
@blueprint.arguments(WaitQuery, location="query")
@blueprint.response(200, DocumentAnswer)
def show_invoice(query: dict[str, Any], document_id: UUID) -> dict[str, Any]:
    """Show an invoice or credit note as it is now

    With `wait` the answer comes when KRA has answered, or after that many seconds.
    """
    wait_until(lambda: documents.is_settled(document_id), query["wait"])
    return documents.shown(document_id)


def answer(document_id: UUID, wait: int, *, replayed: bool) -> Any:
    """The document, when it is settled or after `wait` seconds: 201 when this request issued it."""
    wait_until(lambda: documents.is_settled(document_id), wait)
    body = documents.shown(document_id)
    return (body, 200, REPLAYED) if replayed else (body, 201, {"Location": body["links"]["self"]})


def _filters(query: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if query["kind"] != "all":
        where.append(Document.kind == query["kind"])
    if "branch" in query:
        where.append(Document.branch_id == branch_named(query["branch"]).id)
    if name := search_words(query.get("customer") or ""):
        where += [Document.search_name >= name, Document.search_name < first_beyond(name)]
    for field, column in (("pin", Document.buyer_pin), ("external_id", Document.external_id)):
        if query.get(field):
            where.append(column == query[field])
    if query.get("number"):
        where += _numbered(query["number"])
    return where + _issued(query) + _in_state(query.get("state"))


def _numbered(text: str) -> list[ColumnElement[bool]]:
    meaning = meaning_of(text).numbers
    if meaning is None:
        raise BadFields([("number", _("Send the number as it stands on the invoice, like INV-000105."))])
    kind, branch_code, number = meaning
    where = [Document.trader_no == number]
    if kind is not None:
        where.append(Document.kind == kind.value)
        where.append(Document.branch_id == branch_named(branch_code or "00").id)
    return where


def _issued(query: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    where = []
    if first := query.get("issued_from"):
        where.append(Document.issued_at >= _midnight(first))
    if last := query.get("issued_to"):
        where.append(Document.issued_at < _midnight(last + timedelta(days=1)))
    return where


def _in_state(state: str | None) -> list[ColumnElement[bool]]:
    if state is None:
        return []
    if state == "void":
        return [Document.state == "void"]
    told = select(Submission.subject_id).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.kind.in_(("sale", "credit_note")),
        Submission.state.in_(SUBMISSIONS_OF[state]),
    )
    if state == "signed":  # nearly all of them: look from the document
        return [told.where(Submission.subject_id == Document.id).exists()]
    return [Document.id.in_(told)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EAT)
