"""Finding customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_

from portal.customers.models import Customer
from portal.errors import BadInput, NotFound
from portal.fiscal.pins import PinError, parse_pin
from portal.infra.columns import search_words
from portal.infra.db import db
from portal.infra.forms import parse_phone
from portal.infra.listing import Asked, Page, first_beyond, read_page
from portal.infra.tenancy import current_tenant_id


def customer(customer_id: UUID) -> Customer:
    """A customer of this business, archived or not; raises NotFound."""
    found = db.session.get(Customer, (current_tenant_id(), customer_id))
    if found is None:
        raise NotFound
    return found


def with_pin(pin: str) -> Customer | None:
    """The customer in use who has this PIN."""
    return db.session.execute(_of_business().where(Customer.pin == pin)).scalar_one_or_none()


def page(asked: Asked) -> Page[Customer]:
    """The customers that fit, by name."""
    wanted = _of_business(asked.archived).where(_fits(asked.text))
    ordered = wanted.order_by(Customer.search_name, Customer.id)
    if asked.after is not None:
        ordered = ordered.where(_behind(customer(asked.after)))
    return read_page(wanted, ordered, asked)


def search(text: str, limit: int = 10) -> Sequence[Customer]:
    """The first customers in use whose name begins with `text`, or whose PIN or phone it is."""
    fitting = _of_business().where(_fits(text)).order_by(Customer.search_name, Customer.id)
    return db.session.execute(fitting.limit(limit)).scalars().all()


def _of_business(archived: bool = False) -> Select[Any]:
    state = Customer.archived_at.is_not(None) if archived else Customer.archived_at.is_(None)
    return select(Customer).where(Customer.tenant_id == current_tenant_id(), state)


def _fits(text: str) -> ColumnElement[bool]:
    """A PIN or a phone number is found whole, everything else is the beginning of a name."""
    try:
        return Customer.pin == parse_pin(text)
    except PinError:
        name = search_words(text)
        begins = and_(Customer.search_name >= name, Customer.search_name < first_beyond(name))
    if sum(character.isdigit() for character in text) < 9:
        return begins
    try:
        return or_(Customer.phone == parse_phone(text), begins)
    except BadInput:
        return begins


def _behind(last: Customer) -> ColumnElement[bool]:
    return tuple_(Customer.search_name, Customer.id) > tuple_(last.search_name, last.id)
