"""What devices do when something happens elsewhere."""

from __future__ import annotations

from typing import Any

from portal.devices import services
from portal.devices.models import Device
from portal.infra.db import db
from portal.infra.events import Event, on
from portal.tenants.models import Branch


@on(Event.BRANCH_OPENED)
def give_the_branch_a_device(branch: Branch, transport: str = "vscu") -> None:
    """A branch signs with a control unit of its own from its first day."""
    services.make_device(branch, transport)


@on(Event.SUBMISSION_ACCEPTED)
def learn_the_ids(submission: Any) -> None:
    """A unit that was installed before we came tells its ids with its first signature only (PROTOCOL §4)."""
    if submission.sdc_id:
        device = db.session.get_one(Device, (submission.tenant_id, submission.device_id))
        if device.sdc_id is None:
            device.sdc_id, device.mrc_number = submission.sdc_id, submission.mrc_number
