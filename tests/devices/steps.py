"""Small acts that the tests of devices share."""

from uuid import uuid4

from sqlalchemy import text

from portal.devices.models import Device
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.db import db, transaction
from portal.infra.events import Event, tell
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch
from tests.support.world import Business


def actor_of(business: Business) -> Actor:
    """The owner as services see them."""
    return Actor(business.owner_id, "Olive Owner", business.tenant_id, Role.OWNER, uuid4())


def add_branch(code: str) -> Branch:
    """A further branch of the business that is being acted for, opened as the portal does it."""
    with transaction():
        branch = Branch(tenant_id=current_tenant_id(), code=code, name=f"Branch {code}")
        db.session.add(branch)
        db.session.flush()
        tell(Event.BRANCH_OPENED, branch)
    return branch


def set_step(device: Device, name: str, state: str) -> None:
    """Put a set-up step into a state."""
    with transaction():
        change = text("UPDATE setup_step SET state = :state WHERE device_id = :device AND name = :name")
        db.session.execute(change, {"state": state, "device": device.id, "name": name})
    db.session.expire_all()
