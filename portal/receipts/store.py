"""Papers on disk: written once with their SHA-256; one that is lost or altered is never served."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.fiscal.content import content_sha256, encode
from portal.fiscal.receipt import Receipt
from portal.infra import files
from portal.infra.crypto import sha256
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.receipts.models import ReceiptFile
from portal.receipts.sizes import PaperSize

log = structlog.get_logger()


class Variant(StrEnum):
    """Which paper: the original, the copy without number and time, a copy; on A4 or on the roll."""

    ORIGINAL = "a4"
    COPY_BODY = "a4_copy_body"
    COPY = "a4_copy"
    ROLL_ORIGINAL = "roll"
    ROLL_COPY_BODY = "roll_copy_body"
    ROLL_COPY = "roll_copy"

    def on(self, size: PaperSize) -> Variant:
        """The same on this paper."""
        return Variant(str(self).replace("a4", size))


@dataclass(frozen=True, slots=True)
class Paper:
    """Which paper of which document."""

    document_id: UUID
    variant: Variant
    copy_no: int = 0


def newest(paper: Paper) -> ReceiptFile | None:
    """The latest edition of a paper, None before it was first made."""
    editions = select(ReceiptFile).where(
        ReceiptFile.tenant_id == current_tenant_id(),
        ReceiptFile.document_id == paper.document_id,
        ReceiptFile.variant == paper.variant,
        ReceiptFile.copy_no == paper.copy_no,
    )
    return db.session.execute(editions.order_by(ReceiptFile.edition.desc()).limit(1)).scalar_one_or_none()


def sound_bytes(row: ReceiptFile) -> bytes | None:
    """What was stored; None, and a word in the log, when it is gone or is not what was stored."""
    try:
        data = files.read(row.storage_key)
    except files.FileMissing:
        log.error("receipt_file_missing", document_id=str(row.document_id), variant=row.variant, copy_no=row.copy_no)
        return None
    if sha256(data) != row.sha256:
        log.error("receipt_file_altered", document_id=str(row.document_id), variant=row.variant, copy_no=row.copy_no)
        return None
    return data


def keep(paper: Paper, receipt: Receipt, pdf: bytes, pages: int) -> None:
    """Store a paper and say so in the database, as an act of its own; the same one twice is kept once."""
    digest, printed = sha256(pdf), content_sha256(encode(receipt))
    key = files.write(f"receipts/{paper.document_id}/{paper.variant}-{paper.copy_no}-{digest.hex()[:24]}.pdf", pdf)
    with transaction():
        before = newest(paper)
        if before is not None and before.receipt_sha256 != printed:
            log.error("receipt_text_changed", document_id=str(paper.document_id), variant=paper.variant)
        if before is not None and before.sha256 == digest:
            return  # the very file that was lost is back
        db.session.execute(
            insert(ReceiptFile)
            .values(
                tenant_id=current_tenant_id(),
                document_id=paper.document_id,
                variant=paper.variant,
                copy_no=paper.copy_no,
                edition=before.edition + 1 if before else 1,
                storage_key=key,
                sha256=digest,
                receipt_sha256=printed,
                size=len(pdf),
                pages=pages,
            )
            .on_conflict_do_nothing()
        )
