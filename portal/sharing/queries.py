"""Reading links: by id, by hand-out, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.errors import NotFound
from portal.infra.db import database_now, db
from portal.infra.tenancy import current_tenant_id
from portal.receipts.models import HandOut
from portal.sharing.addresses import address_of
from portal.sharing.models import LinkOpening, ReceiptLink, ReceiptMail


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A link with what became of it; `address` is what the customer opens, None when it cannot be shown again."""

    link: ReceiptLink
    opening: LinkOpening | None
    mail: ReceiptMail | None
    address: str | None
    is_open: bool

    @property
    def is_on_its_way(self) -> bool:
        """Whether a mail still waits for the worker."""
        return self.is_open and self.mail is not None and self.mail.sent_at is None and self.mail.failed_at is None


def link(link_id: UUID, *, for_update: bool = False) -> ReceiptLink:
    """A link of this business; raises NotFound."""
    mine = select(ReceiptLink).where(ReceiptLink.tenant_id == current_tenant_id(), ReceiptLink.id == link_id)
    if for_update:
        mine = mine.with_for_update()
    found = db.session.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def link_of(handed_out: HandOut) -> ReceiptLink | None:
    """The link that a hand-out was made by, None for a print or a download."""
    mine = select(ReceiptLink).where(ReceiptLink.tenant_id == current_tenant_id(), ReceiptLink.hand_out_id == handed_out.id)
    return db.session.execute(mine).scalar_one_or_none()


def mail_of(link: ReceiptLink) -> ReceiptMail | None:
    """The mail of a link."""
    return db.session.get(ReceiptMail, (link.tenant_id, link.id), populate_existing=True)


def shared_link(link_id: UUID) -> SharedLink:
    """A link with what became of it; raises NotFound."""
    found = _shared(ReceiptLink.id == link_id)
    if not found:
        raise NotFound
    return found[0]


def links_of(document_id: UUID) -> dict[UUID, SharedLink]:
    """The links to a document's papers, by the hand-out."""
    return {one.link.hand_out_id: one for one in _shared(ReceiptLink.document_id == document_id)}


def _shared(which: object) -> list[SharedLink]:
    rows = db.session.execute(
        select(ReceiptLink, LinkOpening, ReceiptMail)
        .outerjoin(LinkOpening, (LinkOpening.tenant_id == ReceiptLink.tenant_id) & (LinkOpening.link_id == ReceiptLink.id))
        .outerjoin(ReceiptMail, (ReceiptMail.tenant_id == ReceiptLink.tenant_id) & (ReceiptMail.link_id == ReceiptLink.id))
        .where(ReceiptLink.tenant_id == current_tenant_id(), which)  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    ).all()
    now = database_now() if rows else None
    return [
        SharedLink(row, opening, mail, address_of(row), row.revoked_at is None and now is not None and row.expires_at > now)
        for row, opening, mail in rows
    ]
