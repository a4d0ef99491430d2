"""From the body of a request to the sale that the same service issues for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.api.v1 import tax
from portal.api.v1.basket import Basket
from portal.api.v1.branches import branch_named
from portal.api.v1.errors import BadFields, NoSuchThing
from portal.customers.models import Customer
from portal.devices import services as devices
from portal.errors import BadInput
from portal.fiscal.document import PricedDocument
from portal.fiscal.payments import PaymentMethod
from portal.identity.access import Actor
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales.errors import VatUnsaid
from portal.sales.issuing import IssuedDocument
from portal.sales.new_invoice import CASH, NewBuyer, NewInvoice, NewPayment
from portal.sales.paying import payments_of
from portal.sales.services import issue_invoice
from portal.stock.errors import NotEnoughStock
from portal.tenants.queries import this_business

TRIES = 8


def sell(actor: Actor, body: Mapping[str, Any], key: str, asked: bytes) -> IssuedDocument:
    """Issue what a body asks for; everything in it is looked at before anything is written."""
    branch = branch_named(body.get("branch"))
    if this_business().vat_registered is None:
        raise VatUnsaid
    devices.require_open(branch.id)
    buyer = _buyer(body.get("customer") or {})
    basket = Basket.read(actor, body, branch.id)
    payments = _payments(body.get("payments") or [], basket.priced)
    amount, percent = tax.one_discount(body, "")
    basket.make_items(key)
    new = NewInvoice(
        branch_id=branch.id,
        idempotency_key=key,
        lines=basket.new_lines(),
        prices=basket.prices,
        buyer=buyer,
        payments=payments,
        discount_amount=amount,
        discount_percent=percent,
        external_id=body.get("external_id"),
        request_sha256=asked,
    )
    return _issue(actor, new, basket, key)


def _issue(actor: Actor, new: NewInvoice, basket: Basket, key: str) -> IssuedDocument:
    """Issue it; what was booked in for it may be sold by another till meanwhile, and is then booked in again."""
    for number in range(TRIES):
        basket.stock_up(f"{key}/{number}")
        try:
            return issue_invoice(actor, new)
        except NotEnoughStock as refusal:
            ours = {str(item_id) for item_id in basket.kept_by_caller}
            if number + 1 == TRIES or any(short.item_id not in ours for short in refusal.shortages):
                places = [(f"{basket.place_of(short.item_id)}.quantity", short.sentence) for short in refusal.shortages]
                raise BadFields(places, refusal.sentence) from refusal
    raise AssertionError("the last try returns or raises")


def _buyer(sent: Mapping[str, Any]) -> NewBuyer:
    customer = _customer(sent["id"]) if sent.get("id") else None
    pin, name = sent.get("pin"), sent.get("name")
    if pin and pin == this_business().kra_pin:
        raise BadFields([("customer.pin", _("This is the PIN of your own business. Send the buyer's."))])
    if pin and not name and customer is None:
        raise BadFields([("customer.name", _("KRA wants the buyer's name beside a PIN."))])
    return NewBuyer(
        customer_id=customer.id if customer else None, name=name, pin=pin, phone=sent.get("phone"), email=sent.get("email")
    )


def _customer(customer_id: UUID) -> Customer:
    found = db.session.get(Customer, (current_tenant_id(), customer_id))
    if found is None:
        raise NoSuchThing("customer.id", _("This business has no such customer."))
    if found.archived_at is not None:
        raise BadFields([("customer.id", _("This customer is archived. Restore them first."))])
    return found


def _payments(sent: list[Mapping[str, Any]], priced: PricedDocument) -> tuple[NewPayment, ...]:
    """The payments; raises BadFields unless they make up the total, to which one without an amount adds the rest."""
    if not sent:
        return CASH
    found = tuple(
        NewPayment(method=PaymentMethod(one["method"]), amount=one.get("amount"), reference=one.get("reference"))
        for one in sent
    )
    try:
        payments_of(found, priced.total_amount)
    except BadInput as refusal:
        raise BadFields([("payments", refusal.sentence)]) from refusal
    return found
