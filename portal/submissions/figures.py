"""What the lane knows of a control unit: its last receipt, and what waits to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.devices.figures import Figure, knows
from portal.devices.models import Device
from portal.infra.db import db
from portal.submissions.models import Submission

OPEN = ("queued", "sending", "unknown")
NONE = "–"


@knows
def of_lanes(devices: Sequence[Device]) -> Mapping[UUID, Sequence[Figure]]:
    """The last receipt number of each device, and how many invoices and credit notes wait in its lane."""
    waiting = _waiting(devices)
    return {
        device.id: (
            Figure(_("Last KRA number"), str(_last_receipt(device) or NONE), exact=True),
            Figure(_("Waiting to send"), str(waiting.get(device.id, 0))),
        )
        for device in devices
    }


def _last_receipt(device: Device) -> int | None:
    signed = select(Submission.receipt_no).where(
        Submission.tenant_id == device.tenant_id,
        Submission.device_id == device.id,
        Submission.sequence == "invoice",
        Submission.sequence_no.is_not(None),
        Submission.state == "accepted",
    )
    return db.session.execute(signed.order_by(Submission.sequence_no.desc()).limit(1)).scalar_one_or_none()


def _waiting(devices: Sequence[Device]) -> dict[UUID, int]:
    if not devices:
        return {}
    counted = (
        select(Submission.device_id, func.count())
        .where(
            Submission.tenant_id == devices[0].tenant_id,
            Submission.device_id.in_([device.id for device in devices]),
            Submission.state.in_(OPEN),
            Submission.kind.in_(("sale", "credit_note")),
        )
        .group_by(Submission.device_id)
    )
    return {device_id: count for device_id, count in db.session.execute(counted)}
