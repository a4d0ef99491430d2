"""What the lane does when a control unit gives way to another."""

from __future__ import annotations

from flask_babel import ngettext
from sqlalchemy import and_, func, or_, select, update

from portal.devices.models import Device
from portal.errors import PortalError
from portal.infra import queue
from portal.infra.db import after_commit, db
from portal.infra.events import Event, on
from portal.submissions.models import Submission


@on(Event.DEVICE_REPLACED)
def take_over_the_lane(old: Device, new: Device) -> None:
    """Let what waits, or was refused, wait in the new lane in its order; refused while KRA may have any of it."""
    mine = [Submission.tenant_id == old.tenant_id, Submission.device_id == old.id]
    bound = or_(Submission.sequence_no.is_not(None), Submission.body.is_not(None))
    doubtful = or_(
        Submission.state.in_(("sending", "unknown", "held")), and_(Submission.state.in_(("queued", "refused")), bound)
    )
    count = db.session.execute(select(func.count()).where(*mine, doubtful)).scalar_one()
    if count:
        sentence = ngettext(
            "One thing sent by this control unit has no clear answer from KRA yet. Settle it first; nothing was changed.",
            "%(num)s things sent by this control unit have no clear answer from KRA yet. Settle them first; nothing was changed.",
            count,
        )
        raise PortalError(sentence)
    db.session.execute(
        update(Submission)
        .where(*mine, Submission.state.in_(("queued", "refused")))
        .values(device_id=new.id)
        .execution_options(synchronize_session=False)
    )
    after_commit(queue.ring_lanes)
