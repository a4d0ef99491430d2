"""Customers: who buys."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from sqlalchemy import select

from portal.api.v1.blueprint import blueprint
from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Email, Instant, Phone, Pin, Words
from portal.api.v1.paging import PageQuery, Slice, read_slice
from portal.api.v1.shapes import list_of
from portal.customers import services
from portal.customers.errors import OwnPin, PinTaken
from portal.customers.forms import LONGEST_ADDRESS, LONGEST_NAME, NewCustomer
from portal.customers.models import Customer
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.columns import search_words
from portal.infra.listing import LONGEST_SEARCH, first_beyond
from portal.infra.tenancy import current_tenant_id


class CustomerBody(Body):
    """A customer to add; a PIN has the right form, KRA alone knows whether it exists."""

    name = Words(LONGEST_NAME, required=True)
    pin = Pin(allow_none=True)
    phone = Phone(allow_none=True)
    email = Email(allow_none=True)
    address = Words(LONGEST_ADDRESS, allow_none=True)


class CustomerAnswer(Body):
    """A customer; `kra_name` is what KRA answered for the PIN."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    pin = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    kra_name = fields.String(required=True, allow_none=True)
    archived_at = Instant(required=True, allow_none=True)


class CustomerQuery(PageQuery):
    """Which customers: whose name begins with `q`, or who has this PIN."""

    q = Words(LONGEST_SEARCH)
    pin = Pin()


EXAMPLE = {"name": "Otieno Hardware", "pin": "P051234567X", "phone": "0712345678", "email": "accounts@example.com"}


@blueprint.route("/customers", methods=["GET"], tags=["Customers"])
@requires(Permission.SEE_CATALOGUE)
@blueprint.arguments(CustomerQuery, location="query")
@blueprint.response(200, list_of(CustomerAnswer))
def list_customers(query: dict[str, Any]) -> Slice:
    """List customers, by name"""
    wanted = select(Customer).where(Customer.tenant_id == current_tenant_id(), Customer.archived_at.is_(None))
    if q := query.get("q"):
        begin = search_words(q)
        wanted = wanted.where(Customer.search_name >= begin, Customer.search_name < first_beyond(begin))
    if pin := query.get("pin"):
        wanted = wanted.where(Customer.pin == pin)
    return read_slice(wanted, (Customer.search_name, Customer.id), query["limit"], query.get("after"))


@blueprint.route("/customers", methods=["POST"], tags=["Customers"])
@requires(Permission.EDIT_CATALOGUE)
@blueprint.arguments(CustomerBody, example=EXAMPLE)
@blueprint.response(201, CustomerAnswer)
def add_customer(body: dict[str, Any]) -> Customer:
    """Add a customer"""
    try:
        return services.add_customer(current_actor(), NewCustomer(**body))
    except (PinTaken, OwnPin) as refusal:
        raise BadFields([("pin", refusal.sentence)]) from refusal
