"""What sales know of a control unit: the net sales of its branch today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import case, func, select

from portal.devices.figures import Figure, knows
from portal.devices.models import Device
from portal.infra.db import database_now, db
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import local, money
from portal.sales.models import DayTotal


@knows
def of_branches(devices: Sequence[Device]) -> Mapping[UUID, Sequence[Figure]]:
    """Signed sales less signed credit notes of today, by device."""
    sign = case((DayTotal.kind == "credit_note", -1), else_=1)
    today = (
        select(DayTotal.branch_id, func.sum(sign * DayTotal.total_amount))
        .where(DayTotal.tenant_id == current_tenant_id(), DayTotal.day == local(database_now()).date())
        .group_by(DayTotal.branch_id)
    )
    net = {branch_id: amount for branch_id, amount in db.session.execute(today)}
    return {device.id: [Figure(_("Net sales today, signed"), money(net.get(device.branch_id, 0)))] for device in devices}
