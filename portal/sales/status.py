"""Where a document stands, in the words of the badge, and how its page follows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.fiscal.money import ZERO
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales.models import Document
from portal.submissions.models import Submission

WAITING = ("queued", "sending", "unknown")
ATTENTION = ("refused", "held")
DELAYS_SECONDS = (2, 3, 5, 8, 15, 30)
FOLLOWED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Poll:
    """How often the page has asked already, and after how many seconds it asks again; `again` None ends it."""

    asked: int
    again: int | None


def poll_after(asked: int, state: str) -> Poll:
    """The next question of a page: ever less often, ten minutes long, and none once the state is final."""
    if state not in WAITING or _seconds_until(asked) >= FOLLOWED_SECONDS:
        return Poll(asked, None)
    return Poll(asked + 1, DELAYS_SECONDS[min(asked, len(DELAYS_SECONDS) - 1)])


def state_of(row_state: str, submission_state: str | None, total: Decimal | None, credited: Decimal) -> str:
    """The state for the badge: that of the submission, void, or how much of a signed sale was credited."""
    if row_state in ("draft", "void"):
        return row_state
    if submission_state != "accepted":
        return submission_state or "queued"
    if not credited:
        return "accepted"
    return "credited" if credited == total else "partly_credited"


def credited_amounts(document_ids: Iterable[UUID]) -> Mapping[UUID, Decimal]:
    """What signed credit notes have taken of each of these sales."""
    note, told = aliased(Document), aliased(Submission)
    rows = db.session.execute(
        select(note.original_id, func.sum(note.total_amount))
        .join(told, (told.tenant_id == note.tenant_id) & (told.subject_id == note.id))
        .where(
            note.tenant_id == current_tenant_id(),
            note.original_id.in_(list(document_ids)),
            note.state == "issued",
            told.kind == "credit_note",
            told.state == "accepted",
        )
        .group_by(note.original_id)
    )
    return {original_id: amount or ZERO for original_id, amount in rows if original_id}


def _seconds_until(asked: int) -> int:
    last = DELAYS_SECONDS[-1]
    return sum(DELAYS_SECONDS[:asked]) + last * max(0, asked - len(DELAYS_SECONDS))
