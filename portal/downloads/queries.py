"""Reading downloads, and what stands in their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.downloads.models import Download, DownloadPart
from portal.errors import NotFound
from portal.fiscal.numbering import cu_invoice_number
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.receipts.models import HandOut
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.submissions.models import Submission
from portal.tenants.models import Branch

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """A download and how far it is; `failed` are receipts that could not be drawn."""

    row: Download
    done: int
    failed: int

    @property
    def is_making(self) -> bool:
        return self.row.state == "making"


@dataclass(frozen=True, slots=True)
class Content:
    """One receipt of a download; amounts are without VAT, VAT and total, below zero for a credit note."""

    hand_out: HandOut
    kind: str
    number: str
    issued_at: datetime
    buyer: str
    buyer_pin: str
    amounts: tuple[Decimal, Decimal, Decimal]
    cu_number: str
    problem: str | None


def download(download_id: UUID) -> Download:
    """A download of this business; raises NotFound."""
    found = db.session.get(Download, (current_tenant_id(), download_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def under(key: str) -> Download | None:
    """What was asked for by the form with this key."""
    mine = select(Download).where(Download.tenant_id == current_tenant_id(), Download.idem_key == key)
    return db.session.execute(mine).scalar_one_or_none()


def newest() -> Sequence[Download]:
    """The latest downloads."""
    mine = select(Download).where(Download.tenant_id == current_tenant_id()).order_by(Download.asked_at.desc())
    return db.session.execute(mine.limit(MOST_SHOWN)).scalars().all()


def count_being_made() -> int:
    """How many the workers still have to finish."""
    mine = select(func.count()).select_from(Download)
    return db.session.execute(mine.where(Download.tenant_id == current_tenant_id(), Download.state == "making")).scalar_one()


def progress(download_id: UUID) -> Progress:
    """How far a download is; raises NotFound."""
    row = download(download_id)
    counted = select(func.count(DownloadPart.made_at), func.count(DownloadPart.problem)).where(
        DownloadPart.tenant_id == current_tenant_id(), DownloadPart.download_id == download_id
    )
    done, failed = db.session.execute(counted).one()
    return Progress(row, done, failed)


def open_parts(download_id: UUID, most: int) -> list[HandOut]:
    """The hand-outs whose PDF was not looked at yet, in their order."""
    mine = (
        select(HandOut)
        .join(DownloadPart, (DownloadPart.tenant_id == HandOut.tenant_id) & (DownloadPart.hand_out_id == HandOut.id))
        .where(
            DownloadPart.tenant_id == current_tenant_id(),
            DownloadPart.download_id == download_id,
            DownloadPart.made_at.is_(None),
            DownloadPart.problem.is_(None),
        )
        .order_by(DownloadPart.place)
    )
    return list(db.session.execute(mine.limit(most)).scalars())


def contents(download_id: UUID) -> list[Content]:
    """Every receipt of a download, in their order."""
    told = Submission
    found = db.session.execute(
        select(HandOut, Document.kind, Document.trader_no, Document.issued_at, Document.buyer_name, Document.buyer_pin,
               Document.taxable_amount, Document.tax_amount, Document.total_amount, Branch.code, told.sdc_id, told.receipt_no,
               DownloadPart.problem)
        .select_from(DownloadPart)
        .join(HandOut, (HandOut.tenant_id == DownloadPart.tenant_id) & (HandOut.id == DownloadPart.hand_out_id))
        .join(Document, (Document.tenant_id == DownloadPart.tenant_id) & (Document.id == DownloadPart.document_id))
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .join(told, (told.tenant_id == Document.tenant_id) & (told.subject_id == Document.id) & (told.kind == Document.kind))
        .where(DownloadPart.tenant_id == current_tenant_id(), DownloadPart.download_id == download_id)
        .order_by(DownloadPart.place)
    ).all()  # fmt: skip
    return [_content(row) for row in found]


def _content(row: Any) -> Content:
    sign = -1 if row.kind == "credit_note" else 1
    amounts = [sign * amount for amount in (row.taxable_amount, row.tax_amount, row.total_amount)]
    return Content(
        hand_out=row.HandOut,
        kind=row.kind,
        number=number_of(row.kind, row.trader_no, row.code),
        issued_at=row.issued_at,
        buyer=row.buyer_name or "",
        buyer_pin=row.buyer_pin or "",
        amounts=(amounts[0], amounts[1], amounts[2]),
        cu_number=cu_invoice_number(row.sdc_id, row.receipt_no),
        problem=row.problem,
    )
