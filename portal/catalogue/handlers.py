"""What becomes of an item when KRA has answered about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update

from portal.catalogue.models import Item
from portal.infra.db import db
from portal.infra.events import Event, on
from portal.submissions import services as lane
from portal.submissions.models import Submission


@on(Event.SUBMISSION_ACCEPTED)
def keep_the_code(submission: Submission) -> None:
    """From now on the code is printed on receipts and never changes; a later change stands for those refused before it."""
    if submission.kind == "item":
        _set(submission, registered_at=func.now())
    elif submission.kind == "item_change":
        lane.withdraw_superseded(submission)


@on(Event.SUBMISSION_REFUSED)
def free_the_code(submission: Submission) -> None:
    """The number went back, so type and units may be corrected."""
    if submission.kind == "item":
        _set(submission, kra_code=None)


@on(Event.SUBMISSION_VOID)
def archive_what_kra_will_never_know(submission: Submission) -> None:
    """An item whose registration was withdrawn can never be sold."""
    if submission.kind == "item":
        _set(submission, kra_code=None, archived_at=func.coalesce(Item.archived_at, func.now()))


def _set(submission: Submission, **values: Any) -> None:
    unregistered = update(Item).where(
        Item.tenant_id == submission.tenant_id, Item.id == submission.subject_id, Item.registered_at.is_(None)
    )
    db.session.execute(unregistered.values(**values).execution_options(synchronize_session="fetch"))
