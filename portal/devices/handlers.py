"""What devices do when something happens elsewhere."""

from __future__ import annotations

from typing import Any

from portal.devices import services
from portal.infra.db import quick
from portal.infra.events import Event, on
from portal.tenants.models import Branch

LEARN = """
    UPDATE device SET sdc_id = %(sdc_id)s, mrc_number = %(mrc_number)s
     WHERE tenant_id = %(tenant_id)s AND id = %(device_id)s AND sdc_id IS NULL"""


@on(Event.BRANCH_OPENED)
def give_the_branch_a_device(branch: Branch, transport: str = "vscu") -> None:
    """A branch signs with a control unit of its own from its first day."""
    services.make_device(branch, transport)


@on(Event.SUBMISSION_ACCEPTED)
def learn_the_ids(submission: Any) -> None:
    """A unit that was installed before we came tells its ids with its first signature only (PROTOCOL §4)."""
    if submission.sdc_id:
        ids = {name: getattr(submission, name) for name in ("tenant_id", "device_id", "sdc_id", "mrc_number")}
        quick(LEARN, ids)
