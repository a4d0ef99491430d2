"""Who runs the portal: a flag of a person that only `flask operators` sets, apart from any membership."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from portal.errors import BadInput, NotFound
from portal.identity import passwords, people
from portal.identity.models import Person, PlatformOperator
from portal.identity.password_rules import problem_with
from portal.infra.db import db, transaction

IN_OFFICE = PlatformOperator.ended_at.is_(None)


def is_operator(person_id: UUID) -> bool:
    """Whether this person runs the portal, asked anew at each request."""
    found = select(PlatformOperator.person_id).where(PlatformOperator.person_id == person_id, IN_OFFICE)
    return db.session.execute(found).first() is not None


def add(email: str, by: str, password: str | None = None) -> UUID:
    """Make a person an operator; one without an account gets it with `password`. Raises BadInput without both."""
    if password and (problem := problem_with(password, (email,))):
        raise BadInput(problem, "password")
    kept = passwords.hash_password(password) if password else None
    with transaction():
        person = people.by_email(email)
        if person is None and kept is None:
            raise BadInput("Nobody has an account with this address. Give --password to make one.")
        if person is None:
            person = people.add(email.strip().lower(), None, kept or "!", None)
        row = insert(PlatformOperator).values(person_id=person.id, added_by=by)
        again = {"ended_at": None, "added_by": by, "added_at": func.now()}
        db.session.execute(row.on_conflict_do_update(index_elements=["person_id"], set_=again))
        return person.id


def remove(email: str) -> None:
    """Let a person be no operator any more, from the next request on; raises NotFound."""
    with transaction():
        person = people.by_email(email)
        ended = update(PlatformOperator).where(PlatformOperator.person_id == (person.id if person else None), IN_OFFICE)
        if db.session.execute(ended.values(ended_at=func.now()).returning(PlatformOperator.person_id)).first() is None:
            raise NotFound("Nobody with this address is an operator.")


def all_of_them() -> Sequence[tuple[str, PlatformOperator]]:
    """(e-mail address, operator) of everybody who runs the portal."""
    wanted = select(Person.email, PlatformOperator).join(Person, Person.id == PlatformOperator.person_id).where(IN_OFFICE)
    return [(email, row) for email, row in db.session.execute(wanted.order_by(Person.email))]
