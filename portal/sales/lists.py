"""The list of documents: every filter reads an index under row-level security, page by page (PERFORMANCE §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select, tuple_, union

from portal.fiscal.moments import EAST_AFRICA
from portal.fiscal.money import ZERO
from portal.infra.db import db
from portal.infra.listing import COUNTED, PAGE_SIZE, first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import DayTotal, Document
from portal.sales.numbers import number_of
from portal.sales.search import Wanted, meaning_of, token
from portal.sales.status import ATTENTION, WAITING, credited_amounts, state_of
from portal.sales.words import short_moment
from portal.submissions.models import Submission
from portal.tenants.models import Branch

# A search shows so many documents of each meaning. The beginning of names has no order by time: the newest of each name.
MOST_OF_A_MEANING = 500
Found = Select[*tuple[Any, ...]]  # ids and the moments they are ordered by
SUBMISSIONS_OF = {"waiting": WAITING, "attention": ATTENTION, "signed": ("accepted",)}


@dataclass(frozen=True, slots=True)
class Row:
    """One document of the list, ready to be drawn; amounts of credit notes are below zero."""

    id: UUID
    number: str
    state: str
    buyer: str
    branch: str
    moment: datetime
    when: str
    tax: Decimal | None
    total: Decimal | None

    @property
    def is_draft(self) -> bool:
        return self.state == "draft"

    @property
    def is_signed(self) -> bool:
        return self.state in ("accepted", "credited", "partly_credited")


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list; `signed_sum` is net of credit notes, None where too much would have to be added up."""

    rows: Sequence[Row]
    after: str | None
    shown: int
    total: int
    most: int
    signed_sum: Decimal | None

    @property
    def total_words(self) -> str:
        """How many there are, as far as they are counted."""
        return f"{self.total:,}" if self.total < self.most else f"{self.most:,}+"


def documents(wanted: Wanted) -> Listed:
    """One page of what is wanted, newest first."""
    found = (_drafts(wanted) if wanted.state == "draft" else _issued(wanted)).subquery()
    page = _newest_first(found).limit(PAGE_SIZE + 1)
    if wanted.behind is not None:
        page = page.where(tuple_(found.c.moment, found.c.id) < (wanted.behind.moment, wanted.behind.id))
    rows = _rows(page)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    shown = wanted.seen + len(rows)
    total = _count(found) if more or wanted.seen else shown
    after = token(rows[-1].moment, rows[-1].id) if more else None
    most = MOST_OF_A_MEANING if wanted.words and wanted.state != "draft" else COUNTED
    signed = _signed_sum(wanted, found, total < most)
    return Listed(rows, after, shown, max(total, shown), most, signed)


def count_of_drafts() -> int:
    """How many drafts there are."""
    return _count(_drafts(Wanted()).subquery())


def signed_ids(wanted: Wanted, most: int) -> list[UUID]:
    """The ids of the newest signed documents that fit every filter."""
    if wanted.state not in ("", "signed"):
        return []
    found = _issued(replace(wanted.whole(), state="signed")).subquery()
    return [row.id for row in db.session.execute(_newest_first(found).limit(most))]


def newest(limit: int) -> list[Row]:
    """The latest issued documents."""
    return _rows(_newest_first(_issued(Wanted()).subquery()).limit(limit))


def _newest_first(found: Subquery) -> Found:
    return select(found.c.id, found.c.moment).order_by(found.c.moment.desc(), found.c.id.desc())


def _count(found: Subquery) -> int:
    """How many there are, one more than a thousand at most; counted in the order of the list, so that its index is read."""
    some = _newest_first(found).limit(COUNTED + 1).subquery()
    return int(db.session.execute(select(func.count()).select_from(some)).scalar_one())


def _rows(page: Found) -> list[Row]:
    shown, told = page.subquery(), Submission
    found = db.session.execute(
        select(Document.id, Document.kind, Document.state, Document.trader_no, Document.buyer_name, Document.total_amount,
               Document.tax_amount, shown.c.moment, Branch.code, Branch.name.label("branch"), told.state.label("told"))
        .join(shown, Document.id == shown.c.id)
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .outerjoin(told, (told.tenant_id == Document.tenant_id) & (told.subject_id == Document.id) & (told.kind == Document.kind))
        .where(Document.tenant_id == current_tenant_id())
        .order_by(shown.c.moment.desc(), Document.id.desc())
    ).all()  # fmt: skip
    credited = credited_amounts([row.id for row in found if row.kind == "sale"])
    return [_row(row, credited.get(row.id, ZERO)) for row in found]


def _row(row: Any, credited: Decimal) -> Row:
    sign = -1 if row.kind == "credit_note" else 1
    return Row(
        id=row.id,
        number=number_of(row.kind, row.trader_no, row.code) if row.trader_no else "",
        state=state_of(row.state, row.told, row.total_amount, credited),
        buyer=row.buyer_name or "",
        branch=row.branch,
        moment=row.moment,
        when=short_moment(row.moment, datetime.now(EAST_AFRICA).date()),
        tax=None if row.tax_amount is None else sign * row.tax_amount,
        total=None if row.total_amount is None else sign * row.total_amount,
    )


def _drafts(wanted: Wanted) -> Found:
    where = [Document.tenant_id == current_tenant_id(), Document.state == "draft", Document.kind == "sale"]
    if wanted.branch_id:
        where.append(Document.branch_id == wanted.branch_id)
    if wanted.moments:
        where += [Document.changed_at >= wanted.moments[0], Document.changed_at < wanted.moments[1]]
    if wanted.words:
        where.append(_begins(meaning_of(wanted.words).name))
    return select(Document.id, Document.changed_at.label("moment")).where(*where)


def _issued(wanted: Wanted) -> Found:
    """The issued documents that fit every filter."""
    where = [
        Document.tenant_id == current_tenant_id(),
        Document.state == "void" if wanted.state == "void" else Document.state != "draft",
    ]
    if wanted.branch_id:
        where.append(Document.branch_id == wanted.branch_id)
    if wanted.moments:
        where += [Document.issued_at >= wanted.moments[0], Document.issued_at < wanted.moments[1]]
    if wanted.state in SUBMISSIONS_OF:
        where += [Document.state == "issued", _is_told(Document.id, SUBMISSIONS_OF[wanted.state])]
    mine = select(Document.id, Document.issued_at.label("moment")).where(*where)
    return _found(mine, wanted.words) if wanted.words else mine


def _is_told(document_id: Any, states: Sequence[str]) -> ColumnElement[bool]:
    """Whether the submission of a document is in one of these states."""
    told = select(Submission.subject_id).where(
        Submission.tenant_id == current_tenant_id(), Submission.kind.in_(("sale", "credit_note")), Submission.state.in_(states)
    )
    if "accepted" in states:  # nearly all of them: looked up one by one in the order of the list
        return told.where(Submission.subject_id == document_id).exists()
    return document_id.in_(told)


def _found(mine: Found, words: str) -> Found:
    """Those that the words may mean, the newest of each meaning: every meaning reads its own index."""
    meaning = meaning_of(words)
    newest_first = (Document.issued_at.desc(), Document.id.desc())
    found = [mine.where(_begins(meaning.name)).order_by(Document.search_name, *newest_first)]
    if meaning.numbers:
        found.append(_numbered(mine, *meaning.numbers))
    if meaning.pin:
        found.append(mine.where(Document.buyer_pin == meaning.pin).order_by(*newest_first))
    if meaning.cents is not None:
        found.append(mine.where(Document.total_cents == meaning.cents).order_by(*newest_first))
    each = union(*(one.limit(MOST_OF_A_MEANING).subquery().select() for one in found)).subquery()
    return select(each.c.id, each.c.moment)


def _begins(name: str) -> ColumnElement[bool]:
    return and_(Document.search_name >= name, Document.search_name < first_beyond(name))


def _numbered(mine: Found, kind: str | None, branch_code: str | None, number: int) -> Found:
    found = mine.where(Document.trader_no == number)
    if kind:
        found = found.where(Document.kind == kind)
    if branch_code:
        branches = select(Branch.id).where(Branch.tenant_id == current_tenant_id(), Branch.code == branch_code)
        found = found.where(Document.branch_id.in_(branches))
    return found


def _signed_sum(wanted: Wanted, found: Subquery, is_all: bool) -> Decimal | None:
    """The sum of the signed documents: from the totals of the days, or over those found when these are all."""
    if wanted.behind is not None or wanted.state not in ("", "signed"):
        return None
    if not wanted.words:
        return _sum_of_days(wanted)
    if not is_all:
        return None
    sign = case((Document.kind == "credit_note", -1), else_=1)
    return db.session.execute(
        select(func.coalesce(func.sum(sign * Document.total_amount), ZERO))
        .join(found, found.c.id == Document.id)
        .where(Document.tenant_id == current_tenant_id(), Document.state == "issued", _is_told(Document.id, ("accepted",)))
    ).scalar_one()


def _sum_of_days(wanted: Wanted) -> Decimal:
    sign = case((DayTotal.kind == "credit_note", -1), else_=1)
    days = select(func.coalesce(func.sum(sign * DayTotal.total_amount), ZERO)).where(DayTotal.tenant_id == current_tenant_id())
    if wanted.branch_id:
        days = days.where(DayTotal.branch_id == wanted.branch_id)
    if wanted.days:
        days = days.where(DayTotal.day.between(*wanted.days))
    return db.session.execute(days).scalar_one()
