"""What a person may do about a submission (`RELIABILITY.md` §6): each act locks the lane first and leaves an audit row."""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from sqlalchemy import select, text

from portal.audit import services as audit
from portal.devices.models import Device
from portal.errors import NotFound, PortalError
from portal.identity.access import Actor
from portal.infra import events, queue
from portal.infra.db import after_commit, db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.submissions.models import Submission


class NotNow(PortalError):
    """The state of the submission does not allow this act (any more)."""


# A look-up may be asked at any time, because what it does not find early proves nothing. A repeat waits for the end of the
# quarantine, and neither takes the lease of somebody who is asking at this moment.
DUE_AGAIN = """
    UPDATE submission s SET next_at = greatest(now(), s.lease_until, CASE
             WHEN d.transport = 'oscu' AND s.kind IN ('sale','credit_note') THEN now()
             ELSE least(s.next_at, s.unknown_since + interval '1 second' * :quarantine) END)
      FROM device d
     WHERE s.tenant_id = :tenant AND s.state = 'unknown' AND d.tenant_id = s.tenant_id AND d.id = s.device_id"""
CHECK_ONE = text(f"{DUE_AGAIN} AND s.id = :id")
CHECK_ALL = text(f"{DUE_AGAIN} RETURNING s.id")


def check_again(actor: Actor, submission_id: UUID) -> None:
    """Make a doubtful row due as soon as asking again is safe."""
    with transaction():
        row = lock(submission_id)
        if row.state != "unknown":
            raise NotNow("KRA's answer is already known. Reload the page to see it.")
        db.session.execute(CHECK_ONE, _asked() | {"id": submission_id})
        _record(actor, row, "asked to check again")
        after_commit(queue.ring_lanes)


def check_all_again(actor: Actor) -> int:
    """Make every doubtful row of the business due as soon as asking again is safe; returns how many."""
    with transaction():
        count = len(db.session.execute(CHECK_ALL, _asked()).all())
        audit.record(actor.name, "asked to check all doubts again", f"{count} submissions")
        after_commit(queue.ring_lanes)
        return count


def _asked() -> dict[str, object]:
    return {"tenant": current_tenant_id(), "quarantine": current_app.extensions["settings"].kra_quarantine}


def send_again(actor: Actor, submission_id: UUID) -> None:
    """Queue a refused row again unchanged: the cause was elsewhere; what was refused only with it comes back too (rule 13)."""
    with transaction():
        row = lock(submission_id)
        if row.state != "refused":
            raise NotNow("Only something that KRA refused can be sent again.")
        requeue(row)
        _record(actor, row, "sent again")


def withdraw(row: Submission) -> None:
    """Void a locked row that has no number, inside the open act: refused, or still waiting (rule 14); raises NotNow."""
    if row.state not in ("refused", "queued") or row.sequence_no is not None or row.body is not None:
        raise NotNow("This can no longer be withdrawn: KRA may already have it.")
    row.state = "void"
    db.session.flush()
    events.tell(Event.SUBMISSION_VOID, row)


def withdraw_superseded(row: Submission) -> None:
    """Void, inside the open act, what KRA refused earlier of the same kind and subject: what it has taken now says it all.

    What was refused only because it waited for something else stays, and comes back with that.
    """
    earlier = select(Submission.id).where(
        Submission.tenant_id == row.tenant_id,
        Submission.device_id == row.device_id,
        Submission.kind == row.kind,
        Submission.subject_id == row.subject_id,
        Submission.position < row.position,
        Submission.state == "refused",
        Submission.attempts > 0,
    )
    for submission_id in db.session.execute(earlier.order_by(Submission.position)).scalars().all():
        locked = lock(submission_id)
        if locked.state == "refused" and locked.body is None:
            withdraw(locked)


def lock(submission_id: UUID) -> Submission:
    """The row, locked after its lane; raises NotFound for another business's."""
    wanted = (Submission.tenant_id == current_tenant_id(), Submission.id == submission_id)
    device_id = db.session.execute(select(Submission.device_id).where(*wanted)).scalar_one_or_none()
    if device_id is None:
        raise NotFound
    lane = select(Device.id).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
    db.session.execute(lane.with_for_update(key_share=True))
    locked = select(Submission).where(*wanted).with_for_update().execution_options(populate_existing=True)
    return db.session.execute(locked).scalar_one()


def requeue(row: Submission) -> None:
    """Put a locked refused row back into its turn, inside the open act, with what was refused only because it waited for it."""
    row.state, row.next_at = "queued", db.func.now()
    row.problem_code = row.problem_message = None
    db.session.flush()
    events.tell(Event.SUBMISSION_AGAIN, row)
    waited = text(
        "SELECT id FROM submission WHERE tenant_id = :tenant AND :id = ANY (waits_for) AND state = 'refused' FOR UPDATE"
    )
    for each in db.session.execute(waited, {"tenant": row.tenant_id, "id": row.id}).scalars().all():
        requeue(db.session.get_one(Submission, (row.tenant_id, each), populate_existing=True))
    after_commit(queue.ring_lanes)


def _record(actor: Actor, row: Submission, what: str) -> None:
    branch_id = db.session.execute(
        select(Device.branch_id).where(Device.tenant_id == row.tenant_id, Device.id == row.device_id)
    ).scalar_one()
    audit.record(actor.name, f"{row.kind.replace('_', ' ')} {what}", f"submission {row.id}", branch_id=branch_id)
