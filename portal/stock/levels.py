"""How much a branch has of its items: read, reserved, released and moved, each inside the caller's act.

Rows are always locked in the order of item ids, so that two tills with the same items never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from portal.catalogue import queries as catalogue
from portal.fiscal.money import plain
from portal.fiscal.stock import Shortage
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.stock.errors import NotEnoughStock
from portal.stock.models import StockLevel

log = structlog.get_logger()
NOTHING = Decimal(0)
Quantities = Mapping[UUID, Decimal]


def levels(branch_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, StockLevel]:
    """The level of each item that ever had one at this branch."""
    wanted = select(StockLevel).where(*_of(branch_id), StockLevel.item_id.in_(set(item_ids)))
    wanted = wanted.execution_options(populate_existing=True)
    return {level.item_id: level for level in db.session.execute(wanted).scalars()}


def available(branch_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What can still be sold of each item: on hand less what issued documents wait for; a service is left out."""
    if not item_ids:
        return {}
    known = levels(branch_id, item_ids)
    goods = [item.id for item in catalogue.items(item_ids).values() if item.is_goods]
    return {item_id: free(known.get(item_id)) for item_id in goods}


def free(level: StockLevel | None) -> Decimal:
    """What nobody has been promised yet."""
    return plain(level.on_hand - level.reserved) if level is not None else NOTHING


def kra_levels(branch_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What KRA believes is there: the sum of the movements it has accepted (kra/PROTOCOL §7.7)."""
    known = levels(branch_id, item_ids)
    return {item_id: plain(known[item_id].kra_level) if item_id in known else NOTHING for item_id in item_ids}


def reserve(branch_id: UUID, wanted: Quantities) -> None:
    """Promise these quantities to a document being issued; raises NotEnoughStock and promises nothing. Services need none."""
    if not wanted:
        return
    items = catalogue.items(wanted)
    goods = {item_id: quantity for item_id, quantity in wanted.items() if item_id in items and items[item_id].is_goods}
    known = _locked(branch_id, goods)
    short = [
        Shortage(str(item_id), items[item_id].name, free(known.get(item_id)), quantity)
        for item_id, quantity in goods.items()
        if quantity > free(known.get(item_id))
    ]
    if short:
        raise NotEnoughStock(short)
    for item_id, quantity in sorted(goods.items()):
        _change(branch_id, item_id, reserved=StockLevel.reserved + quantity)


def release(branch_id: UUID, promised: Quantities) -> None:
    """Take a promise back: the document was voided before KRA signed it."""
    _locked(branch_id, promised)
    for item_id, quantity in sorted(promised.items()):
        _change(branch_id, item_id, reserved=func.greatest(StockLevel.reserved - quantity, 0))


def take_sold(branch_id: UUID, sold: Quantities) -> None:
    """Take out what a signed sale had reserved. A signature is a fact: it never fails, a gap is logged and levels stop at 0."""
    known = _locked(branch_id, sold)
    for item_id, quantity in sorted(sold.items()):
        level = known.get(item_id)
        if level is None or level.reserved < quantity:
            log.error("sold_without_reservation", branch_id=str(branch_id), item_id=str(item_id))
        on_hand = func.greatest(StockLevel.on_hand - quantity, 0)
        kept = func.greatest(StockLevel.reserved - quantity, 0)
        _change(branch_id, item_id, on_hand=on_hand, reserved=func.least(kept, on_hand))


def put(branch_id: UUID, added: Quantities) -> None:
    """Add to what is on hand."""
    for item_id, quantity in sorted(added.items()):
        _add(branch_id, item_id, "on_hand", quantity)


def kra_took(branch_id: UUID, signed: Quantities) -> None:
    """KRA has accepted a movement: what it believes is there changes by these signed quantities."""
    for item_id, quantity in sorted(signed.items()):
        _add(branch_id, item_id, "kra_level", quantity)


def take_free(branch_id: UUID, taken: Quantities) -> None:
    """Take out what nobody was promised; raises NotEnoughStock."""
    known, items = _locked(branch_id, taken), catalogue.items(taken)
    for item_id, quantity in sorted(taken.items()):
        there = free(known.get(item_id))
        if quantity > there:
            raise NotEnoughStock([Shortage(str(item_id), items[item_id].name, there, quantity)])
        _change(branch_id, item_id, on_hand=StockLevel.on_hand - quantity)


def locked_level(branch_id: UUID, item_id: UUID) -> StockLevel | None:
    """The level of one item, locked until the act ends."""
    return _locked(branch_id, [item_id]).get(item_id)


def _locked(branch_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, StockLevel]:
    wanted = select(StockLevel).where(*_of(branch_id), StockLevel.item_id.in_(set(item_ids)))
    in_order = wanted.order_by(StockLevel.item_id).with_for_update().execution_options(populate_existing=True)
    return {level.item_id: level for level in db.session.execute(in_order).scalars()}


def _change(branch_id: UUID, item_id: UUID, **values: object) -> None:
    change = update(StockLevel).where(*_of(branch_id), StockLevel.item_id == item_id).values(**values)
    db.session.execute(change.execution_options(synchronize_session="fetch"))


def _add(branch_id: UUID, item_id: UUID, column: str, quantity: Decimal) -> None:
    """Add to one figure of a level, which begins at 0."""
    key = {"tenant_id": current_tenant_id(), "branch_id": branch_id, "item_id": item_id}
    row = insert(StockLevel).values({**key, column: quantity})
    more = {column: getattr(StockLevel, column) + row.excluded[column]}
    db.session.execute(row.on_conflict_do_update(index_elements=list(key), set_=more))


def _of(branch_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return StockLevel.tenant_id == current_tenant_id(), StockLevel.branch_id == branch_id
