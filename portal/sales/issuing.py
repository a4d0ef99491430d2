"""The parts that issuing a sale and issuing a credit note share; all of them run inside the open act."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.devices import services as devices
from portal.errors import BadInput
from portal.fiscal.content import content_sha256
from portal.fiscal.frozen import DocumentLine, FiscalDocument, Issued
from portal.fiscal.money import format_money
from portal.identity.access import Actor
from portal.infra.columns import search_words
from portal.infra.db import db, quick
from portal.infra.tenancy import current_tenant_id
from portal.sales import queries
from portal.sales.errors import InTraining, KeyUsedBefore
from portal.sales.freezing import Place
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.submissions import queue
from portal.tenants import queries as tenants

LINES = """
    INSERT INTO document_line (tenant_id, document_id, line_no, item_id, band, is_goods, quantity, price, supply_amount,
                               discount_amount, taxable_amount, tax_amount, total_amount, credits_line_no, reduces_price)
    SELECT %(tenant)s, %(document)s, line.* FROM jsonb_to_recordset(%(lines)s::jsonb) AS line (
        line_no int, item_id uuid, band text, is_goods boolean, quantity numeric, price numeric, supply_amount numeric,
        discount_amount numeric, taxable_amount numeric, tax_amount numeric, total_amount numeric, credits_line_no int,
        reduces_price boolean)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which document is to be issued, under which key, and the fingerprint of what was asked for."""

    document_id: UUID
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document after Issue; `repeated` when an earlier press issued it, `elsewhere` when that was another form."""

    id: UUID
    issued: Issued
    repeated: bool = False
    elsewhere: bool = False

    @property
    def number(self) -> str:
        return self.issued.trader_number


def id_for_key(key: str) -> UUID:
    """The id of a document that was no draft before: the same for the same key, so that two presses meet at one row."""
    return uuid5(current_tenant_id(), key)


def place_of(branch_id: UUID, actor: Actor) -> Place:
    """Where it is issued; raises InTraining, or DeviceClosed when its control unit may not sign now (RELIABILITY §7)."""
    branch = tenants.branch(branch_id)
    if branch.training:
        raise InTraining(branch.name)
    device = devices.require_open(branch_id)
    return Place(tenants.this_business(), branch, device, actor)


def number_and_record(place: Place, asked: Asked, document: FiscalDocument, waits_for: Sequence[UUID]) -> IssuedDocument:
    """Number the document and queue it in one statement, then its lines and the audit row (RELIABILITY §3)."""
    content = document.to_content()
    numbered = queue.number_and_queue(
        document_id=asked.document_id,
        branch_id=place.branch.id,
        device_id=place.device.id,
        kind=document.kind.value,
        content=content,
        sha=content_sha256(content),
        idem_key=asked.key,
        idem_hash=asked.fingerprint,
        waits_for=waits_for,
        columns={
            "buyer_name": document.buyer.name,
            "buyer_pin": document.buyer.pin,
            "search_name": search_words(document.buyer.name),
            "taxable_amount": document.priced.taxable_amount,
            "tax_amount": document.priced.tax_amount,
            "total_amount": document.priced.total_amount,
        },
    )
    if numbered is None:
        raise RuntimeError("the draft was locked by this act, and yet it was issued meanwhile")
    lines = json.dumps([_line(number, line) for number, line in enumerate(document.lines, start=1)], default=str)
    quick(LINES, {"tenant": current_tenant_id(), "document": asked.document_id, "lines": lines})
    number = number_of(document.kind, numbered.trader_no, place.branch.code)
    audit.record(
        place.actor.name,
        f"{document.kind.value.replace('_', ' ')} issued",
        number,
        branch_id=place.branch.id,
        total=format_money(document.priced.total_amount),
        buyer=document.buyer.name,
        document_id=str(asked.document_id),
    )
    return IssuedDocument(asked.document_id, Issued(document=document, trader_number=number, issued_at=numbered.issued_at))


def first_result(asked: Asked) -> IssuedDocument:
    """What an earlier press issued; raises KeyUsedBefore when it asked for something else."""
    row = issued_under(asked.key) or queries.document(asked.document_id)
    issued = queries.issued_of(row)
    if row.idem_key == asked.key and row.idem_hash != asked.fingerprint:
        raise KeyUsedBefore(issued.trader_number)
    return IssuedDocument(row.id, issued, repeated=True, elsewhere=row.idem_key != asked.key)


def issued_under(key: str) -> Document | None:
    """The document that was issued under a key."""
    return db.session.execute(
        select(Document)
        .where(Document.tenant_id == current_tenant_id(), Document.idem_key == key)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def is_used(key: str) -> bool:
    """Whether a document was issued or is held under this key."""
    used = "SELECT 1 FROM document WHERE tenant_id = %(tenant)s AND idem_key = %(key)s"
    return quick(used, {"tenant": current_tenant_id(), "key": key}).fetchone() is not None


def after_conflict(asked: Asked, error: IntegrityError) -> IssuedDocument:
    """The first result when two forms met under one key; otherwise the database's own refusal in words."""
    if issued_under(asked.key) is None:
        raise BadInput(
            _("Something about the business, an item or the sale changed at this moment. Look again, then issue.")
        ) from error
    return first_result(asked)


def _line(number: int, line: DocumentLine) -> dict[str, object]:
    """A line as the table keeps it beside the frozen document, for sums and for what is left to credit."""
    priced = line.priced
    return {
        "line_no": number,
        "item_id": line.item_id,
        "band": priced.band.value,
        "is_goods": line.item_type.is_goods,
        "quantity": priced.quantity,
        "price": priced.price,
        "supply_amount": priced.supply_amount,
        "discount_amount": priced.discount_amount,
        "taxable_amount": priced.taxable_amount,
        "tax_amount": priced.tax_amount,
        "total_amount": priced.total_amount,
        "credits_line_no": line.original_line,
        "reduces_price": line.reduces_price,
    }
