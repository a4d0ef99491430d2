"""The list of documents: every filter reads an index under row-level security, page by page (PERFORMANCE §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select, tuple_, union_all

from portal.fiscal.money import ZERO
from portal.infra.db import db
from portal.infra.listing import COUNTED, PAGE_SIZE, capped_count, first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import DayTotal, Document
from portal.sales.numbers import number_of
from portal.sales.search import Wanted, meaning_of, token
from portal.sales.status import ATTENTION, WAITING, credited_amounts, state_of
from portal.submissions.models import Submission
from portal.tenants.models import Branch

# A prefix of names has no order by time: so many documents are looked at, the newest of each name first.
MOST_BY_NAME = 500
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
    tax: Decimal | None
    total: Decimal | None

    @property
    def is_draft(self) -> bool:
        return self.state == "draft"


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list; `signed_sum` is net of credit notes, None where too much would have to be added up."""

    rows: Sequence[Row]
    after: str | None
    shown: int
    total: int
    signed_sum: Decimal | None

    @property
    def total_words(self) -> str:
        return f"{self.total:,}" if self.total <= COUNTED else f"{COUNTED:,}+"


def documents(wanted: Wanted) -> Listed:
    """One page of what is wanted, newest first."""
    if wanted.state == "draft":
        return _page(wanted, _drafts(wanted), Document.changed_at)
    return _page(wanted, _issued(wanted), Document.issued_at)


def count_of_drafts() -> int:
    """How many drafts there are."""
    return capped_count(_drafts(Wanted()))


def newest(limit: int) -> list[Row]:
    """The latest issued documents."""
    return _rows(_issued(Wanted()).order_by(Document.issued_at.desc(), Document.id.desc()).limit(limit), Document.issued_at)


def _page(wanted: Wanted, chosen: Select[*tuple[Any, ...]], moment: Any) -> Listed:
    behind = wanted.behind
    page = chosen.order_by(moment.desc(), Document.id.desc()).limit(PAGE_SIZE + 1)
    if behind is not None:
        page = page.where(tuple_(moment, Document.id) < (behind.moment, behind.id))
    rows = _rows(page, moment)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    shown = wanted.seen + len(rows)
    total = capped_count(chosen) if more or wanted.seen else shown
    after = token(rows[-1].moment, rows[-1].id) if more else None
    return Listed(rows, after, shown, max(total, shown), _signed_sum(wanted, chosen, total))


def _rows(page: Select[*tuple[Any, ...]], moment: Any) -> list[Row]:
    chosen = page.subquery()
    told = Submission
    found = db.session.execute(
        select(Document.id, Document.kind, Document.state, Document.trader_no, Document.buyer_name, Document.total_amount,
               Document.tax_amount, moment.label("moment"), Branch.code, Branch.name.label("branch"), told.state.label("told"))
        .join(chosen, Document.id == chosen.c.id)
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .outerjoin(told, (told.tenant_id == Document.tenant_id) & (told.subject_id == Document.id) & (told.kind == Document.kind))
        .where(Document.tenant_id == current_tenant_id())
        .order_by(moment.desc(), Document.id.desc())
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
        tax=None if row.tax_amount is None else sign * row.tax_amount,
        total=None if row.total_amount is None else sign * row.total_amount,
    )


def _drafts(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    where = [Document.tenant_id == current_tenant_id(), Document.state == "draft", Document.kind == "sale"]
    if wanted.branch_id:
        where.append(Document.branch_id == wanted.branch_id)
    if wanted.moments:
        where += [Document.changed_at >= wanted.moments[0], Document.changed_at < wanted.moments[1]]
    if wanted.words:
        name = meaning_of(wanted.words).name
        where += [Document.search_name >= name, Document.search_name < first_beyond(name)]
    return select(Document.id, Document.changed_at).where(*where)


def _issued(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """The issued documents that fit every filter."""
    where = [Document.tenant_id == current_tenant_id(), Document.state != "draft"]
    if wanted.branch_id:
        where.append(Document.branch_id == wanted.branch_id)
    if wanted.moments:
        where += [Document.issued_at >= wanted.moments[0], Document.issued_at < wanted.moments[1]]
    if wanted.state == "void":
        where.append(Document.state == "void")
    elif wanted.state:
        where += [Document.state == "issued", _is_told(SUBMISSIONS_OF[wanted.state])]
    if wanted.words:
        where.append(_found(wanted.words))
    return select(Document.id, Document.issued_at).where(*where)


def _is_told(states: Sequence[str]) -> ColumnElement[bool]:
    """Whether the document's submission is in one of these states."""
    told = select(Submission.subject_id).where(
        Submission.tenant_id == current_tenant_id(), Submission.kind.in_(("sale", "credit_note")), Submission.state.in_(states)
    )
    if "accepted" in states:  # nearly all of them: looked up one by one in the order of the list
        return told.where(Submission.subject_id == Document.id).exists()
    return Document.id.in_(told)


def _found(words: str) -> ColumnElement[bool]:
    """Whether the document is one that the words may mean: each meaning reads its own index."""
    meaning = meaning_of(words)
    mine = select(Document.id).where(Document.tenant_id == current_tenant_id(), Document.state != "draft")
    newest_first = (Document.issued_at.desc(), Document.id.desc())
    found = [
        mine.where(Document.search_name >= meaning.name, Document.search_name < first_beyond(meaning.name))
        .order_by(Document.search_name, *newest_first)
        .limit(MOST_BY_NAME)
    ]
    if meaning.numbers:
        found.append(_numbered(mine, *meaning.numbers))
    if meaning.pin:
        found.append(mine.where(Document.buyer_pin == meaning.pin).order_by(*newest_first).limit(MOST_BY_NAME))
    if meaning.amount is not None:
        found.append(mine.where(Document.total_amount == meaning.amount).order_by(*newest_first).limit(MOST_BY_NAME))
    return Document.id.in_(union_all(*(one.subquery().select() for one in found)))


def _numbered(mine: Select[*tuple[Any, ...]], kind: str | None, branch_code: str | None, number: int) -> Select[Any]:
    found = mine.where(Document.trader_no == number)
    if kind:
        found = found.where(Document.kind == kind)
    if branch_code:
        branches = select(Branch.id).where(Branch.tenant_id == current_tenant_id(), Branch.code == branch_code)
        found = found.where(Document.branch_id.in_(branches))
    return found


def _signed_sum(wanted: Wanted, chosen: Select[*tuple[Any, ...]], total: int) -> Decimal | None:
    """The sum of the signed documents: from the totals of the days, or over the documents while they are few."""
    if wanted.behind is not None or wanted.state not in ("", "signed"):
        return None
    if not wanted.words:
        return _sum_of_days(wanted)
    if total > COUNTED:
        return None
    sign = case((Document.kind == "credit_note", -1), else_=1)
    few = chosen.where(Document.state == "issued", _is_told(("accepted",))).subquery()
    return db.session.execute(
        select(func.coalesce(func.sum(sign * Document.total_amount), ZERO))
        .join(few, few.c.id == Document.id)
        .where(Document.tenant_id == current_tenant_id())
    ).scalar_one()


def _sum_of_days(wanted: Wanted) -> Decimal:
    sign = case((DayTotal.kind == "credit_note", -1), else_=1)
    days = select(func.coalesce(func.sum(sign * DayTotal.total_amount), ZERO)).where(DayTotal.tenant_id == current_tenant_id())
    if wanted.branch_id:
        days = days.where(DayTotal.branch_id == wanted.branch_id)
    if wanted.days:
        days = days.where(DayTotal.day.between(*wanted.days))
    return db.session.execute(days).scalar_one()
