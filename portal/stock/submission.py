"""What KRA is told about stock: movements under its own running number, and the level that follows from them."""

from __future__ import annotations

from flask import current_app

from portal.catalogue.models import Item
from portal.catalogue.queries import item, items
from portal.devices.models import Device
from portal.devices.units import ControlUnit
from portal.fiscal.bands import Band
from portal.fiscal.frozen import Operator
from portal.fiscal.money import multiply, to_cents
from portal.fiscal.priced import PricedLine, discount_rate
from portal.fiscal.stock import MovementType
from portal.infra.db import db
from portal.kra.errors import PayloadError
from portal.kra.payloads import StockLine, stock_level_body, stock_movement_body
from portal.kra.payloads import StockMovement as MovementCard
from portal.stock.levels import kra_levels
from portal.stock.models import StockMovement, StockMovementLine
from portal.stock.queries import lines_of
from portal.submissions.builders import builds
from portal.submissions.models import Submission


@builds("stock_movement")
def movement_body(submission: Submission, number: int | None, unit: ControlUnit) -> bytes:
    """The bytes of a movement under KRA's next stock number."""
    movement = db.session.get_one(StockMovement, (submission.tenant_id, submission.subject_id))
    lines = lines_of(movement.id)
    known = items({line.item_id for line in lines})
    card = MovementCard(
        movement_type=MovementType(movement.type),
        occurred_on=movement.occurred_on,
        lines=tuple(_line(line, known[line.item_id]) for line in lines),
        automatic=movement.document_id is not None,
        remark=movement.note,
    )
    return stock_movement_body(
        card,
        number=number or 0,
        identity=unit.identity,
        operator=_operator(movement.created_by),
        quantity_decimals=_quantity_decimals(),
    )


@builds("stock_level")
def level_body(submission: Submission, _number: int | None, unit: ControlUnit) -> bytes:
    """The bytes that tell how much there is by the movements KRA has accepted so far; it compares the two."""
    device = db.session.get_one(Device, (submission.tenant_id, submission.device_id))
    told = item(submission.subject_id)
    level = kra_levels(device.branch_id, [told.id])[told.id]
    if level < 0:
        raise PayloadError("quantity on hand", f"By what KRA has accepted, less than nothing is left of {told.name}. Count it.")
    return stock_level_body(
        code=_code(told),
        quantity=level,
        identity=unit.identity,
        operator=_operator(told.changed_by),
        quantity_decimals=_quantity_decimals(),
    )


def _line(line: StockMovementLine, moved: Item) -> StockLine:
    supply = to_cents(multiply(line.price, line.quantity))
    discount = supply - line.total_amount
    priced = PricedLine(
        band=Band(line.band),
        rate=line.rate,
        quantity=line.quantity,
        price=line.price,
        supply_amount=supply,
        discount_rate=discount_rate(supply, discount),
        discount_amount=discount,
        taxable_amount=line.taxable_amount,
        tax_amount=line.tax_amount,
        total_amount=line.total_amount,
    )
    return StockLine(
        code=_code(moved),
        name=moved.name,
        class_code=moved.class_code,
        package_unit=moved.package_unit,
        quantity_unit=moved.quantity_unit,
        priced=priced,
        barcode=moved.barcode,
    )


def _code(told: Item) -> str:
    if told.kra_code is None:
        raise PayloadError("item code", f"KRA does not know {told.name} yet.")
    return told.kra_code


def _operator(name: str) -> Operator:
    return Operator(id=name[:20].strip(), name=name[:60].strip())


def _quantity_decimals() -> int:
    decimals: int = current_app.extensions["settings"].kra_quantity_decimals
    return decimals
