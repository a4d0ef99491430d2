"""What is known of the business that is being acted for, and which businesses somebody belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.errors import NotFound
from portal.identity.models import Membership, Person
from portal.identity.permissions import DESCRIPTIONS, Role
from portal.infra import doors
from portal.infra.db import db, quick
from portal.infra.tenancy import acting_for, current_tenant_id
from portal.tenants.models import Branch, Tenant


@dataclass(frozen=True, slots=True)
class MyBusiness:
    """One line of the list to choose from."""

    id: UUID
    name: str
    pin: str
    role: Role


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to the business, and as what."""

    name: str
    email: str
    role: Role
    suspended: bool

    @property
    def description(self) -> str:
        """What the role may do, in words."""
        return DESCRIPTIONS[self.role]


def this_business() -> Tenant:
    """The business being acted for."""
    return db.session.execute(select(Tenant).where(Tenant.id == current_tenant_id())).scalar_one()


def branch(branch_id: UUID) -> Branch:
    """A branch of this business; raises NotFound."""
    found = db.session.get(Branch, (current_tenant_id(), branch_id))
    if found is None:
        raise NotFound
    return found


def head_office() -> Branch:
    """Branch 00 of this business."""
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.code == "00")
    return db.session.execute(wanted).scalar_one()


def open_branches() -> Sequence[Branch]:
    """The branches that are open, head office first."""
    wanted = select(Branch).where(Branch.tenant_id == current_tenant_id(), Branch.closed_at.is_(None))
    return db.session.execute(wanted.order_by(Branch.code)).scalars().all()


def branch_choices() -> list[tuple[str, str]]:
    """(id, name) of the branches that are open, head office first: for filters."""
    rows = quick(
        "SELECT id, name FROM branch WHERE tenant_id = %(tenant)s AND closed_at IS NULL ORDER BY code",
        {"tenant": current_tenant_id()},
    )
    return [(str(row.id), row.name) for row in rows]


def members() -> list[Member]:
    """Everybody who belongs to this business, owners first."""
    wanted = (
        select(Person.name, Person.email, Membership.role, Membership.suspended_at)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.tenant_id == current_tenant_id())
    )
    rows = db.session.execute(wanted)
    found = [Member(row.name, row.email, Role(row.role), row.suspended_at is not None) for row in rows]
    return sorted(found, key=lambda each: (list(Role).index(each.role), each.name.casefold(), each.email))


def businesses_of(person_id: UUID) -> list[MyBusiness]:
    """The open businesses a person belongs to, oldest membership first; asked for nobody, through the door."""
    mine = doors.my_memberships(person_id)
    db.session.commit()
    return [business for tenant_id in mine if (business := _as_member(tenant_id, person_id))]


def membership_in(tenant_id: UUID, person_id: UUID) -> MyBusiness:
    """The business as this person may enter it; raises NotFound, the same for one that is missing and for another's."""
    found = next((each for each in businesses_of(person_id) if each.id == tenant_id), None)
    if found is None:
        raise NotFound
    return found


def _as_member(tenant_id: UUID, person_id: UUID) -> MyBusiness | None:
    with acting_for(tenant_id):
        wanted = (
            select(Tenant.name, Tenant.kra_pin, Membership.role)
            .join(Membership, Membership.tenant_id == Tenant.id)
            .where(Tenant.id == tenant_id, Tenant.closed_at.is_(None), Membership.person_id == person_id)
        )
        row = db.session.execute(wanted).one_or_none()
    return MyBusiness(tenant_id, row.name, row.kra_pin, Role(row.role)) if row else None
