"""Handing papers out: the first one is the original, each further one a numbered copy (`ARCHITECTURE.md` §4)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from portal.audit import services as audit
from portal.identity.access import Actor
from portal.infra import outbox
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.receipts import queries, store
from portal.receipts.models import HandOut
from portal.receipts.queries import SignedDocument
from portal.receipts.sizes import PaperSize
from portal.receipts.store import Paper, Variant
from portal.submissions.models import Submission


class Way(StrEnum):
    """How a paper leaves the house."""

    PRINT = "print"
    DOWNLOAD = "download"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    LINK = "link"
    BULK = "bulk"


def hand_out(actor: Actor, document_id: UUID, way: Way, key: str | None = None, size: PaperSize = PaperSize.A4) -> HandOut:
    """Hand out the original or the next copy; the same `key` again is the same hand-out. Raises NotFound or NotSigned."""
    with transaction():
        return take(actor, document_id, way, key, size)


def take(actor: Actor, document_id: UUID, way: Way, key: str | None = None, size: PaperSize = PaperSize.A4) -> HandOut:
    """The same as a part of the open act."""
    signed = queries.signed_document(document_id)
    _stand_in_line(signed.submission)
    earlier = _under(document_id, key) if key else None
    return earlier or _next_paper(actor, signed, way, key, size)


def hand_out_original(actor: Actor, document_id: UUID, way: Way) -> HandOut:
    """The one original: handed out now, or whenever that was before. Raises NotFound or NotSigned."""
    with transaction():
        signed = queries.signed_document(document_id)
        _stand_in_line(signed.submission)
        first = next(iter(queries.hand_outs(document_id)), None)
        return first or _next_paper(actor, signed, way, None, PaperSize.A4)


def pdf_of(hand_out: HandOut) -> bytes | None:
    """The stored bytes of a hand-out, always the same; None while they are made, or made again because they were lost."""
    paper = paper_of(hand_out)
    row = store.newest(paper)
    if row is None:
        return None
    data = store.sound_bytes(row)
    if data is None:
        db.session.rollback()
        make_again(hand_out)
    return data


def make_again(hand_out: HandOut) -> None:
    """Ask the documents worker for the paper of a hand-out."""
    outbox.wish_now("documents", "stamp_copy", hand_out.id)


def paper_of(hand_out: HandOut) -> Paper:
    """Which stored paper a hand-out gives."""
    variant = Variant.ORIGINAL if hand_out.is_original else Variant.COPY
    return Paper(hand_out.document_id, variant.on(PaperSize(hand_out.paper)), hand_out.copy_no)


def _next_paper(actor: Actor, signed: SignedDocument, way: Way, key: str | None, size: PaperSize) -> HandOut:
    """The next paper of a document whose line we stand in, inside the open act."""
    row = HandOut(
        tenant_id=current_tenant_id(),
        document_id=signed.row.id,
        copy_no=_next_number(signed.row.id),
        way=way.value,
        paper=size.value,
        by_person=actor.person_id,
        by_name=actor.name,
        idem_key=key,
    )
    db.session.add(row)
    db.session.flush()
    if store.newest(paper_of(row)) is None:  # an original on the paper of its branch is there already
        outbox.wish("documents", "stamp_copy", row.id)
    paper = "the original" if row.is_original else f"copy {row.copy_no}"
    number = signed.issued.trader_number
    audit.record(actor.name, "receipt handed out", f"{paper} of {number}", branch_id=signed.row.branch_id, way=way.value)
    return row


def _stand_in_line(submission: Submission) -> None:
    """Two hand-outs of one document at once get two numbers: the second waits here for the first."""
    mine = select(Submission.id).where(Submission.tenant_id == submission.tenant_id, Submission.id == submission.id)
    db.session.execute(mine.with_for_update())


def _under(document_id: UUID, key: str) -> HandOut | None:
    mine = select(HandOut).where(HandOut.tenant_id == current_tenant_id(), HandOut.document_id == document_id)
    return db.session.execute(mine.where(HandOut.idem_key == key)).scalar_one_or_none()


def _next_number(document_id: UUID) -> int:
    mine = select(func.max(HandOut.copy_no)).where(HandOut.tenant_id == current_tenant_id(), HandOut.document_id == document_id)
    highest: int | None = db.session.execute(mine).scalar_one()
    return 0 if highest is None else highest + 1
