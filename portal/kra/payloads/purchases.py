"""Purchases and decisions on imports to bytes (PROTOCOL §7.3 and §7.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from portal.fiscal.bands import Band
from portal.fiscal.frozen import Operator
from portal.fiscal.payments import PaymentMethod
from portal.fiscal.priced import PricedDocument, PricedLine
from portal.kra.clock import day_digits, moment_digits
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.payloads import amounts, fields
from portal.kra.payloads.canonical import JsonValue, canonical_json
from portal.kra.payloads.sales import PAYMENT_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """One bought item in our catalogue's terms; amounts are recomputed from the inclusive total, never copied."""

    code: str
    name: str
    class_code: str
    quantity_unit: str
    priced: PricedLine
    package_unit: str | None = None
    barcode: str | None = None
    supplier_item_code: str | None = None
    supplier_class_code: str | None = None
    supplier_item_name: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A purchase, or our yes or no to a supplier's sale that KRA showed us (`from_kra`)."""

    lines: tuple[PurchaseLine, ...]
    rates: Mapping[Band, Decimal] = field(hash=False)
    purchased_on: date
    payment: PaymentMethod = PaymentMethod.CASH
    from_kra: bool = False
    accepted: bool = True
    is_return: bool = False
    original_number: int = 0            # our purchase that a return takes back
    supplier_pin: str | None = None
    supplier_name: str | None = None
    supplier_branch: str | None = None
    supplier_invoice_number: int | None = None
    confirmed_at: datetime | None = None
    stored_at: datetime | None = None
    returned_at: datetime | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDecision:
    """Our yes or no to one line of a customs declaration; the first four are echoed exactly as received."""

    task_code: str
    declaration_date: str
    line_number: int
    tariff_code: str
    class_code: str
    item_code: str
    approved: bool
    remark: str | None = None


def purchase_body(purchase: Purchase, *, number: int, identity: DeviceIdentity, operator: Operator,
                  quantity_decimals: int = 4, payment_codes: Mapping[PaymentMethod, str] = PAYMENT_CODES,
                  unused_rate_of_e: Decimal = amounts.NO_RATE) -> bytes:
    """Return the bytes of a purchase under our purchase number; raises PayloadError."""
    if not purchase.lines:
        raise PayloadError("lines", "A purchase needs at least one item.")
    priced = PricedDocument(lines=tuple(line.priced for line in purchase.lines), rates=purchase.rates)
    return canonical_json({
        **fields.asker(identity),
        "invcNo": fields.number("purchase number", number),
        "orgInvcNo": fields.number("number of the original purchase", purchase.original_number, least=0),
        **_supplier(purchase),
        "regTyCd": "A" if purchase.from_kra else "M",
        "pchsTyCd": "N",
        "rcptTyCd": "R" if purchase.is_return else "P",
        "pmtTyCd": fields.code("payment method", payment_codes[purchase.payment]),
        "pchsSttsCd": "02" if purchase.accepted else "04",
        "cfmDt": _moment(purchase.confirmed_at),
        "pchsDt": day_digits(purchase.purchased_on),
        "wrhsDt": _moment(purchase.stored_at),
        "cnclReqDt": None,
        "cnclDt": None,
        "rfdDt": _moment(purchase.returned_at),
        "totItemCnt": len(purchase.lines),
        **amounts.bands(priced, unused_rate_of_e),
        **amounts.sums(priced),
        "remark": fields.optional_text("remark", purchase.remark, 400),
        **fields.made_by(operator.id, operator.name),
        "itemList": [_line(place, line, quantity_decimals) for place, line in enumerate(purchase.lines, start=1)],
    })


def import_update_body(decision: ImportDecision, *, identity: DeviceIdentity, operator: Operator) -> bytes:
    """Return the bytes of a decision on an imported item; raises PayloadError."""
    verdict = "approved" if decision.approved else "rejected"
    return canonical_json({
        **fields.asker(identity),
        "taskCd": fields.text("customs task", decision.task_code, 50),
        "dclDe": fields.text("declaration date", decision.declaration_date, 8),
        "itemSeq": fields.number("line of the declaration", decision.line_number, least=0),
        "hsCd": fields.text("tariff code", decision.tariff_code, 17),
        "itemClsCd": fields.code("item class", decision.class_code, 10),
        "itemCd": fields.code("item code", decision.item_code, 20),
        "imptItemSttsCd": "3" if decision.approved else "4",
        # PROTOCOL §7.3: called optional, but an approval without one was answered with a fault
        "remark": fields.optional_text("remark", decision.remark, 400) or verdict,
        "modrId": fields.text("operator's id", operator.id, 20),
        "modrNm": fields.text("operator's name", operator.name, 60),
    })


def _supplier(purchase: Purchase) -> dict[str, JsonValue]:
    invoice = purchase.supplier_invoice_number
    return {
        "spplrTin": fields.pin("supplier's PIN", purchase.supplier_pin),
        "spplrBhfId": fields.branch("supplier's branch", purchase.supplier_branch),
        "spplrNm": fields.optional_text("supplier's name", purchase.supplier_name, 60),
        "spplrInvcNo": fields.number("supplier's invoice number", invoice) if invoice is not None else None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment_digits(moment) if moment else None


def _line(place: int, line: PurchaseLine, decimals: int) -> JsonValue:
    package = line.package_unit
    return {
        "itemSeq": place,
        "itemCd": fields.code(f"item code of line {place}", line.code, 20),
        "itemClsCd": fields.code(f"item class of line {place}", line.class_code, 10),
        "itemNm": fields.text(f"name of line {place}", line.name, 200),
        "bcd": fields.optional_text(f"barcode of line {place}", line.barcode, 20),
        "spplrItemClsCd": fields.optional_text(f"supplier's item class of line {place}", line.supplier_class_code, 10),
        "spplrItemCd": fields.optional_text(f"supplier's item code of line {place}", line.supplier_item_code, 20),
        "spplrItemNm": fields.optional_text(f"supplier's item name of line {place}", line.supplier_item_name, 200),
        "pkgUnitCd": fields.code(f"packaging of line {place}", package) if package else None,
        "pkg": 1,
        "qtyUnitCd": fields.code(f"unit of line {place}", line.quantity_unit),
        "qty": fields.quantity(f"quantity of line {place}", line.priced.quantity, decimals),
        **amounts.discount(line.priced),
        **amounts.line_amounts(line.priced),
        "itemExprDt": day_digits(line.expires_on) if line.expires_on else None,
    }
