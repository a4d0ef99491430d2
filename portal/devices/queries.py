"""Which control units this business has, and in what state."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from portal.devices.models import Device, KraBranch
from portal.errors import NotFound
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch


def device(device_id: UUID) -> Device:
    """A device of this business; raises NotFound."""
    found = db.session.get(Device, (current_tenant_id(), device_id))
    if found is None:
        raise NotFound
    return found


def device_of_branch(branch_id: UUID) -> Device:
    """The control unit that signs for a branch now; raises NotFound."""
    found = db.session.execute(
        select(Device).where(
            Device.tenant_id == current_tenant_id(), Device.branch_id == branch_id, Device.status != "retired"
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("This branch has no control unit.")
    return found


def head_office_device() -> Device:
    """The control unit of branch 00: items belong to the PIN and go through its lane."""
    found = db.session.execute(
        select(Device)
        .join(Branch, (Branch.tenant_id == Device.tenant_id) & (Branch.id == Device.branch_id))
        .where(Device.tenant_id == current_tenant_id(), Branch.code == "00", Device.status != "retired")
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("The head office has no control unit.")
    return found


def devices_in_use() -> Sequence[Device]:
    """The control units that are not retired."""
    wanted = select(Device).where(Device.tenant_id == current_tenant_id(), Device.status != "retired")
    return db.session.execute(wanted).scalars().all()


def branches_at_kra() -> Sequence[KraBranch]:
    """The branches that KRA lists for this PIN, as far as KRA has told us."""
    wanted = select(KraBranch).where(KraBranch.tenant_id == current_tenant_id())
    return db.session.execute(wanted.order_by(KraBranch.code)).scalars().all()
