"""What is known of the business that is being acted for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from portal.errors import NotFound
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch, Tenant


def this_business() -> Tenant:
    """The business being acted for."""
    return db.session.execute(select(Tenant).where(Tenant.id == current_tenant_id())).scalar_one()


def branch(branch_id: UUID) -> Branch:
    """A branch of this business; raises NotFound."""
    found = db.session.get(Branch, (current_tenant_id(), branch_id))
    if found is None:
        raise NotFound
    return found


def open_branches() -> Sequence[Branch]:
    """The branches that are open, head office first."""
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.closed_at.is_(None))
    return db.session.execute(wanted.order_by(Branch.code)).scalars().all()
