"""The acts of operators: each enters the business as anybody does, with a reason, and leaves an audit row in its chain."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from portal.audit import services as audit
from portal.devices import services as devices
from portal.identity.access import Actor
from portal.identity.models import Person, PersonSession
from portal.identity.permissions import Permission, Role
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from portal.submissions import attention, queries
from portal.submissions.models import Submission
from portal.submissions.queries import Problem, Try


def unit_is_repaired(person: Person, here: PersonSession, tenant_id: UUID, device_id: UUID, reason: str) -> None:
    """Open a control unit that was blocked; raises NotFound, and PortalError for one that is not stopped."""
    # The one act of an owner that an operator may do: the hosted units are looked after by operators.
    scopes = frozenset({Permission.SETTLE_DOUBT})
    actor = Actor(person.id, name_of(person), tenant_id, Role.OWNER, here.id, scopes)
    db.session.commit()
    with acting_for(tenant_id):
        attention.unit_is_repaired(actor, device_id, reason)


def set_address(person: Person, tenant_id: UUID, device_id: UUID, url: str | None, reason: str) -> None:
    """Say where the VSCU of a device is reached, None for the deployment's own; raises NotFound and BadInput."""
    name = name_of(person)
    db.session.commit()
    with acting_for(tenant_id):
        devices.set_unit_address(name, device_id, url, reason)


def look(person: Person, tenant_id: UUID, submission_id: UUID, reason: str) -> tuple[Submission, Problem | None, Sequence[Try]]:
    """One submission with KRA's words and every attempt; that it was looked at stands in the log of the business."""
    name = name_of(person)
    db.session.commit()
    with acting_for(tenant_id), transaction():
        row = queries.submission(submission_id)
        seen = row, queries.problem_of(row), queries.tries_of(row)
        words = f"{row.kind.replace('_', ' ')} looked at by an operator"
        audit.record(name, words, f"submission {row.id}", reason=reason)
        return seen


def name_of(person: Person) -> str:
    """What the log of a business says of who acted."""
    return f"{person.name} (operator)"
