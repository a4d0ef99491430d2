"""Sharing a signed document: an act that hands a paper out and makes the link to it (`ARCHITECTURE.md` §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from portal.audit import services as audit
from portal.errors import BadInput
from portal.identity.access import Actor
from portal.infra import doors, outbox
from portal.infra.crypto import sha256
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import acting_for, acting_for_nobody, current_tenant_id
from portal.receipts import services as receipts
from portal.receipts.models import HandOut
from portal.receipts.services import Way
from portal.sales import queries as sales
from portal.sharing import queries
from portal.sharing.addresses import new_token_of
from portal.sharing.models import LinkOpening, ReceiptLink, ReceiptMail

LASTS = timedelta(days=366)  # a customer finds a receipt again for a year; a new link costs the shop one press
SWEPT_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Share:
    """How a receipt goes to whom: a phone number (E.164) for WhatsApp, an address for e-mail, nobody for a bare link."""

    way: Way
    to: str | None = None


def share(actor: Actor, document_id: UUID, wanted: Share, key: str) -> ReceiptLink:
    """Hand the original, or the next copy, out by a link; the same `key` again is the same link. NotFound or NotSigned."""
    with transaction():
        handed_out = receipts.take(actor, document_id, wanted.way, key)
        return queries.link_of(handed_out) or _new_link(handed_out, wanted)


def revoke(actor: Actor, link_id: UUID) -> ReceiptLink:
    """The link opens nothing any more; revoked twice it stays as it was. Raises NotFound."""
    with transaction():
        link = queries.link(link_id, for_update=True)
        if link.revoked_at is None:
            mine = update(ReceiptLink).where(ReceiptLink.tenant_id == current_tenant_id(), ReceiptLink.id == link_id)
            db.session.execute(mine.values(revoked_at=func.now(), revoked_by=actor.name))
            document = sales.document(link.document_id)
            number = sales.issued_of(document).trader_number
            audit.record(actor.name, "link revoked", f"the link to {number}", branch_id=document.branch_id)
        return link


def mail_again(actor: Actor, link_id: UUID, address: str) -> ReceiptLink:
    """The same paper once more by mail, after a mail that could not be delivered. Raises NotFound or BadInput."""
    with transaction():
        link = queries.link(link_id, for_update=True)
        mail = queries.mail_of(link)
        if link.revoked_at is not None or mail is None or mail.failed_at is None:
            raise BadInput(_("Only a mail that could not be delivered is sent again. Share the receipt once more."))
        _ask_for_mail(link, address)
        document = sales.document(link.document_id)
        number = sales.issued_of(document).trader_number
        audit.record(actor.name, "receipt mailed again", number, branch_id=document.branch_id)
        return link


def record_opening(link_id: UUID) -> None:
    """Somebody opened the link: an act of its own that changes no document."""
    with transaction():
        values = insert(LinkOpening).values(tenant_id=current_tenant_id(), link_id=link_id)
        again = {"times": LinkOpening.times + 1, "last_at": func.now()}
        db.session.execute(values.on_conflict_do_update(index_elements=["tenant_id", "link_id"], set_=again))


def forget_old_links() -> int:
    """Remove links that are too old to open, with whom they were sent to; for the clock. Returns how many."""
    with acting_for_nobody():
        old = doors.old_receipt_links(SWEPT_AT_ONCE)
    for tenant_id, link_id in old:
        with acting_for(tenant_id), transaction():
            db.session.execute(delete(ReceiptLink).where(ReceiptLink.tenant_id == tenant_id, ReceiptLink.id == link_id))
    return len(old)


def _new_link(handed_out: HandOut, wanted: Share) -> ReceiptLink:
    tenant_id, link_id = current_tenant_id(), uuid4()
    link = ReceiptLink(
        tenant_id=tenant_id,
        id=link_id,
        document_id=handed_out.document_id,
        hand_out_id=handed_out.id,
        token_sha256=sha256(new_token_of(tenant_id, link_id)),
        sent_to=wanted.to,
        expires_at=database_now() + LASTS,
    )
    db.session.add(link)
    db.session.flush()
    if wanted.way is Way.EMAIL and wanted.to:
        _ask_for_mail(link, wanted.to)
    return link


def _ask_for_mail(link: ReceiptLink, address: str) -> None:
    """The mail as a row, and the wish that a worker sends it; a mail that failed waits again."""
    fresh = {"address": address, "asked_at": func.now(), "sent_at": None, "failed_at": None, "problem": None}
    mail = insert(ReceiptMail).values(tenant_id=link.tenant_id, link_id=link.id, address=address)
    db.session.execute(mail.on_conflict_do_update(index_elements=["tenant_id", "link_id"], set_=fresh))
    outbox.wish("documents", "mail_receipt", link.id)
