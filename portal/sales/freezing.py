"""From what is asked for to the document that is frozen: every name, price and rate as it is now (RECEIPTS §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from portal.catalogue.models import Item
from portal.customers.models import Customer
from portal.devices.models import Device
from portal.errors import BadInput
from portal.fiscal.bands import Band, Rates
from portal.fiscal.document import ItemType, LineInput, Prices, price_document
from portal.fiscal.environment import Environment
from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import Buyer, DocumentLine, FiscalDocument, Operator, Seller
from portal.fiscal.labels import DocumentKind
from portal.fiscal.priced import PricedLine
from portal.identity.access import Actor
from portal.sales.book import price_in
from portal.sales.errors import VatUnsaid
from portal.sales.new_invoice import NewBuyer, NewInvoice, NewLine
from portal.sales.paying import payments_of
from portal.tenants.models import Branch, Tenant


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is issued and by whom."""

    business: Tenant
    branch: Branch
    device: Device
    actor: Actor


def freeze_sale(
    new: NewInvoice, place: Place, items: Mapping[UUID, Item], customer: Customer | None, rates: Rates
) -> FiscalDocument:
    """The sale as a value; raises BadInput with a sentence where it cannot be one."""
    chosen = [_item(items, line, number) for number, line in enumerate(new.lines, start=1)]
    try:
        inputs = [_line_input(line, item, new.prices, rates) for line, item in zip(new.lines, chosen, strict=True)]
        priced = price_document(inputs, rates, new.prices, new.discount_amount, new.discount_percent)
        return FiscalDocument(
            kind=DocumentKind.SALE,
            environment=Environment(place.device.environment),
            seller=seller_of(place),
            buyer=_buyer(new.buyer, customer),
            operator=operator_of(place.actor),
            lines=tuple(map(_line, chosen, priced.lines, [line.discount_reason for line in new.lines])),
            rates=rates,
            payments=payments_of(new.payments, priced.total_amount),
            prices=new.prices,
            due_on=new.due_on,
            reference=new.reference,
            customer_note=new.customer_note,
        )
    except FiscalError as error:
        raise BadInput(error.sentence) from error


def seller_of(place: Place) -> Seller:
    """The business and branch as they are now; raises VatUnsaid before the business has said what it is."""
    business, branch = place.business, place.branch
    if business.vat_registered is None:
        raise VatUnsaid
    return Seller(
        pin=business.kra_pin,
        name=business.printed_name,
        branch_code=branch.code,
        branch_name=branch.name,
        vat_registered=business.vat_registered,
        trade_name=branch.trade_name,
        address=branch.address,
        phone=branch.phone or business.phone,
        top_message=branch.top_message,
        bottom_message=branch.bottom_message,
    )


def operator_of(actor: Actor) -> Operator:
    """The person as KRA is told: a short id and the name."""
    return Operator(id=actor.person_id.hex[:20], name=actor.name[:60])


def _item(items: Mapping[UUID, Item], line: NewLine, number: int) -> Item:
    if line.item_id not in items:
        raise BadInput(_("Line %(number)s: this item is not in your list any more. Choose another one.", number=number))
    return items[line.item_id]


def _line_input(line: NewLine, item: Item, prices: Prices, rates: Rates) -> LineInput:
    return LineInput(
        band=Band(item.band),
        quantity=line.quantity,
        price=price_in(item, prices, rates) if line.price is None else line.price,
        discount_percent=line.discount_percent,
        discount_amount=line.discount_amount,
    )


def _line(item: Item, priced: PricedLine, discount_reason: str | None) -> DocumentLine:
    return DocumentLine(
        item_id=str(item.id),
        name=item.name,
        class_code=item.class_code,
        item_type=ItemType(item.item_type),
        package_unit=item.package_unit,
        quantity_unit=item.quantity_unit,
        barcode=item.barcode,
        priced=priced,
        discount_reason=discount_reason,
    )


def _buyer(new: NewBuyer, customer: Customer | None) -> Buyer:
    """What was typed goes before what is known of the customer."""
    if customer is None:
        return Buyer(name=new.name or "", pin=new.pin, phone=new.phone, email=new.email)
    return Buyer(
        name=new.name or customer.name,
        pin=new.pin or customer.pin,
        phone=new.phone or customer.phone,
        email=new.email or customer.email,
        address=customer.address,
    )
