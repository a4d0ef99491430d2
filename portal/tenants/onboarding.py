"""Sign-up: a person, their business, its head office and who owns it, all at once or not at all."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.errors import BadInput
from portal.identity import passwords, people, throttle
from portal.identity.models import Membership, Person
from portal.identity.password_rules import problem_with
from portal.identity.permissions import Role
from portal.infra import doors, events
from portal.infra.db import db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.tenants.errors import PinIsHere
from portal.tenants.models import Branch, Tenant
from portal.tenants.values import NewBusiness, SignUp

HEAD_OFFICE = "00"
PERSON_IS_HERE = {"person_email_once", "person_sign_up_once"}
PIN_IS_HERE = "one_open_business_per_pin"


def sign_up(new: SignUp, address: str | None) -> tuple[UUID, UUID | None]:
    """The person and the business that this form made, also when it was pressed twice.

    The business is None when another one has the PIN: then only the account is made. Raises BadInput for a password
    that is guessed first and for an address that cannot be used.
    """
    if problem := problem_with(new.password, (new.email, new.business.name, new.business.pin)):
        raise BadInput(problem, "password")
    with transaction():
        throttle.count(throttle.SIGN_UP_ADDRESS, throttle.network_of(address))
    password_hash = passwords.hash_password(new.password)
    try:
        return _make(new, password_hash, uuid4())
    except IntegrityError as error:
        if constraint_of(error) == PIN_IS_HERE:
            return _make_account_only(new, password_hash)
        if constraint_of(error) in PERSON_IS_HERE:
            return _made_before(new)
        raise


def open_business(person: Person, new: NewBusiness, address: str | None) -> UUID:
    """Another business of somebody who is signed in; raises PinIsHere, or answers theirs when it was pressed twice."""
    with transaction():
        throttle.count(throttle.SIGN_UP_ADDRESS, throttle.network_of(address))
    return _open_another(person, new)


def open_account(new: SignUp) -> tuple[UUID, UUID]:
    """The person and the business that whoever runs the portal asks for; somebody known gets another business.

    Raises PinIsHere, and BadInput for a password that is guessed first or is not this person's.
    """
    if problem := problem_with(new.password, (new.email, new.business.name, new.business.pin)):
        raise BadInput(problem, "password")
    with acting_for_nobody():
        known = people.by_email(new.email)
        if known is not None:
            db.session.expunge(known)
    if known is not None:
        if not passwords.verify(known.password_hash, new.password):
            raise BadInput(_("Somebody has this address already, with another password."), "password")
        return known.id, _open_another(known, new.business)
    try:
        return _make(new, passwords.hash_password(new.password), uuid4())
    except IntegrityError as error:
        if constraint_of(error) != PIN_IS_HERE:
            raise
        raise PinIsHere from error


def constraint_of(error: IntegrityError) -> str | None:
    """The name of the constraint that PostgreSQL says was broken."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def _open_another(person: Person, new: NewBusiness) -> UUID:
    tenant_id = uuid4()
    try:
        with acting_for(tenant_id), transaction():
            _open(tenant_id, person, new)
    except IntegrityError as error:
        if constraint_of(error) != PIN_IS_HERE:
            raise
        return _owned_with_pin(person, new.pin)
    return tenant_id


def _make(new: SignUp, password_hash: str, tenant_id: UUID) -> tuple[UUID, UUID]:
    with acting_for(tenant_id), transaction():
        person = people.add(new.email, new.business.phone, password_hash, new.key)
        _open(tenant_id, person, new.business)
    return person.id, tenant_id


def _open(tenant_id: UUID, person: Person, new: NewBusiness) -> None:
    """Business, head office, owner, audit row; whoever listens makes the control unit in the same transaction."""
    db.session.add(Tenant(id=tenant_id, name=new.name, kra_pin=new.pin, phone=new.phone, email=person.email))
    db.session.flush()
    branch = Branch(tenant_id=tenant_id, code=HEAD_OFFICE, name=_("Head office"), phone=new.phone)
    db.session.add_all([branch, Membership(tenant_id=tenant_id, person_id=person.id, role=Role.OWNER)])
    db.session.flush()
    events.tell(Event.BRANCH_OPENED, branch, new.transport)
    audit.record(person.name, "business opened", f"business {new.name}", after={"name": new.name, "pin": new.pin})


def _make_account_only(new: SignUp, password_hash: str) -> tuple[UUID, None]:
    try:
        with acting_for_nobody(), transaction():
            person = people.add(new.email, new.business.phone, password_hash, new.key)
    except IntegrityError as error:
        if constraint_of(error) in PERSON_IS_HERE:
            person_id, _business = _made_before(new)
            return person_id, None
        raise
    return person.id, None


def _made_before(new: SignUp) -> tuple[UUID, UUID | None]:
    """What the first press of this very form made; raises BadInput when the address belongs to an older account."""
    with acting_for_nobody():
        person = people.by_sign_up_key(new.key)
        mine = doors.my_memberships(person.id) if person else []
    # The key alone opens nothing: whoever repeats the form also has to repeat its password.
    if person is None or person.email != new.email or not passwords.verify(person.password_hash, new.password):
        raise BadInput(_("This address cannot be used for a new account. If it is yours, log in or set a new password."), "email")
    return person.id, mine[0] if mine else None


def _owned_with_pin(person: Person, pin: str) -> UUID:
    with acting_for_nobody():
        mine = doors.my_memberships(person.id)
    for tenant_id in mine:
        with acting_for(tenant_id):
            wanted = select(Tenant.id).where(Tenant.id == tenant_id, Tenant.kra_pin == pin, Tenant.closed_at.is_(None))
            if db.session.execute(wanted).one_or_none():
                return tenant_id
    raise PinIsHere
