"""Writing a movement down and telling KRA of it: the movement first, then the level of each of its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from portal.catalogue.models import Item
from portal.codelists.queries import rates_now
from portal.devices.queries import device_of_branch
from portal.errors import BadInput
from portal.fiscal.bands import Band
from portal.fiscal.document import LineInput, PricedLine, Prices, PricingError, price_document
from portal.fiscal.stock import MovementType
from portal.infra.db import database_now, db, quick
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import local
from portal.stock.models import StockMovement, StockMovementLine
from portal.submissions import queue


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of a movement: an item and what of it moved, with its worth."""

    item_id: UUID
    priced: PricedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Goods that come or go at a branch; `id` comes from a form, so that a second press books nothing twice."""

    branch_id: UUID
    type: MovementType
    lines: Sequence[Moved]
    by: str
    document_id: UUID | None = None
    note: str | None = None
    id: UUID | None = None

    @property
    def quantities(self) -> dict[UUID, Decimal]:
        """How much of each item moves."""
        sums: dict[UUID, Decimal] = {}
        for line in self.lines:
            sums[line.item_id] = sums.get(line.item_id, Decimal(0)) + line.priced.quantity
        return sums


def worth(item: Item, quantity: Decimal) -> Moved:
    """A quantity of an item at its own price; raises BadInput when that is worth nothing, which KRA does not take."""
    line = LineInput(band=Band(item.band), quantity=quantity, price=item.price)
    try:
        (priced,) = price_document([line], rates_now(), Prices(item.prices)).lines
    except PricingError as error:
        raise BadInput(error.sentence.removeprefix("Line 1: ").capitalize()) from error
    if priced.total_amount == 0:
        raise BadInput(_("KRA does not take stock that is worth nothing. Give %(name)s a price above 0 first.", name=item.name))
    return Moved(item.id, priced)


def write_down(movement: Movement) -> UUID | None:
    """The id of the new movement; None when this document or this form has been booked already."""
    values = {
        "tenant_id": current_tenant_id(),
        "id": movement.id or uuid4(),
        "branch_id": movement.branch_id,
        "type": movement.type.value,
        "document_id": movement.document_id,
        "occurred_on": today(),
        "note": movement.note,
        "created_by": movement.by[:60],
    }
    row = insert(StockMovement).values(values).on_conflict_do_nothing().returning(StockMovement.id)
    movement_id = db.session.execute(row).scalar_one_or_none()
    if movement_id is None:
        return None
    db.session.add_all([_line(movement_id, number, line) for number, line in enumerate(movement.lines, start=1)])
    db.session.flush()
    return movement_id


def tell_kra(movement_id: UUID, movement: Movement, waits_for: Sequence[UUID]) -> UUID:
    """The submission of a movement, queued on the branch's control unit with a level for each item behind it."""
    device = device_of_branch(movement.branch_id)
    submission = queue.tell("stock_movement", movement_id, device.id, waits_for)
    for item_id in sorted(movement.quantities):
        queue.tell("stock_level", item_id, device.id, [submission])
    return submission


OPEN_REGISTRATIONS = """
    SELECT id FROM submission WHERE tenant_id = %(tenant)s AND kind = 'item' AND subject_id = ANY(%(items)s)
       AND state <> 'accepted' ORDER BY position"""


def open_registrations(item_ids: Sequence[UUID]) -> list[UUID]:
    """The registrations of these items that KRA has not accepted; what names an item waits for them."""
    return [row.id for row in quick(OPEN_REGISTRATIONS, {"tenant": current_tenant_id(), "items": list(item_ids)})]


def today() -> date:
    """The day on a Kenyan calendar, by the database's clock."""
    return local(database_now()).date()


def _line(movement_id: UUID, number: int, line: Moved) -> StockMovementLine:
    priced = line.priced
    return StockMovementLine(
        tenant_id=current_tenant_id(),
        movement_id=movement_id,
        line_no=number,
        item_id=line.item_id,
        quantity=priced.quantity,
        price=priced.price,
        band=priced.band.value,
        rate=priced.rate,
        taxable_amount=priced.taxable_amount,
        tax_amount=priced.tax_amount,
        total_amount=priced.total_amount,
    )
