"""An invoice or credit note as the API says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import fields
from sqlalchemy import select

from portal.api.v1 import tax
from portal.api.v1.fields import Body, Instant, Money, Percent, Quantity
from portal.api.v1.problems import KraProblem, problem_of
from portal.api.v1.shapes import Totals, band_totals
from portal.fiscal.frozen import Buyer, DocumentLine, FiscalDocument
from portal.fiscal.numbering import cu_invoice_number
from portal.fiscal.qr import receipt_url
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales import queries
from portal.sales.models import Document
from portal.submissions import queries as submissions
from portal.submissions.models import Submission

STATES = ("waiting", "signed", "needs_attention", "void")
BY_SUBMISSION = {"accepted": "signed", "refused": "needs_attention", "held": "needs_attention", "void": "void"}
OF_A_LINE = ("supply_amount", "discount_amount", "taxable_amount", "tax_amount", "total_amount", "band", "rate", "quantity",
             "price")  # fmt: skip
SETTLED = ("accepted", "refused", "held", "void")


class CustomerShown(Body):
    """The buyer as frozen on the document."""

    name = fields.String(required=True)
    pin = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)


class LineShown(tax.LineAmounts):
    """A line as frozen: `price` includes VAT."""

    line = fields.Integer(required=True)
    item = fields.UUID(required=True)
    name = fields.String(required=True)
    item_class = fields.String(required=True, data_key="class")
    type = fields.String(required=True)
    unit = fields.String(required=True)
    package = fields.String(required=True)
    band = fields.String(required=True)
    rate = Percent(required=True)
    quantity = Quantity(required=True)
    price = Money(required=True)
    discount_percent = Percent(required=True)


class PaymentShown(Body):
    """One means of payment, cash as it was handed over: above the total there was change."""

    method = fields.String(required=True)
    amount = Money(required=True)
    reference = fields.String(required=True, allow_none=True)


class KraShown(Body):
    """KRA's answer: `invoice_number` is KRA's number of the sale, `cu_invoice_number` the one that buyers claim with."""

    invoice_number = fields.Integer(required=True)
    cu_invoice_number = fields.String(required=True)
    receipt_number = fields.Integer(required=True)
    total_receipt_number = fields.Integer(required=True)
    internal_data = fields.String(required=True)
    signature = fields.String(required=True)
    sdc_id = fields.String(required=True)
    mrc_number = fields.String(required=True, allow_none=True)
    signed_at = Instant(required=True)
    qr = fields.URL(required=True)


class Links(Body):
    """Where more of it is, on this host."""

    self = fields.String(required=True)
    receipt = fields.String(required=True)


class CreditShown(Body):
    """What a credit note takes back, and why."""

    invoice = fields.UUID(required=True)
    number = fields.String(required=True)
    reason = fields.String(required=True)
    reason_name = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class DocumentSummary(Body):
    """An invoice or credit note without its lines."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["sale", "credit_note"]})
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    branch = fields.String(required=True)
    issued_at = Instant(required=True)
    external_id = fields.String(required=True, allow_none=True)
    customer = fields.Nested(CustomerShown, required=True, allow_none=True)
    bands = band_totals()
    totals = fields.Nested(Totals, required=True)
    credit = fields.Nested(CreditShown, required=True, allow_none=True)
    kra = fields.Nested(KraShown, required=True, allow_none=True)
    problem = fields.Nested(KraProblem, required=True, allow_none=True)
    links = fields.Nested(Links, required=True)


class DocumentAnswer(DocumentSummary):
    """An invoice or credit note; `kra` is there once KRA has signed it, `problem` while something is wrong."""

    prices = fields.String(required=True)
    lines = fields.List(fields.Nested(LineShown), required=True)
    payments = fields.List(fields.Nested(PaymentShown), required=True)


def shown(document_id: UUID) -> dict[str, Any]:
    """A document of this business as it is now; raises NotFound."""
    row = queries.document(document_id)
    return as_answer(row, submissions.of_document(document_id))


def as_answer(row: Document, told: Submission | None) -> dict[str, Any]:
    """A document and what became of it, ready for the schemas."""
    frozen = FiscalDocument.from_content(row.content)
    return {
        "id": row.id,
        "number": queries.issued_of(row).trader_number,
        "kind": row.kind,
        "state": state_of(row, told),
        "branch": frozen.seller.branch_code,
        "issued_at": row.issued_at,
        "external_id": row.external_id,
        "customer": _customer(frozen.buyer),
        **tax.shown(frozen.priced),
        "prices": frozen.prices.value,
        "lines": [_line(number, line) for number, line in enumerate(frozen.lines, start=1)],
        "payments": frozen.payments,
        "credit": _credit(frozen),
        "kra": _kra(frozen, told),
        "problem": problem_of(told),
        "links": {
            "self": url_for("api.show_invoice", document_id=row.id),
            "receipt": url_for("api.original_receipt", document_id=row.id),
        },
    }


def state_of(row: Document, told: Submission | None) -> str:
    """Waiting, signed, needs_attention or void."""
    if row.state == "void" or told is None:
        return "void"
    return BY_SUBMISSION.get(told.state, "waiting")


def told_of(document_ids: list[UUID]) -> Mapping[UUID, Submission]:
    """What became of telling KRA, by document."""
    wanted = select(Submission).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.subject_id.in_(document_ids),
        Submission.kind.in_(("sale", "credit_note")),
    )
    return {row.subject_id: row for row in db.session.execute(wanted).scalars()}


def is_settled(document_id: UUID) -> bool:
    """Whether KRA has answered, or a person must; raises NotFound for a document that is not there."""
    wanted = select(Submission.state).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.subject_id == document_id,
        Submission.kind.in_(("sale", "credit_note")),
    )
    return db.session.execute(wanted).scalar_one_or_none() in (*SETTLED, None)


def _customer(buyer: Buyer) -> Buyer | None:
    return None if buyer.is_walk_in and not (buyer.pin or buyer.phone or buyer.email) else buyer


def _line(number: int, line: DocumentLine) -> dict[str, Any]:
    priced = line.priced
    return {name: getattr(priced, name) for name in OF_A_LINE} | {
        "line": number,
        "item": line.item_id,
        "name": line.name,
        "item_class": line.class_code,
        "type": line.item_type.word,
        "unit": line.quantity_unit,
        "package": line.package_unit,
        "discount_percent": priced.discount_rate,
    }


def _credit(frozen: FiscalDocument) -> dict[str, Any] | None:
    credit = frozen.credit
    if credit is None:
        return None
    return {
        "invoice": credit.original_id,
        "number": credit.original_trader_number,
        "reason": credit.reason_code,
        "reason_name": credit.reason_name,
        "note": credit.reason_note,
    }


def _kra(frozen: FiscalDocument, told: Submission | None) -> dict[str, Any] | None:
    if told is None or told.state != "accepted" or not told.signature or told.receipt_no is None or not told.sdc_id:
        return None
    seller = frozen.seller
    return {
        "invoice_number": told.sequence_no,
        "cu_invoice_number": cu_invoice_number(told.sdc_id, told.receipt_no),
        "receipt_number": told.receipt_no,
        "total_receipt_number": told.total_receipt_no,
        "internal_data": told.internal_data,
        "signature": told.signature,
        "sdc_id": told.sdc_id,
        "mrc_number": told.mrc_number,
        "signed_at": told.signed_at,
        "qr": receipt_url(seller.pin, seller.branch_code, told.signature, frozen.environment),
    }
