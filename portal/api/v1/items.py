"""Items: what a business sells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select

from portal.api.v1.blueprint import blueprint
from portal.api.v1.branches import branch_named
from portal.api.v1.errors import BadFields
from portal.api.v1.fields import Body, Instant, Money, Quantity, StockQuantity, Words, chosen
from portal.api.v1.paging import PageQuery, read_slice
from portal.api.v1.problems import KraProblem, problem_of
from portal.api.v1.shapes import list_of
from portal.catalogue import choices, classes, queries, services
from portal.catalogue.errors import SkuTaken
from portal.catalogue.forms import LONGEST_BARCODE, LONGEST_NAME, LONGEST_SKU
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem, OpeningStock
from portal.errors import BadInput
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType, Prices
from portal.fiscal.money import decimals_of
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.columns import search_words
from portal.infra.db import db
from portal.infra.listing import LONGEST_SEARCH, first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.stock.levels import free
from portal.stock.models import StockLevel
from portal.submissions.models import Submission
from portal.tenants.models import Branch

EXAMPLE = {
    "code": "RICE-2KG",
    "name": "Pishori rice 2 kg",
    "class": "1010150000",
    "type": "goods",
    "band": "B",
    "unit": "NO",
    "package": "NT",
    "price": "450.00",
    "opening_stock": "40",
}
TYPES = {"goods": ItemType.FINISHED, "service": ItemType.SERVICE}


class InlineItem(Body):
    """An item as a till knows it; with a `code` that the business has already it is that item, and the rest is not looked at."""

    code = Words(LONGEST_SKU, allow_none=True, metadata={"description": "Your own code (SKU)"})
    name = Words(LONGEST_NAME, required=True)
    item_class = Words(10, data_key="class", required=True, metadata={"pattern": "^[0-9]{8,10}$", "examples": ["1010150000"]})
    type = chosen(*TYPES, required=True)
    band = chosen(*Band, required=True)
    unit = Words(2, load_default=choices.DEFAULT_UNIT, metadata={"examples": ["NO"]})
    package = Words(2, load_default=choices.DEFAULT_PACKAGE, metadata={"examples": ["NT"]})
    barcode = Words(LONGEST_BARCODE, allow_none=True)
    origin = Words(2, load_default=choices.HOME_COUNTRY)
    opening_stock = StockQuantity(allow_none=True, metadata={"description": "How many there are now, for goods"})


class NewItemBody(InlineItem):
    """An item to add; KRA is told of it by itself."""

    price = Money(required=True)
    prices = chosen(*Prices, load_default=Prices.INCLUSIVE.value)
    branch = Words(36, metadata={"description": "Where the opening stock is: the branch's two digits"})


class ItemAnswer(Body):
    """An item; `kra_code` is KRA's, there once the item was sent; `stock` is what can still be sold at all branches."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    item_class = fields.String(required=True, data_key="class")
    type = fields.String(required=True, metadata={"enum": list(TYPES)})
    band = fields.String(required=True)
    unit = fields.String(required=True)
    package = fields.String(required=True)
    origin = fields.String(required=True)
    barcode = fields.String(required=True, allow_none=True)
    price = Money(required=True)
    prices = fields.String(required=True)
    kra_code = fields.String(required=True, allow_none=True)
    registered_at = Instant(required=True, allow_none=True)
    problem = fields.Nested(KraProblem, required=True, allow_none=True)
    stock = fields.Dict(keys=fields.String(), values=Quantity(), required=True, allow_none=True)


class ItemQuery(PageQuery):
    """Which items: whose name begins with `q`, or which has this code or barcode."""

    q = Words(LONGEST_SEARCH)
    code = Words(LONGEST_SKU)
    barcode = Words(LONGEST_BARCODE)
    archived = fields.Boolean(load_default=False)


@blueprint.route("/items", methods=["GET"], tags=["Items"])
@requires(Permission.SEE_CATALOGUE)
@blueprint.arguments(ItemQuery, location="query")
@blueprint.response(200, list_of(ItemAnswer))
def list_items(query: dict[str, Any]) -> dict[str, Any]:
    """List items, by name"""
    wanted = queries.of_business(query["archived"])
    if q := query.get("q"):
        begin = search_words(q)
        wanted = wanted.where(Item.search_name >= begin, Item.search_name < first_beyond(begin))
    if code := query.get("code"):
        wanted = wanted.where(Item.sku == code)
    if barcode := query.get("barcode"):
        wanted = wanted.where(Item.barcode == barcode)
    found = read_slice(wanted, (Item.search_name, Item.id), query["limit"], query.get("after"))
    return {"items": _all_shown(found.items), "next": found.next}


@blueprint.route("/items", methods=["POST"], tags=["Items"])
@requires(Permission.EDIT_CATALOGUE)
@blueprint.arguments(NewItemBody, example=EXAMPLE)
@blueprint.response(201, ItemAnswer)
def add_item(body: dict[str, Any]) -> dict[str, Any]:
    """Add an item

    It is registered with KRA by itself, before the first sale that uses it; `opening_stock` is booked the same way.
    """
    where = branch_named(body.get("branch")).id if body.get("opening_stock") else None
    try:
        item = made(body, body["price"], Prices(body["prices"]), where, uuid4())
    except SkuTaken as refusal:
        raise BadFields([("code", refusal.sentence)]) from refusal
    return _all_shown([item])[0]


def made(body: Mapping[str, Any], price: Decimal, prices: Prices, branch_id: UUID | None, item_id: UUID, at: str = "") -> Item:
    """A new item from its body, in an act of its own; the same `item_id` twice makes one. Raises BadFields or SkuTaken."""
    new = _new_item(body, price, prices, item_id, at)
    opening = _opening(body, branch_id, at) if new.item_type.is_goods else None
    try:
        return services.add_item(current_actor(), new, opening)
    except SkuTaken:
        raise
    except BadInput as refusal:
        raise BadFields([(f"{at}{refusal.field or 'price'}", refusal.sentence)]) from refusal


def check(body: Mapping[str, Any], at: str = "") -> None:
    """Raise BadFields where KRA or the business's VAT registration does not let the item be; `at` is where it stands."""
    offered = choices.offered()
    wrong = []
    if body["band"] not in dict(offered.bands):
        wrong.append(("band", _("This business is not registered for VAT, so it charges none: use another band.")))
    if classes.usable_class(body["item_class"]) is None:
        wrong.append(("class", _class_sentence()))
    known = {"unit": offered.units, "package": offered.packages, "origin": offered.countries}
    wrong += [(name, _not_in_list(name)) for name, pairs in known.items() if body[name] not in dict(pairs)]
    if wrong:
        raise BadFields([(f"{at}{name}", sentence) for name, sentence in wrong])


def with_code(code: str) -> Item | None:
    """The item that has this code already, archived or not."""
    wanted = select(Item).where(Item.tenant_id == current_tenant_id(), Item.sku == code)
    return db.session.execute(wanted).scalar_one_or_none()


def check_decimals(quantity: Decimal, at: str) -> None:
    """Raise BadFields for a quantity finer than this deployment's control units take."""
    most: int = current_app.extensions["settings"].kra_quantity_decimals
    if decimals_of(quantity) > most:
        raise BadFields([(at, _("A quantity has at most %(most)s decimals here.", most=most))])


def _new_item(body: Mapping[str, Any], price: Decimal, prices: Prices, item_id: UUID, at: str) -> NewItem:
    check(body, at)
    return NewItem(
        id=item_id,
        name=body["name"],
        class_code=body["item_class"],
        item_type=TYPES[body["type"]],
        band=Band(body["band"]),
        price=price,
        prices=prices,
        package_unit=body["package"],
        quantity_unit=body["unit"],
        origin=body["origin"],
        sku=body.get("code"),
        barcode=body.get("barcode"),
    )


def _opening(body: Mapping[str, Any], branch_id: UUID | None, at: str) -> OpeningStock | None:
    quantity = body.get("opening_stock")
    if not quantity or branch_id is None:
        return None
    check_decimals(quantity, f"{at}opening_stock")
    return OpeningStock(branch_id, quantity)


def _class_sentence() -> str:
    if not classes.any_class():
        return _("KRA's list of classes has not come yet. It comes with the set-up of your control unit.")
    return _("KRA has no such class for goods or services. Look it up in the portal, under Items.")


def _not_in_list(name: str) -> str:
    return {
        "unit": _("This is no unit of KRA's list, like NO or KG."),
        "package": _("This is no packaging of KRA's list, like NT or CT."),
        "origin": _("This is no country of KRA's list, like KE."),
    }[name]


def _all_shown(items: Sequence[Item]) -> list[dict[str, Any]]:
    told = queries.registrations([item.id for item in items])
    there = _stock_of([item.id for item in items if item.is_goods])
    return [_shown(item, told.get(item.id), there.get(item.id)) for item in items]


def _shown(item: Item, told: Submission | None, there: dict[str, Decimal] | None) -> dict[str, Any]:
    columns = ("id", "name", "band", "origin", "barcode", "price", "prices", "registered_at")
    return {name: getattr(item, name) for name in columns} | {
        "code": item.sku,
        "item_class": item.class_code,
        "type": "goods" if item.is_goods else "service",
        "unit": item.quantity_unit,
        "package": item.package_unit,
        "kra_code": item.kra_code,
        "problem": problem_of(told),
        "stock": there,
    }


def _stock_of(item_ids: Sequence[UUID]) -> dict[UUID, dict[str, Decimal]]:
    """What can still be sold of each of these goods, by the code of the branch; 0 nowhere is `{}`."""
    there: dict[UUID, dict[str, Decimal]] = {item_id: {} for item_id in item_ids}
    wanted = (
        select(StockLevel, Branch.code)
        .join(Branch, (Branch.tenant_id == StockLevel.tenant_id) & (Branch.id == StockLevel.branch_id))
        .where(StockLevel.tenant_id == current_tenant_id(), StockLevel.item_id.in_(item_ids))
    )
    for level, code in db.session.execute(wanted.order_by(Branch.code)):
        there[level.item_id][code] = free(level)
    return there
