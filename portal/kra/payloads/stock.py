"""Stock movements and levels to bytes (PROTOCOL §7.6 and §7.7)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from portal.fiscal.frozen import Operator
from portal.fiscal.priced import PricedLine
from portal.fiscal.stock import MovementType
from portal.kra.clock import day_digits
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.payloads import amounts, fields
from portal.kra.payloads.canonical import JsonValue, canonical_json

_LEAST_PACKAGES = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """One item that moved; its amounts are priced like a sale's line."""

    code: str
    name: str
    class_code: str
    package_unit: str
    quantity_unit: str
    priced: PricedLine
    barcode: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMovement:
    """Goods in or out; the type gives the direction, quantities are positive."""

    movement_type: MovementType
    occurred_on: date
    lines: tuple[StockLine, ...]
    automatic: bool = False             # follows from another record instead of being typed in
    original_number: int = 0            # the movement that this one takes back
    other_pin: str | None = None
    other_name: str | None = None
    other_branch: str | None = None
    remark: str | None = None


def stock_movement_body(movement: StockMovement, *, number: int, identity: DeviceIdentity, operator: Operator,
                        quantity_decimals: int = 4) -> bytes:
    """Return the bytes of a stock movement under KRA's stock number; raises PayloadError."""
    if not movement.lines:
        raise PayloadError("lines", "A stock movement needs at least one item.")
    priced = [line.priced for line in movement.lines]
    total = sum(line.total_amount for line in priced)
    if total == 0:
        raise PayloadError("total", "KRA does not take a stock movement that is worth nothing. Give its items a price.")
    return canonical_json({
        **fields.asker(identity),
        "sarNo": fields.number("stock number", number),
        "orgSarNo": fields.number("number of the movement taken back", movement.original_number, least=0),
        "regTyCd": "A" if movement.automatic else "M",
        "custTin": fields.pin("other party's PIN", movement.other_pin),
        "custNm": fields.optional_text("other party's name", movement.other_name, 100),
        "custBhfId": fields.branch("other party's branch", movement.other_branch),
        "sarTyCd": movement.movement_type.value,
        "ocrnDt": day_digits(movement.occurred_on),
        "totItemCnt": len(movement.lines),
        "totTaxblAmt": fields.money("taxable total", sum((line.taxable_amount for line in priced), Decimal(0))),
        "totTaxAmt": fields.money("tax total", sum((line.tax_amount for line in priced), Decimal(0))),
        "totAmt": fields.money("total", Decimal(total)),
        "remark": fields.optional_text("remark", movement.remark, 400),
        **fields.made_by(operator.id, operator.name),
        "itemList": [_line(place, line, quantity_decimals) for place, line in enumerate(movement.lines, start=1)],
    })


def stock_level_body(*, code: str, quantity: Decimal, identity: DeviceIdentity, operator: Operator,
                     quantity_decimals: int = 4) -> bytes:
    """Return the bytes that tell the quantity of one item now on hand; raises PayloadError."""
    return canonical_json({
        **fields.asker(identity),
        "itemCd": fields.code("item code", code, 20),
        "rsdQty": fields.quantity("quantity on hand", quantity, quantity_decimals, least=Decimal(0)),
        **fields.made_by(operator.id, operator.name),
    })


def _line(place: int, line: StockLine, decimals: int) -> JsonValue:
    quantity = fields.quantity(f"quantity of line {place}", line.priced.quantity, decimals)
    return {
        "itemSeq": place,
        "itemCd": fields.code(f"item code of line {place}", line.code, 20),
        "itemClsCd": fields.code(f"item class of line {place}", line.class_code, 10),
        "itemNm": fields.text(f"name of line {place}", line.name, 200),
        "bcd": fields.optional_text(f"barcode of line {place}", line.barcode, 20),
        "pkgUnitCd": fields.code(f"packaging of line {place}", line.package_unit),
        # PROTOCOL §6.5: stock takes packages equal to the quantity; the field has two decimals and may not be empty
        "pkg": max(quantity.quantize(_LEAST_PACKAGES, ROUND_HALF_UP), _LEAST_PACKAGES),
        "qtyUnitCd": fields.code(f"unit of line {place}", line.quantity_unit),
        "qty": quantity,
        "itemExprDt": day_digits(line.expires_on) if line.expires_on else None,
        "totDcAmt": fields.money("discount", line.priced.discount_amount),
        **amounts.line_amounts(line.priced),
    }
