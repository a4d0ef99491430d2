"""The credit note log book that the law wants: what was credited, why, in whose words, and who received it (RECEIPTS §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from portal.infra.db import db
from portal.infra.listing import COUNTED, PAGE_SIZE, capped_count
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.sales.search import Wanted, token
from portal.sales.status import state_of
from portal.submissions.models import Submission
from portal.tenants.models import Branch


@dataclass(frozen=True, slots=True)
class Entry:
    """One credit note of the log; the amount is below zero."""

    id: UUID
    number: str
    moment: datetime
    state: str
    buyer: str
    original_id: UUID
    original_number: str
    reason: str
    words: str
    recipient: str
    by: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log, newest first."""

    entries: Sequence[Entry]
    after: str | None
    shown: int
    total: int

    @property
    def total_words(self) -> str:
        """How many there are, exactly up to a thousand."""
        return f"{self.total:,}" if self.total <= COUNTED else f"{COUNTED:,}+"


def read(wanted: Wanted) -> Log:
    """One page of the log within the days asked for; void notes are in it as well."""
    where = [Document.tenant_id == current_tenant_id(), Document.kind == "credit_note", Document.state != "draft"]
    if wanted.moments:
        where += [Document.issued_at >= wanted.moments[0], Document.issued_at < wanted.moments[1]]
    told = (Submission.tenant_id == Document.tenant_id) & (Submission.subject_id == Document.id)
    page = (
        select(Document, Branch.code, Submission.state.label("told"))
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .outerjoin(Submission, told & (Submission.kind == "credit_note"))
        .where(*where)
    )
    if wanted.behind is not None:
        page = page.where(tuple_(Document.issued_at, Document.id) < (wanted.behind.moment, wanted.behind.id))
    rows = db.session.execute(page.order_by(Document.issued_at.desc(), Document.id.desc()).limit(PAGE_SIZE + 1)).all()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    shown = wanted.seen + len(rows)
    total = capped_count(select(Document.id).where(*where)) if more or wanted.seen else shown
    entries = [_entry(*row) for row in rows]
    after = token(entries[-1].moment, entries[-1].id) if more else None
    return Log(entries, after, shown, max(total, shown))


def _entry(row: Document, branch_code: str, told: str | None) -> Entry:
    content: dict[str, Any] = row.content
    credit = content["credit"]
    assert row.trader_no is not None and row.issued_at is not None and row.original_id is not None
    assert row.total_amount is not None
    return Entry(
        id=row.id,
        number=number_of(row.kind, row.trader_no, branch_code),
        moment=row.issued_at,
        state=state_of(row.state, told, row.total_amount, Decimal(0)),
        buyer=row.buyer_name or "",
        original_id=row.original_id,
        original_number=credit["original_trader_number"],
        reason=f"{credit['reason_code']} {credit['reason_name']}",
        words=credit.get("reason_note") or "",
        recipient=credit.get("recipient_name") or "",
        by=content["operator"]["name"],
        total=-row.total_amount,
    )
