"""The list of documents, page by page: two statements, however long it is (PERFORMANCE §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.fiscal.moments import EAST_AFRICA
from portal.fiscal.money import ZERO
from portal.infra.db import quick
from portal.infra.listing import COUNTED, PAGE_SIZE
from portal.infra.tenancy import current_tenant_id
from portal.sales.finding import MOST_OF_A_MEANING, Found, drafts, found, issued
from portal.sales.numbers import number_of
from portal.sales.search import Wanted, token
from portal.sales.status import state_of
from portal.sales.words import short_moment


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
    """A page of the list; `signed_sum` is net of credit notes, None where too much would have to be added up.

    `drafts` is how many drafts there are, told beside a list without filters.
    """

    rows: Sequence[Row]
    after: str | None
    shown: int
    total: int
    most: int
    signed_sum: Decimal | None
    drafts: int

    @property
    def total_words(self) -> str:
        """How many there are, as far as they are counted."""
        return f"{self.total:,}" if self.total < self.most else f"{self.most:,}+"


ROWS = """
    SELECT d.id, d.kind, d.state, d.trader_no, d.buyer_name, d.total_amount, d.tax_amount, page.moment, b.code, b.name AS branch,
           s.state AS told,
           CASE WHEN d.kind = 'sale' THEN (
             SELECT sum(note.total_amount) FROM document note
               JOIN submission t ON t.tenant_id = note.tenant_id AND t.subject_id = note.id
              WHERE note.tenant_id = %(tenant)s AND note.original_id = d.id AND note.state = 'issued'
                AND t.kind = 'credit_note' AND t.state = 'accepted') END AS credited
      FROM (SELECT id, moment FROM ({found}) f {behind} ORDER BY moment DESC, id DESC LIMIT %(most)s) page
      JOIN document d ON d.tenant_id = %(tenant)s AND d.id = page.id
      JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
      LEFT JOIN submission s ON s.tenant_id = d.tenant_id AND s.subject_id = d.id AND s.kind = d.kind
     ORDER BY page.moment DESC, d.id DESC"""
BEHIND = "WHERE (moment, id) < (%(behind_moment)s, %(behind_id)s)"
# Counted in the order of the list, so that its index is read, and no further than a thousand.
COUNT = f"(SELECT count(*) FROM (SELECT 1 FROM ({{found}}) f ORDER BY moment DESC, id DESC LIMIT {COUNTED + 1}) few)"  # noqa: S608
# The totals of the days are kept by the transaction that settles each document.
OF_DAYS = "(SELECT coalesce(sum({figure}), 0) FROM day_total WHERE tenant_id = %(tenant)s{narrowed})"
NET = "CASE kind WHEN 'credit_note' THEN -total_amount ELSE total_amount END"
SIGNED_SUM = """
    SELECT coalesce(sum(CASE d.kind WHEN 'credit_note' THEN -d.total_amount ELSE d.total_amount END), 0) AS signed_sum
      FROM ({found}) f JOIN document d ON d.id = f.id AND d.tenant_id = %(tenant)s AND d.state = 'issued'
     WHERE EXISTS (SELECT 1 FROM submission t WHERE t.tenant_id = %(tenant)s AND t.subject_id = d.id AND t.state = 'accepted'
                      AND t.kind IN ('sale', 'credit_note'))"""


def documents(wanted: Wanted) -> Listed:
    """One page of what is wanted, newest first."""
    these = found(wanted)
    rows = _rows(these, PAGE_SIZE + 1, wanted)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    shown = wanted.seen + len(rows)
    told = _figures(wanted, these, is_counted=more or wanted.seen > 0)
    total = shown if told.total is None else int(told.total)
    after = token(rows[-1].moment, rows[-1].id) if more else None
    most = MOST_OF_A_MEANING if wanted.words and wanted.state != "draft" else COUNTED
    signed = told.signed_sum
    if wanted.words and _has_sum(wanted) and total < most:
        signed = quick(SIGNED_SUM.format(found=these.sql), these.values).fetchone().signed_sum  # type: ignore[union-attr]
    return Listed(rows, after, shown, max(total, shown), most, signed, told.drafts)


def count_of_drafts() -> int:
    """How many drafts there are."""
    these = drafts(Wanted())
    return int(quick(f"SELECT {COUNT.format(found=these.sql)} AS drafts", these.values).fetchone().drafts)  # type: ignore[union-attr]


def signed_ids(wanted: Wanted, most: int) -> list[UUID]:
    """The ids of the newest signed documents that fit every filter."""
    if wanted.state not in ("", "signed"):
        return []
    these = issued(replace(wanted.whole(), state="signed"))
    newest_first = f"SELECT id FROM ({these.sql}) f ORDER BY moment DESC, id DESC LIMIT %(most)s"  # noqa: S608
    return [row.id for row in quick(newest_first, these.values | {"most": most})]


def newest(limit: int) -> list[Row]:
    """The latest issued documents."""
    return _rows(issued(Wanted()), limit, Wanted())


def _has_sum(wanted: Wanted) -> bool:
    return wanted.behind is None and wanted.state in ("", "signed")


def _figures(wanted: Wanted, these: Found, is_counted: bool) -> Any:
    """What stands around the rows, in one statement: `total`, `signed_sum` and `drafts`, None for what is not asked."""
    days, values = _of_days(wanted)
    parts = {
        "total": _count(wanted, these, days) if is_counted else "NULL",
        "signed_sum": OF_DAYS.format(figure=NET, narrowed=days) if _has_sum(wanted) and not wanted.words else "NULL::numeric",
        "drafts": "0" if wanted.is_filtered else COUNT.format(found=drafts(Wanted()).sql),
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    return quick(f"SELECT {columns}", these.values | values).fetchone()


def _count(wanted: Wanted, these: Found, days: str) -> str:
    """How many there are; the signed ones of whole days are counted already."""
    if wanted.state == "signed" and not wanted.words:
        return OF_DAYS.format(figure="documents", narrowed=days)
    return COUNT.format(found=these.sql)


def _of_days(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """The days and the branch of the filters, as conditions on the totals of days."""
    narrowed = " AND branch_id = %(branch)s" if wanted.branch_id else ""
    if wanted.days is None:
        return narrowed, {}
    return f"{narrowed} AND day BETWEEN %(first_day)s AND %(last_day)s", dict(
        zip(("first_day", "last_day"), wanted.days, strict=True)
    )


def _rows(these: Found, most: int, wanted: Wanted) -> list[Row]:
    values = these.values | {"most": most, "tenant": current_tenant_id()}
    if wanted.behind is not None:
        values |= {"behind_moment": wanted.behind.moment, "behind_id": wanted.behind.id}
    sql = ROWS.format(found=these.sql, behind=BEHIND if wanted.behind is not None else "")
    today = datetime.now(EAST_AFRICA).date()
    return [_row(row, today) for row in quick(sql, values)]


def _row(row: Any, today: date) -> Row:
    sign = -1 if row.kind == "credit_note" else 1
    return Row(
        id=row.id,
        number=number_of(row.kind, row.trader_no, row.code) if row.trader_no else "",
        state=state_of(row.state, row.told, row.total_amount, row.credited or ZERO),
        buyer=row.buyer_name or "",
        branch=row.branch,
        moment=row.moment,
        when=short_moment(row.moment, today),
        tax=None if row.tax_amount is None else sign * row.tax_amount,
        total=None if row.total_amount is None else sign * row.total_amount,
    )
