"""Training and proforma: issued from the same forms as sales, and never sales (RECEIPTS §9)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.catalogue.models import Item
from portal.codelists.queries import rates_now
from portal.devices import queries as devices
from portal.errors import BadInput
from portal.fiscal.content import content_sha256
from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import Label
from portal.fiscal.money import format_money
from portal.identity.access import Actor
from portal.infra import events
from portal.infra.columns import search_words
from portal.infra.db import db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.sales import book, credits, drafts, unsigned_queries
from portal.sales.again import typed_again
from portal.sales.errors import KeyUsedBefore, NotInTraining
from portal.sales.freezing import Place, freeze_sale
from portal.sales.models import Document, UnsignedDocument
from portal.sales.new_invoice import NewCreditNote, NewInvoice
from portal.sales.numbers import unsigned_number
from portal.sales.unsigned_queries import Unsigned
from portal.tenants import queries as tenants

WORDS = {Label.TS: "training invoice", Label.TC: "training credit note", Label.PS: "proforma"}
# The row lock of the counter is held until the commit: numbers have no gap, and a rollback gives one back.
NUMBER_AND_KEEP = text("""
    WITH n AS (INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (:tenant_id, :branch_id, :label, 1)
               ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = c.last_no + 1 RETURNING last_no)
    INSERT INTO unsigned_document (tenant_id, id, branch_id, label, number, content, content_sha256, printed, idem_key, idem_hash,
                                   buyer_name, search_name, taxable_amount, tax_amount, total_amount, original_id, created_by)
    SELECT :tenant_id, :id, :branch_id, :label, n.last_no, CAST(:content AS jsonb), :content_sha256, CAST(:printed AS jsonb),
           :idem_key, :idem_hash, :buyer_name, :search_name, :taxable_amount, :tax_amount, :total_amount, :original_id,
           :created_by FROM n RETURNING number""")


def issue_training(actor: Actor, new: NewInvoice) -> UUID:
    """A practice invoice of a branch in training mode; its id. The same key gives the same one again."""
    return _once(actor, Label.TS, new)


def issue_proforma(actor: Actor, new: NewInvoice) -> UUID:
    """A proforma out of the invoice form, whose draft it takes the place of; its id. The same key gives the same one again."""
    return _once(actor, Label.PS, new)


def issue_training_note(actor: Actor, new: NewCreditNote) -> UUID:
    """A practice credit note on a practice invoice; its id. Raises BadInput over what is left of it."""
    with transaction():
        if (found := _under(new.idempotency_key, new.fingerprint)) is not None:
            return found
        sale = unsigned_queries.creditable(new.original_id, locked=True)
        place = _place(actor, sale.row.branch_id, Label.TC)
        try:
            note = credits.freeze_note(new, place, sale)
        except FiscalError as error:
            raise BadInput(error.sentence) from error
        return _keep(place, Label.TC, note, new.idempotency_key, new.fingerprint, new.original_id)


def to_draft(actor: Actor, proforma_id: UUID) -> UUID:
    """A draft of an invoice with the content of a proforma, which stays; the id of the draft."""
    with transaction():
        found = unsigned_queries.unsigned(proforma_id, Label.PS)
        typed = typed_again(found.document, found.row.branch_id)
        return drafts.copy(actor, found.row.branch_id, typed, proforma_id=proforma_id)


def again(actor: Actor, document_id: UUID) -> UUID:
    """A draft with the content of a training invoice or proforma, to issue another like it; its id."""
    with transaction():
        found = unsigned_queries.unsigned(document_id)
        return drafts.copy(actor, found.row.branch_id, typed_again(found.document, found.row.branch_id))


def wipe_training(actor: Actor) -> int:
    """Throw all training documents of the business away; how many there were. Their numbers go on where they were."""
    with transaction():
        mine = delete(UnsignedDocument).where(
            UnsignedDocument.tenant_id == current_tenant_id(), UnsignedDocument.label.in_(("TS", "TC"))
        )
        gone = len(db.session.execute(mine.returning(UnsignedDocument.id)).all())
        if gone:
            audit.record(actor.name, "training documents deleted", f"{gone} documents")
        return gone


def _once(actor: Actor, label: Label, new: NewInvoice) -> UUID:
    try:
        with transaction():
            return _under(new.idempotency_key, new.fingerprint) or _issue(actor, label, new)
    except IntegrityError as error:
        with transaction():
            found = _under(new.idempotency_key, new.fingerprint)
        if found is None:
            raise BadInput("Something changed at this moment. Look again, then try once more.") from error
        return found


def _issue(actor: Actor, label: Label, new: NewInvoice) -> UUID:
    place = _place(actor, new.branch_id, label)
    items = {item.id: item for item in book.items_by_id(line.item_id for line in new.lines)}
    customer = book.customer_by_id(new.buyer.customer_id) if new.buyer.customer_id else None
    document = freeze_sale(new, place, items, customer, rates_now())
    if new.draft_id:
        draft = delete(Document).where(Document.tenant_id == current_tenant_id(), Document.id == new.draft_id)
        db.session.execute(draft.where(Document.state == "draft", Document.kind == "sale"))
    return _keep(place, label, document, new.idempotency_key, new.fingerprint)


def _place(actor: Actor, branch_id: UUID, label: Label) -> Place:
    """Where it is issued: no control unit is asked; raises NotInTraining for practice elsewhere."""
    branch = tenants.branch(branch_id)
    if label is not Label.PS and not branch.training:
        raise NotInTraining(branch.name)
    return Place(tenants.this_business(), branch, devices.device_of_branch(branch_id), actor)


def _keep(
    place: Place, label: Label, document: FiscalDocument, key: str, fingerprint: bytes, original_id: UUID | None = None
) -> UUID:
    content, document_id = document.to_content(), uuid4()
    row: dict[str, Any] = {
        "tenant_id": current_tenant_id(),
        "id": document_id,
        "branch_id": place.branch.id,
        "label": label.value,
        "content": json.dumps(content),
        "content_sha256": content_sha256(content),
        "printed": json.dumps({"sdc_id": place.device.sdc_id, "item_codes": _item_codes(document)}),
        "idem_key": key,
        "idem_hash": fingerprint,
        "buyer_name": document.buyer.name,
        "search_name": search_words(document.buyer.name),
        "taxable_amount": document.priced.taxable_amount,
        "tax_amount": document.priced.tax_amount,
        "total_amount": document.priced.total_amount,
        "original_id": original_id,
        "created_by": place.actor.person_id,
    }
    number = db.session.execute(NUMBER_AND_KEEP, row).scalar_one()
    events.tell(Event.UNSIGNED_ISSUED, document_id)
    audit.record(
        place.actor.name,
        f"{WORDS[label]} issued",
        unsigned_number(label, number, place.branch.code),
        branch_id=place.branch.id,
        total=format_money(document.priced.total_amount),
        buyer=document.buyer.name,
        document_id=str(document_id),
    )
    return document_id


def _item_codes(document: FiscalDocument) -> dict[str, str]:
    """KRA's codes as they are now: an item that is registered later must not change a paper."""
    ids = {UUID(line.item_id) for line in document.lines}
    wanted = select(Item.id, Item.kra_code).where(Item.tenant_id == current_tenant_id(), Item.id.in_(ids))
    return {str(id_): code for id_, code in db.session.execute(wanted) if code}


def _under(key: str, fingerprint: bytes) -> UUID | None:
    """The id of what was issued under a key; raises KeyUsedBefore when that was something else."""
    mine = select(UnsignedDocument).where(UnsignedDocument.tenant_id == current_tenant_id(), UnsignedDocument.idem_key == key)
    row = db.session.execute(mine).scalar_one_or_none()
    if row is None:
        return None
    if row.idem_hash != fingerprint:
        raise KeyUsedBefore(Unsigned.of(row).number)
    return row.id
