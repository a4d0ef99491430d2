"""How stock is called where something needs attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from portal.catalogue.queries import items
from portal.fiscal.money import format_quantity
from portal.fiscal.stock import MovementType
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.stock.models import StockMovement, StockMovementLine
from portal.submissions.subjects import Subject, describes


@describes("stock_movement")
def movement_subjects(movement_ids: Sequence[UUID]) -> Mapping[UUID, Subject]:
    """Each movement by its kind and its first item."""
    line = StockMovementLine
    first_lines = (
        select(StockMovement.id, StockMovement.type, StockMovement.branch_id, line.item_id, line.quantity)
        .join(line, (line.tenant_id == StockMovement.tenant_id) & (line.movement_id == StockMovement.id))
        .where(StockMovement.tenant_id == current_tenant_id(), StockMovement.id.in_(set(movement_ids)), line.line_no == 1)
    )
    rows = db.session.execute(first_lines).all()
    names = {item_id: item.name for item_id, item in items({row.item_id for row in rows}).items()}
    return {
        row.id: Subject(
            _("Stock: %(name)s", name=names[row.item_id]),
            f"{MovementType(row.type).caption}, {format_quantity(row.quantity)}",
            url_for("stock.show_item", item_id=row.item_id, branch=row.branch_id),
        )
        for row in rows
    }


@describes("stock_level")
def level_subjects(item_ids: Sequence[UUID]) -> Mapping[UUID, Subject]:
    """Each level by its item."""
    return {
        item_id: Subject(_("Stock level: %(name)s", name=item.name), "", url_for("stock.show_item", item_id=item_id))
        for item_id, item in items(item_ids).items()
    }
