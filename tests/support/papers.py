"""Documents that KRA has signed, put straight into the database of a test."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text, update

from portal.catalogue.models import Item
from portal.fiscal.content import content_sha256
from portal.fiscal.frozen import DocumentKind, Environment, FiscalDocument, Signature
from portal.fiscal.numbering import item_code
from portal.infra.columns import search_words
from portal.infra.crypto import sha256
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales.models import Document, DocumentLine
from portal.submissions.models import Submission
from tests.fiscal.examples import CREDIT_SIGNATURE, SALE_SIGNATURE, SELLER, SOLD_AT, credited, mixed_sale
from tests.support.world import Business

_next = itertools.count(1)
COUNTED = text("""
    INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (:tenant, :branch, :kind, :number)
    ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = greatest(c.last_no, excluded.last_no)""")
CREDITED_AT = datetime(2026, 11, 21, 6, 12, 43, tzinfo=UTC)


def of_business(business: Business, document: FiscalDocument) -> FiscalDocument:
    """The document as this business would have frozen it: its PIN, its environment, items that are in its catalogue."""
    ids = {name: item_of(business, name, line_number) for line_number, name in enumerate(_names(document), start=1)}
    return replace(
        document,
        environment=Environment.SIMULATOR,
        seller=replace(SELLER, pin=business.pin),
        lines=tuple(replace(line, item_id=str(ids[line.name])) for line in document.lines),
    )


def item_of(business: Business, name: str, number: int) -> UUID:
    """The registered item of that name in the catalogue of the business, made when it is new; codes are KE2NTNO0000001 on."""
    mine = select(Item.id).where(Item.tenant_id == business.tenant_id, Item.name == name)
    with business.app.app_context(), acting_for(business.tenant_id):
        found = db.session.execute(mine).scalar_one_or_none()
        if found is not None:
            return found
        item = Item(
            tenant_id=business.tenant_id,
            name=name,
            search_name=search_words(name),
            class_code="1010150000",
            item_type="2",
            package_unit="NT",
            quantity_unit="NO",
            band="B",
            price=1,
            kra_code=item_code("KE", "2", "NT", "NO", number),
            registered_at=db.func.now(),
        )
        db.session.add(item)
        db.session.commit()
        return item.id


def issued_document(business: Business, document: FiscalDocument, original_id: UUID | None = None) -> UUID:
    """An issued document whose submission waits in the lane; numbers and times are those of RECEIPTS §10."""
    is_note = document.kind is DocumentKind.CREDIT_NOTE
    document_id, content, priced = uuid4(), document.to_content(), document.priced
    with business.app.app_context(), acting_for(business.tenant_id):
        last = select(db.func.coalesce(db.func.max(Document.trader_no), 11 if is_note else 104)).where(
            Document.tenant_id == business.tenant_id, Document.kind == document.kind.value
        )
        row = Document(
            tenant_id=business.tenant_id,
            id=document_id,
            branch_id=business.branch_id,
            kind=document.kind.value,
            state="issued",
            trader_no=db.session.execute(last).scalar_one() + 1,
            content=content,
            content_sha256=content_sha256(content),
            issued_at=CREDITED_AT if is_note else SOLD_AT,
            buyer_name=document.buyer.name,
            search_name=search_words(document.buyer.name),
            taxable_amount=priced.taxable_amount,
            tax_amount=priced.tax_amount,
            total_amount=priced.total_amount,
            original_id=original_id,
        )
        db.session.add(row)
        db.session.flush()
        # The next document that is issued in earnest goes on behind this one.
        counted = {"tenant": business.tenant_id, "branch": business.branch_id, "kind": row.kind, "number": row.trader_no}
        db.session.execute(COUNTED, counted)
        lines = [_line_row(business, document_id, number, document) for number in range(1, len(document.lines) + 1)]
        db.session.execute(insert(DocumentLine), lines)
        submission = Submission(
            tenant_id=business.tenant_id, device_id=business.device_id, kind=document.kind.value, subject_id=document_id
        )
        db.session.add(submission)
        db.session.commit()
    return document_id


def sign(business: Business, document_id: UUID, signature: Signature) -> None:
    """KRA's answer arrives: the submission is claimed and settled, and nothing else happens."""
    number, body = next(_next), b"{}"
    mine = update(Submission).where(Submission.tenant_id == business.tenant_id, Submission.subject_id == document_id)
    claimed = {
        "state": "sending", "lease_token": uuid4(), "lease_until": db.func.now(), "sequence_no": number,
        "body": body, "body_sha256": sha256(body), "bound_at": db.func.now(),
    }  # fmt: skip
    answered = {
        "state": "accepted", "receipt_no": signature.receipt_number, "total_receipt_no": signature.total_receipt_number,
        "internal_data": signature.internal_data, "signature": signature.signature, "signed_at": signature.signed_at,
        "sdc_id": signature.sdc_id, "mrc_number": signature.mrc_number,
    }  # fmt: skip
    with business.app.app_context(), acting_for(business.tenant_id):
        db.session.execute(mine.values(claimed))
        db.session.execute(mine.values(answered))
        db.session.commit()


def signed_document(
    business: Business, document: FiscalDocument, signature: Signature = SALE_SIGNATURE, original_id: UUID | None = None
) -> UUID:
    """A document of this business that KRA has signed."""
    document_id = issued_document(business, document, original_id)
    sign(business, document_id, signature)
    return document_id


def signed_sale(business: Business) -> UUID:
    """The sale of the drawing in RECEIPTS §10, signed."""
    return signed_document(business, of_business(business, mixed_sale()))


def signed_credit_note(business: Business) -> UUID:
    """The credit note of the drawing in RECEIPTS §10, signed, against its sale."""
    sale = of_business(business, mixed_sale())
    sale_id = signed_document(business, sale)
    note = credited(sale, line_1="1", line_2="1")
    return signed_document(business, note, CREDIT_SIGNATURE, sale_id)


def _names(document: FiscalDocument) -> list[str]:
    return list(dict.fromkeys(line.name for line in document.lines))


def _line_row(business: Business, document_id: UUID, number: int, document: FiscalDocument) -> dict[str, object]:
    line = document.lines[number - 1]
    priced = line.priced
    return {
        "tenant_id": business.tenant_id,
        "document_id": document_id,
        "line_no": number,
        "item_id": UUID(line.item_id),
        "band": priced.band.value,
        "is_goods": line.item_type.is_goods,
        "quantity": priced.quantity,
        "price": priced.price,
        "supply_amount": priced.supply_amount,
        "discount_amount": priced.discount_amount,
        "taxable_amount": priced.taxable_amount,
        "tax_amount": priced.tax_amount,
        "total_amount": priced.total_amount,
    }
