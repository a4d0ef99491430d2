"""From the lines of a request to items and prices; nothing is written before everything has been looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from flask_babel import gettext as _

from portal.api.v1 import items as item_resource
from portal.api.v1 import tax
from portal.api.v1.errors import BadFields, MissingScope, NoSuchThing
from portal.catalogue import queries as catalogue
from portal.catalogue.errors import SkuTaken
from portal.catalogue.models import Item
from portal.codelists.queries import rates_now
from portal.errors import BadInput
from portal.fiscal.bands import Rates
from portal.fiscal.document import PricedDocument, Prices
from portal.fiscal.money import ZERO
from portal.identity.access import Actor
from portal.identity.permissions import Permission
from portal.infra.tenancy import current_tenant_id
from portal.sales.book import price_in
from portal.sales.new_invoice import NewLine
from portal.stock import services as stock

TOP_UP_NOTE = "Sold by a program that keeps the stock"


@dataclass(slots=True)
class Entry:
    """One line: what was sent, and the item once it is known; a new one is made at the end."""

    at: str
    line: Mapping[str, Any]
    price: Decimal
    item: Item | None = None
    inline: Mapping[str, Any] | None = None

    @property
    def band(self) -> str:
        return self.item.band if self.item is not None else str((self.inline or {})["band"])

    @property
    def keeps_stock_itself(self) -> bool:
        """Whether the caller counts these goods: an item given inline, without saying how many there are."""
        return self.inline is not None and self.inline.get("opening_stock") is None


@dataclass(slots=True)
class Basket:
    """The lines of one invoice of one branch."""

    actor: Actor
    branch_id: UUID
    prices: Prices
    entries: list[Entry]
    priced: PricedDocument

    @classmethod
    def read(cls, actor: Actor, body: Mapping[str, Any], branch_id: UUID) -> Basket:
        """The lines looked up and priced; raises BadFields, NoSuchThing or MissingScope naming the line."""
        prices, rates = Prices(body["prices"]), rates_now()
        known = catalogue.items([line["item"] for line in body["lines"] if isinstance(line["item"], UUID)])
        entries = [_entry(number, line, known, prices, rates) for number, line in enumerate(body["lines"])]
        for entry in entries:
            item_resource.check_decimals(entry.line["quantity"], f"{entry.at}.quantity")
            if entry.item is None and entry.inline is not None:
                _check_new(actor, entry)
        lines = [{**entry.line, "band": entry.band, "price": entry.price} for entry in entries]
        return cls(actor, branch_id, prices, entries, tax.priced({**body, "lines": lines}, rates))

    def make_items(self, key: str) -> None:
        """Add the items that are new; a repeat of the request adds none twice."""
        for number, entry in enumerate(self.entries):
            if entry.item is None and entry.inline is not None:
                entry.item = self._made(entry, entry.inline, uuid5(current_tenant_id(), f"{key}/item/{number}"))

    @property
    def kept_by_caller(self) -> dict[UUID, Decimal]:
        """How much is sold of the goods that the caller counts."""
        wanted: dict[UUID, Decimal] = {}
        for entry in self.entries:
            if entry.item is not None and entry.item.is_goods and entry.keeps_stock_itself:
                wanted[entry.item.id] = wanted.get(entry.item.id, ZERO) + entry.line["quantity"]
        return wanted

    def stock_up(self, key: str) -> None:
        """Book in what is missing of goods whose stock the caller keeps: they were there to be sold."""
        wanted = self.kept_by_caller
        there = stock.available(self.branch_id, list(wanted)) if wanted else {}
        missing = {item_id: quantity - there[item_id] for item_id, quantity in wanted.items() if quantity > there[item_id]}
        for item_id, quantity in sorted(missing.items()):
            self._book(item_id, quantity, key)

    def new_lines(self) -> tuple[NewLine, ...]:
        """The lines as sales wants them."""
        return tuple(_new_line(entry) for entry in self.entries)

    def place_of(self, item_id: str) -> str:
        """Where an item stands in the request."""
        return next((entry.at for entry in self.entries if entry.item is not None and str(entry.item.id) == item_id), "lines")

    def _made(self, entry: Entry, inline: Mapping[str, Any], item_id: UUID) -> Item:
        code = inline.get("code")
        earlier = item_resource.with_code(code) if code else None
        if earlier is not None:
            return earlier
        try:
            return item_resource.made(inline, entry.price, self.prices, self.branch_id, item_id, f"{entry.at}.item.")
        except SkuTaken:
            found = item_resource.with_code(str(code))
            assert found is not None, "another till has just added it"
            return found

    def _book(self, item_id: UUID, missing: Decimal, key: str) -> None:
        movement = uuid5(current_tenant_id(), f"{key}/stock/{item_id}/{missing}")
        try:
            stock.add_stock(self.actor, self.branch_id, item_id, missing, TOP_UP_NOTE, movement)
        except BadInput as refusal:
            raise BadFields([(f"{self.place_of(str(item_id))}.price", refusal.sentence)]) from refusal


def _entry(number: int, line: Mapping[str, Any], known: Mapping[UUID, Item], prices: Prices, rates: Rates) -> Entry:
    at, sent = f"lines[{number}]", line["item"]
    inline = None if isinstance(sent, UUID) else sent
    if inline is None:
        item = known.get(sent)
        if item is None:
            raise NoSuchThing(f"{at}.item", _("This business has no such item."))
    else:
        item = item_resource.with_code(inline["code"]) if inline.get("code") else None
    if item is not None and item.archived_at is not None:
        raise BadFields([(f"{at}.item", _("This item is archived. Restore it first, or sell another one."))])
    price = line.get("price")
    if price is None:
        if item is None:
            raise BadFields([(f"{at}.price", _("A new item needs its price."))])
        price = price_in(item, prices, rates)
    return Entry(at, line, price, item, inline)


def _check_new(actor: Actor, entry: Entry) -> None:
    assert entry.inline is not None
    if not actor.may(Permission.EDIT_CATALOGUE):
        raise MissingScope(f"{entry.at}.item", _("This token may not add items: it lacks the scope catalogue:write."))
    item_resource.check(entry.inline, f"{entry.at}.item.")


def _new_line(entry: Entry) -> NewLine:
    assert entry.item is not None
    amount, percent = tax.one_discount(entry.line, f"{entry.at}.")
    return NewLine(
        item_id=entry.item.id,
        quantity=entry.line["quantity"],
        price=entry.price,
        discount_amount=amount,
        discount_percent=percent,
    )

