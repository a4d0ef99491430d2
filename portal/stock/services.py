"""Stock is added and counted by people, sold and brought back by signed documents; KRA is told of every movement by itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from portal.audit import services as audit
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Item
from portal.catalogue.values import OpeningStock
from portal.errors import BadInput
from portal.fiscal.frozen import DocumentLine
from portal.fiscal.money import format_quantity
from portal.fiscal.stock import MovementType, count_difference
from portal.identity.access import Actor
from portal.infra.db import transaction
from portal.stock import booking, levels
from portal.stock.booking import Moved, Movement
from portal.stock.errors import CountedTooLate, NothingToBook
from portal.stock.levels import available, release, reserve
from portal.stock.queries import pending_for
from portal.tenants.queries import branch

__all__ = [
    "add_stock",
    "available",
    "book_opening",
    "book_return",
    "book_sale",
    "count_stock",
    "pending_for",
    "release",
    "reserve",
]


def add_stock(
    actor: Actor, branch_id: UUID, item_id: UUID, quantity: Decimal, note: str | None = None, movement_id: UUID | None = None
) -> None:
    """Put goods on the shelf of a branch and tell KRA (type 06); the same `movement_id` twice books once. Raises BadInput."""
    with transaction():
        item = _goods(item_id)
        _adjust(actor, branch_id, item, MovementType.ADJUSTMENT_IN, quantity, note, movement_id)


def count_stock(
    actor: Actor,
    branch_id: UUID,
    item_id: UUID,
    counted: Decimal,
    *,
    seen: Decimal | None = None,
    note: str | None = None,
    movement_id: UUID | None = None,
) -> None:
    """Bring the record to what was counted on the shelf, without what issued invoices wait for (type 06 or 16).

    `seen` is what the page showed: raises CountedTooLate when that has changed, NothingToBook when the count agrees.
    """
    with transaction():
        item = _goods(item_id)
        there = levels.free(levels.locked_level(branch_id, item_id))
        if seen is not None and seen != there:
            raise CountedTooLate
        difference = count_difference(there, counted)
        if difference is None:
            raise NothingToBook
        _adjust(actor, branch_id, item, difference.type, difference.quantity, note, movement_id)


def book_opening(actor: Actor, item: Item, opening: OpeningStock) -> None:
    """Book, inside the open act, what was there of a new item on its first day."""
    _adjust(actor, opening.branch_id, item, MovementType.ADJUSTMENT_IN, opening.quantity, "Opening stock", None)


def book_sale(
    branch_id: UUID, document_id: UUID, lines: Sequence[DocumentLine], sale_submission_id: UUID, by: str = "Risiti"
) -> None:
    """Take what a signed sale sold out of stock and tell KRA after it (type 11), inside the open act; services move nothing."""
    movement = Movement(
        branch_id=branch_id, type=MovementType.SALE, lines=_goods_of(lines), by=by, document_id=document_id
    )
    if movement.lines and (movement_id := booking.write_down(movement)):
        levels.take_sold(branch_id, movement.quantities)
        booking.tell_kra(movement_id, movement, [sale_submission_id])


def book_return(
    branch_id: UUID, document_id: UUID, lines: Sequence[DocumentLine], note_submission_id: UUID, by: str = "Risiti"
) -> None:
    """Bring the goods of a signed credit note back and tell KRA after it (type 03), inside the open act."""
    movement = Movement(
        branch_id=branch_id, type=MovementType.RETURN_FROM_BUYER, lines=_goods_of(lines), by=by, document_id=document_id
    )
    if movement.lines and (movement_id := booking.write_down(movement)):
        levels.put(branch_id, movement.quantities)
        booking.tell_kra(movement_id, movement, [note_submission_id])


def _adjust(
    actor: Actor,
    branch_id: UUID,
    item: Item,
    kind: MovementType,
    quantity: Decimal,
    note: str | None,
    movement_id: UUID | None,
) -> None:
    """Book one item in or out by hand, inside the open act."""
    branch(branch_id)
    movement = Movement(
        branch_id=branch_id, type=kind, lines=[booking.worth(item, quantity)], by=actor.name, note=note, id=movement_id
    )
    booked = booking.write_down(movement)
    if booked is None:
        return
    if kind.is_incoming:
        levels.put(branch_id, movement.quantities)
    else:
        levels.take_free(branch_id, movement.quantities)
    booking.tell_kra(booked, movement, booking.open_registrations([item.id]))
    what = f"{kind.caption.lower()}: {format_quantity(quantity)}"
    audit.record(actor.name, "stock booked", f"{item.name}: {what}", branch_id=branch_id, note=note)


def _goods(item_id: UUID) -> Item:
    item = catalogue.item(item_id)
    if not item.is_goods:
        raise BadInput("A service has no stock.")
    return item


def _goods_of(lines: Sequence[DocumentLine]) -> list[Moved]:
    return [Moved(UUID(line.item_id), line.priced) for line in lines if line.item_type.is_goods]
