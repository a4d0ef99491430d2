"""Customers are added, changed and archived; never deleted, because signed documents name them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.customers import look_up, queries
from portal.customers.errors import OwnPin, PinTaken
from portal.customers.forms import NewCustomer
from portal.customers.models import Customer
from portal.identity.access import Actor
from portal.infra.columns import search_words
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.tenants.queries import this_business

FIELDS = ("name", "pin", "phone", "email", "address")


def add_customer(actor: Actor, new: NewCustomer) -> Customer:
    """The new customer, the first one for a form sent twice; raises PinTaken or OwnPin."""
    with transaction():
        return enter_customer(actor, new)


def enter_customer(actor: Actor, new: NewCustomer) -> Customer:
    """The same inside an open act."""
    row = insert(Customer).values(
        tenant_id=current_tenant_id(), id=new.id, name=new.name, search_name=search_words(new.name)
    )
    made = row.on_conflict_do_nothing(index_elements=["tenant_id", "id"]).returning(Customer.id)
    if db.session.execute(made).scalar_one_or_none() is None:
        return queries.customer(new.id)
    customer = queries.customer(new.id)
    _write(customer, new)
    _flush()
    audit.record(actor.name, "customer added", customer.name, after=_values(customer))
    return customer


def change_customer(actor: Actor, customer_id: UUID, new: NewCustomer) -> Customer:
    """The customer with the new details; documents already issued keep the old ones. Raises PinTaken or OwnPin."""
    with transaction():
        customer = queries.customer(customer_id)
        before = _values(customer)
        _write(customer, new)
        _flush()
        if _values(customer) != before:
            audit.record(actor.name, "customer changed", customer.name, before=before, after=_values(customer))
    return customer


def archive_customer(actor: Actor, customer_id: UUID) -> Customer:
    """The customer, out of the lists and searches from now on."""
    with transaction():
        customer = queries.customer(customer_id)
        if customer.archived_at is None:
            customer.archived_at = func.now()
            audit.record(actor.name, "customer archived", customer.name)
    return customer


def restore_customer(actor: Actor, customer_id: UUID) -> Customer:
    """The customer, back in the lists; raises PinTaken when another has the PIN by now."""
    with transaction():
        customer = queries.customer(customer_id)
        if customer.archived_at is not None:
            _check_pin(customer, customer.pin)
            customer.archived_at = None
            _flush()
            audit.record(actor.name, "customer restored", customer.name)
    return customer


def _write(customer: Customer, new: NewCustomer) -> None:
    if new.pin != customer.pin:
        _check_pin(customer, new.pin)
        customer.kra_name = customer.kra_status = customer.checked_at = None
    if new.pin is not None and customer.kra_name is None:
        _keep_what_kra_said(customer, new.pin)
    for name in FIELDS:
        setattr(customer, name, getattr(new, name))
    customer.search_name = search_words(new.name)


def _keep_what_kra_said(customer: Customer, pin: str) -> None:
    with db.session.no_autoflush:
        said = look_up.known(pin)
    if said is not None and said.state is look_up.State.FOUND:
        customer.kra_name, customer.checked_at = said.name, func.now()
        customer.kra_status = {True: "A", False: "D", None: None}[said.is_active]


def _check_pin(customer: Customer, pin: str | None) -> None:
    if pin is None:
        return
    if pin == this_business().kra_pin:
        raise OwnPin
    with db.session.no_autoflush:
        other = queries.with_pin(pin)
    if other is not None and other.id != customer.id:
        raise PinTaken


def _flush() -> None:
    """Write now: two tills may add the same PIN at once, and the unique index lets one through."""
    try:
        db.session.flush()
    except IntegrityError as error:
        if "customer_pin_once" in str(error.orig):
            raise PinTaken from error
        raise


def _values(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in FIELDS}
