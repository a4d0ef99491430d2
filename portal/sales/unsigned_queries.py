"""Reading training and proforma documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, tuple_

from portal.errors import BadInput, NotFound
from portal.fiscal.credit import credit_window
from portal.fiscal.frozen import FiscalDocument, Issued
from portal.fiscal.labels import Label
from portal.infra.columns import search_words
from portal.infra.db import database_now, db
from portal.infra.listing import COUNTED, PAGE_SIZE, capped_count, first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.sales.credits import Creditable
from portal.sales.models import Document, UnsignedDocument
from portal.sales.numbers import number_of, unsigned_number
from portal.sales.search import Wanted, token
from portal.tenants.models import Branch

SERIES = {"proforma": (Label.PS,), "training": (Label.TS, Label.TC)}


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A training or proforma document as a value."""

    row: UnsignedDocument
    issued: Issued

    @classmethod
    def of(cls, row: UnsignedDocument) -> Self:
        """The row with its number."""
        document = FiscalDocument.from_content(row.content)
        number = unsigned_number(row.label, row.number, document.seller.branch_code)
        return cls(row, Issued(document=document, trader_number=number, issued_at=row.issued_at))

    @property
    def label(self) -> Label:
        return Label(self.row.label)

    @property
    def document(self) -> FiscalDocument:
        return self.issued.document

    @property
    def number(self) -> str:
        return self.issued.trader_number


def unsigned(document_id: UUID, *labels: Label) -> Unsigned:
    """A training or proforma document of this business, of one of these labels where some are named; raises NotFound."""
    row = db.session.get(UnsignedDocument, (current_tenant_id(), document_id), populate_existing=True)
    if row is None or (labels and row.label not in labels):
        raise NotFound
    return Unsigned.of(row)


def creditable(document_id: UUID, *, locked: bool = False) -> Creditable:
    """A training invoice as its practice credit note sees it; `locked` lets two notes on it go one after the other."""
    if locked:
        mine = select(UnsignedDocument.id).where(
            UnsignedDocument.tenant_id == current_tenant_id(), UnsignedDocument.id == document_id
        )
        db.session.execute(mine.with_for_update())
    found = unsigned(document_id)
    if found.label is not Label.TS:
        raise BadInput(_("Only a training invoice can be credited for practice."))
    notes = tuple(FiscalDocument.from_content(note.content) for note in _notes(document_id))
    window = credit_window(found.issued.issued_at, database_now())
    return Creditable(found.row, found.issued, None, notes, window)


@dataclass(frozen=True, slots=True)
class Link:
    """Another document that belongs to one: `relation` is original, note or invoice."""

    relation: str
    id: UUID
    number: str
    total: Decimal | None
    is_draft: bool = False


def links(found: Unsigned) -> list[Link]:
    """The invoices that a proforma became; the sale of a practice note; the notes of a practice sale."""
    if found.label is Label.PS:
        return _invoices_of(found.row.id)
    if found.row.original_id is not None:
        original = unsigned(found.row.original_id)
        return [Link("original", original.row.id, original.number, original.row.total_amount)]
    return [Link("note", note.id, Unsigned.of(note).number, -note.total_amount) for note in _notes(found.row.id)]


def proforma_of(row: Document) -> Link | None:
    """The proforma that an invoice came out of."""
    if row.proforma_id is None:
        return None
    found = unsigned(row.proforma_id)
    return Link("proforma", found.row.id, found.number, found.row.total_amount)


def _invoices_of(proforma_id: UUID) -> list[Link]:
    rows = db.session.execute(
        select(Document.id, Document.kind, Document.state, Document.trader_no, Document.total_amount, Branch.code)
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .where(Document.tenant_id == current_tenant_id(), Document.proforma_id == proforma_id)
        .order_by(Document.created_at)
    ).all()
    return [
        Link("invoice", row.id, number_of(row.kind, row.trader_no, row.code) if row.trader_no else "", row.total_amount,
             is_draft=row.state == "draft")
        for row in rows
    ]  # fmt: skip


def _notes(document_id: UUID) -> Sequence[UnsignedDocument]:
    mine = select(UnsignedDocument).where(
        UnsignedDocument.tenant_id == current_tenant_id(), UnsignedDocument.original_id == document_id
    )
    return db.session.execute(mine.order_by(UnsignedDocument.issued_at)).scalars().all()


@dataclass(frozen=True, slots=True)
class Row:
    """One document of a list; amounts of credit notes are below zero."""

    id: UUID
    number: str
    buyer: str
    moment: datetime
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, newest first."""

    rows: Sequence[Row]
    after: str | None
    shown: int
    total: int

    @property
    def total_words(self) -> str:
        """How many there are, exactly up to a thousand."""
        return f"{self.total:,}" if self.total <= COUNTED else f"{COUNTED:,}+"


def listed(series: str, wanted: Wanted) -> Listed:
    """One page of the proformas, or of the training documents."""
    one = UnsignedDocument
    where = [one.tenant_id == current_tenant_id(), one.label.in_([label.value for label in SERIES[series]])]
    if wanted.words:
        where.append(_fits(wanted.words))
    found = select(one, Branch.code).join(Branch, (Branch.tenant_id == one.tenant_id) & (Branch.id == one.branch_id))
    page = found.where(*where)
    if wanted.behind is not None:
        page = page.where(tuple_(one.issued_at, one.id) < (wanted.behind.moment, wanted.behind.id))
    rows = db.session.execute(page.order_by(one.issued_at.desc(), one.id.desc()).limit(PAGE_SIZE + 1)).all()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    shown = wanted.seen + len(rows)
    total = capped_count(select(one.id).where(*where)) if more or wanted.seen else shown
    after = token(rows[-1][0].issued_at, rows[-1][0].id) if more else None
    return Listed([_row(row, code) for row, code in rows], after, shown, max(total, shown))


def _fits(words: str) -> Any:
    """The number (its digits are enough) or the beginning of the buyer's name."""
    digits = words.rpartition("-")[2].lstrip("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 16:
        return UnsignedDocument.number == int(digits)
    name = search_words(words)
    return (UnsignedDocument.search_name >= name) & (UnsignedDocument.search_name < first_beyond(name))


def _row(row: UnsignedDocument, code: str) -> Row:
    sign = -1 if row.label == Label.TC else 1
    number = unsigned_number(row.label, row.number, code)
    return Row(row.id, number, row.buyer_name, row.issued_at, sign * row.tax_amount, sign * row.total_amount)
