"""Papers of training and proforma documents: drawn from what was frozen, stored, and given to whoever may see the document."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.fiscal.content import content_sha256, encode
from portal.fiscal.receipt import Receipt, unsigned_receipt
from portal.infra import files, outbox
from portal.infra.crypto import sha256
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.receipts.models import UnsignedPaper
from portal.receipts.paper import page_of
from portal.receipts.press import Press
from portal.receipts.sizes import PaperSize
from portal.sales import unsigned_queries
from portal.sales.unsigned_queries import Unsigned

log = structlog.get_logger()


def receipt_of(found: Unsigned) -> Receipt:
    """The paper as a value: label, marks and our own counter, no signature and no QR."""
    printed = found.row.printed
    return unsigned_receipt(found.issued, found.label, found.row.number, printed["item_codes"], printed["sdc_id"])


def wish(document_id: UUID, size: PaperSize) -> None:
    """Ask for a paper inside the open act."""
    outbox.wish("documents", f"render_unsigned_{size}", document_id)


def pdf_of(document_id: UUID, size: PaperSize) -> bytes | None:
    """The stored paper; None while it is made, which is asked for when nobody has yet."""
    row = _newest(document_id, size)
    data = _sound(row) if row else None
    if data is None:
        db.session.rollback()
        outbox.wish_now("documents", f"render_unsigned_{size}", document_id)
    return data


def make(press: Press, document_id: UUID, size: PaperSize) -> None:
    """The paper lies in the store after this."""
    with transaction():
        row = _newest(document_id, size)
        if row is not None and _sound(row) is not None:
            return
        receipt = receipt_of(unsigned_queries.unsigned(document_id))
    # Drawing takes long: no transaction is open meanwhile, and the connection goes back.
    db.session.close()
    printed = press.print_page(page_of(receipt, size), size)
    _keep(document_id, size, receipt, printed.pdf, printed.pages)


def _keep(document_id: UUID, size: PaperSize, receipt: Receipt, pdf: bytes, pages: int) -> None:
    digest = sha256(pdf)
    key = files.write(f"receipts/unsigned/{document_id}/{size}-{digest.hex()[:24]}.pdf", pdf)
    with transaction():
        before = _newest(document_id, size)
        if before is not None and before.sha256 == digest:
            return  # the very file that was lost is back
        db.session.execute(
            insert(UnsignedPaper)
            .values(
                tenant_id=current_tenant_id(),
                document_id=document_id,
                paper=size.value,
                edition=before.edition + 1 if before else 1,
                storage_key=key,
                sha256=digest,
                receipt_sha256=content_sha256(encode(receipt)),
                size=len(pdf),
                pages=pages,
            )
            .on_conflict_do_nothing()
        )


def _newest(document_id: UUID, size: PaperSize) -> UnsignedPaper | None:
    editions = select(UnsignedPaper).where(
        UnsignedPaper.tenant_id == current_tenant_id(),
        UnsignedPaper.document_id == document_id,
        UnsignedPaper.paper == size.value,
    )
    return db.session.execute(editions.order_by(UnsignedPaper.edition.desc()).limit(1)).scalar_one_or_none()


def _sound(row: UnsignedPaper) -> bytes | None:
    """What was stored; None when it is gone or is not what was stored."""
    try:
        data = files.read(row.storage_key)
    except files.FileMissing:
        log.error("unsigned_paper_missing", document_id=str(row.document_id), paper=row.paper)
        return None
    return data if sha256(data) == row.sha256 else None
