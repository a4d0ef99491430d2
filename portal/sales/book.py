"""What the ids and words of the invoice form mean: items, customers and rates, each looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from flask import current_app
from sqlalchemy import or_, select

from portal.catalogue.models import Item
from portal.codelists.queries import rates_now
from portal.customers.models import Customer
from portal.fiscal.bands import Band, Rates
from portal.fiscal.document import Prices
from portal.fiscal.money import HUNDRED, format_money, share
from portal.fiscal.tax import inclusive_price
from portal.infra.columns import search_words
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.sales.reading import Book
from portal.sales.typed import TypedInvoice, TypedLine
from portal.stock import services as stock
from portal.tenants import queries as tenants
from portal.tenants.models import Branch

MOST_SUGGESTED = 10


def book_for(typed: TypedInvoice, *, moves_stock: bool = True) -> Book:
    """Everything that is needed to read this form; practice and proforma take nothing from the shelf."""
    business = tenants.this_business()
    branch = branch_of(typed, tenants.open_branches())
    items = items_by_id(UUID(line.item_id) for line in typed.lines if line.item_id)
    return Book(
        items={str(item.id): item for item in items},
        customer=customer_by_id(UUID(typed.buyer_id)) if typed.buyer_id else None,
        branch_id=branch.id,
        available=stock.available(branch.id, [item.id for item in items if item.is_goods]),
        rates=rates_now(),
        seller_pin=business.kra_pin,
        vat_registered=business.vat_registered is not False,
        quantity_decimals=current_app.extensions["settings"].kra_quantity_decimals,
        training=branch.training,
        counts_stock=moves_stock and not branch.training,
    )


def branch_of(typed: TypedInvoice, branches: Sequence[Branch]) -> Branch:
    """The branch that sells: the chosen one while it is open, else the first."""
    return next((branch for branch in branches if str(branch.id) == typed.branch_id), branches[0])


def items_by_id(item_ids: Iterable[UUID]) -> Sequence[Item]:
    """The items that are still sold, of these ids."""
    return (
        db.session.execute(
            select(Item).where(Item.tenant_id == current_tenant_id(), Item.id.in_(set(item_ids)), Item.archived_at.is_(None))
        )
        .scalars()
        .all()
    )


def customer_by_id(customer_id: UUID) -> Customer | None:
    """A customer of this business, unless archived."""
    found = db.session.get(Customer, (current_tenant_id(), customer_id))
    return found if found is not None and found.archived_at is None else None


def with_words_resolved(typed: TypedInvoice) -> TypedInvoice:
    """The form with each item and customer picked whose whole name, barcode, SKU or PIN was typed."""
    typed = replace(typed, lines=_with_items(typed))
    chosen = customer_by_id(UUID(typed.buyer_id)) if typed.buyer_id else None
    if chosen is not None and typed.buyer:
        return typed if chosen.name == typed.buyer else replace(typed, buyer_id="")
    customer = chosen or (_customer_named(typed.buyer) if typed.buyer else None)
    return typed if customer is None else with_customer(typed, customer)


def with_customer(typed: TypedInvoice, customer: Customer) -> TypedInvoice:
    """The form with this customer picked and what is known of them filled in."""
    return replace(
        typed,
        buyer=customer.name,
        buyer_id=str(customer.id),
        pin=customer.pin or "",
        phone=customer.phone or "",
        email=customer.email or "",
    )


def with_item(line: TypedLine, item: Item, prices: Prices, rates: Rates) -> TypedLine:
    """The line with this item picked: its price as the document types prices, one piece unless told otherwise."""
    price = format_money(price_in(item, prices, rates))
    return replace(line, item=item.name, item_id=str(item.id), price=price, quantity=line.quantity or "1")


def price_in(item: Item, prices: Prices, rates: Rates) -> Decimal:
    """The item's unit price with or without VAT, as the document wants it."""
    rate = rates[Band(item.band)]
    if item.prices == prices.value:
        return item.price
    if prices is Prices.INCLUSIVE:
        return inclusive_price(item.price, rate)
    return share(item.price, HUNDRED, HUNDRED + rate)


def _with_items(typed: TypedInvoice) -> tuple[TypedLine, ...]:
    """The lines with their items: one that had its item stays as it was typed, a newly found one brings its price."""
    prices, rates = Prices(typed.prices), rates_now()
    picked = {str(item.id): item for item in items_by_id(UUID(line.item_id) for line in typed.lines if line.item_id)}
    named = _items_named([line.item for line in typed.lines if line.item and not _is_picked(line, picked)])
    lines = []
    for line in typed.lines:
        item = picked.get(line.item_id)
        # Without JavaScript the id of what was picked before stays when other words are typed over it: the words count.
        if item is not None and line.item and line.item != item.name:
            line, item = replace(line, item_id=""), None
        if item is not None and line.item:
            lines.append(line)
            continue
        found = item or named.get(search_words(line.item))
        lines.append(line if found is None else with_item(line, found, prices, rates))
    return tuple(lines)


def _is_picked(line: TypedLine, picked: Mapping[str, Item]) -> bool:
    return line.item_id in picked and picked[line.item_id].name == line.item


def _items_named(words: Sequence[str]) -> dict[str, Item]:
    """The one item of each of these names, barcodes or SKUs, by the words as they are searched."""
    if not words:
        return {}
    plain = {word: search_words(word) for word in words}
    found = db.session.execute(
        select(Item).where(
            Item.tenant_id == current_tenant_id(),
            Item.archived_at.is_(None),
            or_(Item.search_name.in_(set(plain.values())), Item.barcode.in_(set(words)), Item.sku.in_(set(words))),
        )
    ).scalars()
    named: dict[str, list[Item]] = {}
    for item in found:
        for key in {item.search_name, search_words(item.barcode or ""), search_words(item.sku or "")} - {""}:
            named.setdefault(key, []).append(item)
    return {key: items[0] for key, items in named.items() if len(items) == 1}


def _customer_named(words: str) -> Customer | None:
    found = (
        db.session.execute(
            select(Customer)
            .where(
                Customer.tenant_id == current_tenant_id(),
                Customer.archived_at.is_(None),
                or_(Customer.search_name == search_words(words), Customer.pin == words.upper()),
            )
            .limit(2)
        )
        .scalars()
        .all()
    )
    return found[0] if len(found) == 1 else None
