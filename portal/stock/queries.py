"""What moved, what KRA knows of it, and what a sale must wait for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select, tuple_

from portal.errors import NotFound
from portal.fiscal.money import plain
from portal.fiscal.stock import MovementType
from portal.infra.db import db
from portal.infra.listing import PAGE_SIZE
from portal.infra.tenancy import current_tenant_id
from portal.stock.booking import open_registrations
from portal.stock.levels import kra_levels
from portal.stock.models import StockMovement, StockMovementLine
from portal.submissions.models import Submission

UNDER_WAY = ("queued", "sending", "unknown", "held")
INCOMING = StockMovement.type < MovementType.SALE.value
SIGNED_QUANTITY = case((INCOMING, StockMovementLine.quantity), else_=-StockMovementLine.quantity)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One movement of an item: what it added, who booked it, and whether KRA has it."""

    id: UUID
    at: datetime
    type: MovementType
    quantity: Decimal
    note: str | None
    by: str
    state: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class History:
    """Movements, newest first; `after` is where the older ones begin, None at the end."""

    rows: Sequence[HistoryRow]
    after: UUID | None


def pending_for(branch_id: UUID, item_ids: Collection[UUID], goods: Collection[UUID] | None = None) -> list[UUID]:
    """The submissions a sale of these items must wait for: their registration, and goods coming in that KRA has not taken yet.

    A refused movement holds a sale up only where KRA knows of no stock at all: then it would refuse the sale as well.
    `goods` are those of the items that have stock, where the caller knows.
    """
    registrations = open_registrations(list(item_ids))
    wanted = list(item_ids if goods is None else goods)
    if not wanted:
        return registrations
    empty = [item_id for item_id, level in kra_levels(branch_id, wanted).items() if level <= 0]
    waits = Submission.state.in_(UNDER_WAY) | and_(Submission.state == "refused", StockMovementLine.item_id.in_(empty))
    coming = _moved(Submission.id).where(_of(branch_id), INCOMING, StockMovementLine.item_id.in_(wanted), waits)
    movements = db.session.execute(coming.distinct()).scalars().all()
    return [*registrations, *movements]


def history(branch_id: UUID, item_id: UUID, after: UUID | None = None) -> History:
    """The movements of an item at a branch, newest first."""
    wanted = _moved(
        StockMovement.id,
        StockMovement.created_at,
        StockMovement.type,
        func.sum(SIGNED_QUANTITY),
        StockMovement.note,
        StockMovement.created_by,
        Submission.state,
        Submission.problem_message,
    ).where(_of(branch_id), StockMovementLine.item_id == item_id)
    if after is not None:
        last = _movement(after)
        wanted = wanted.where(tuple_(StockMovement.created_at, StockMovement.id) < tuple_(last.created_at, last.id))
    grouped = wanted.group_by(
        StockMovement.tenant_id, StockMovement.id, Submission.state, Submission.problem_message
    ).order_by(StockMovement.created_at.desc(), StockMovement.id.desc())
    rows = [
        HistoryRow(each[0], each[1], MovementType(each[2]), plain(each[3]), *each[4:])
        for each in db.session.execute(grouped.limit(PAGE_SIZE + 1))
    ]
    return History(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None)


def lines_of(movement_id: UUID) -> Sequence[StockMovementLine]:
    """The lines of a movement in their order."""
    wanted = select(StockMovementLine).where(
        StockMovementLine.tenant_id == current_tenant_id(), StockMovementLine.movement_id == movement_id
    )
    return db.session.execute(wanted.order_by(StockMovementLine.line_no)).scalars().all()


def moved_by(movement_id: UUID) -> dict[UUID, Decimal]:
    """How much of each item a movement moved."""
    sums: dict[UUID, Decimal] = {}
    for line in lines_of(movement_id):
        sums[line.item_id] = sums.get(line.item_id, Decimal(0)) + line.quantity
    return sums


def _movement(movement_id: UUID) -> StockMovement:
    found = db.session.get(StockMovement, (current_tenant_id(), movement_id))
    if found is None:
        raise NotFound
    return found


def _moved(*columns: Any) -> Select[Any]:
    """Movements with their lines and what became of telling KRA."""
    return (
        select(*columns)
        .select_from(StockMovement)
        .join(
            StockMovementLine,
            and_(StockMovementLine.tenant_id == StockMovement.tenant_id, StockMovementLine.movement_id == StockMovement.id),
        )
        .join(
            Submission,
            and_(
                Submission.tenant_id == StockMovement.tenant_id,
                Submission.subject_id == StockMovement.id,
                Submission.kind == "stock_movement",
            ),
        )
    )


def _of(branch_id: UUID) -> ColumnElement[bool]:
    return and_(StockMovement.tenant_id == current_tenant_id(), StockMovement.branch_id == branch_id)
