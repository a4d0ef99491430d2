"""The documented exchanges as data, and the documents they tell of, in our words."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.document import ItemType, LineInput, price_document
from portal.fiscal.environment import Environment
from portal.fiscal.frozen import (
    Buyer,
    CreditReference,
    DocumentKind,
    DocumentLine,
    FiscalDocument,
    Issued,
    Operator,
    Seller,
)
from portal.fiscal.moments import EAST_AFRICA
from portal.fiscal.payments import Payment, PaymentMethod
from portal.fiscal.priced import PricedLine
from portal.fiscal.stock import MovementType
from portal.kra.exchange import Exchange
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.payloads import (
    BranchCustomer,
    BranchUser,
    ImportDecision,
    Insurer,
    ItemCard,
    Purchase,
    PurchaseLine,
    StockLine,
    StockMovement,
    branch_customer_body,
    branch_user_body,
    composition_body,
    import_update_body,
    insurer_body,
    item_body,
    purchase_body,
    sale_body,
    stock_level_body,
    stock_movement_body,
)
from portal.kra.secret import Secret

FOLDER = Path(__file__).parent / "documented"
KEY = "CANARY-KEY-7f3a"
IDENTITY = DeviceIdentity(pin="P000000001X", branch_code="00", serial="SHOP00TILL01", sdc_id="KRACU0400009999",
                          mrc_number="KRA00000001", communication_key=Secret(KEY))
TILL = Operator(id="till1", name="Till One")
ELEVEN_OCLOCK = datetime(2026, 9, 18, 11, tzinfo=EAST_AFRICA)
CODES = {"goods": "KE2NTNO0000001"}


def documented(name: str) -> dict[str, Any]:
    """Return one documented exchange: request, answer and where it is written."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(), parse_float=Decimal)
    return found


def answered(value: Any, status: int = 200) -> Exchange:
    """Return the exchange that ended with this JSON (or these bytes)."""
    body = value if isinstance(value, bytes) else json.dumps(value, default=float).encode()
    return Exchange(sent=True, status=status, body=body)


def priced(quantity: str, price: str, band: Band = Band.B) -> PricedLine:
    line = LineInput(band=band, quantity=Decimal(quantity), price=Decimal(price))
    return price_document([line], STANDARD_RATES).lines[0]


def document_line(amount: PricedLine) -> DocumentLine:
    return DocumentLine(item_id="goods", name="Example goods", class_code="1010150000", item_type=ItemType.FINISHED,
                        package_unit="NT", quantity_unit="NO", priced=amount)


def sale(*lines: PricedLine, **changed: Any) -> Issued:
    """Return the sale of PROTOCOL §7.5, with other lines or fields where given."""
    document = FiscalDocument(
        kind=DocumentKind.SALE,
        environment=Environment.SIMULATOR,
        seller=Seller(pin="P000000001X", name="EXAMPLE TRADERS LTD", branch_code="00", branch_name="Headquarter",
                      vat_registered=True),
        buyer=Buyer(),
        operator=TILL,
        lines=tuple(map(document_line, lines or (priced("1", "116"),))),
        rates=STANDARD_RATES,
        payments=(Payment(method=PaymentMethod.CASH, amount=Decimal(116)),),
    )
    return Issued(document=replace(document, **changed), trader_number="INV-0009", issued_at=ELEVEN_OCLOCK)


def credit_note(**changed: Any) -> Issued:
    """Return a credit note for the whole of that sale."""
    credit = CreditReference(original_id="1", original_trader_number="INV-0009", original_issued_at=ELEVEN_OCLOCK,
                             reason_code="06", reason_name="Refund", reason_note="The customer brought it back.")
    issued = sale(kind=DocumentKind.CREDIT_NOTE, credit=credit, **changed)
    return replace(issued, trader_number="CN-0001")


def sale_bytes(issued: Issued | None = None, **changed: Any) -> bytes:
    """Return the bytes of a sale, as invoice 9 on an OSCU unless changed."""
    wanted = {"number": 9, "identity": IDENTITY, "transport": Transport.OSCU, "item_codes": CODES, **changed}
    return sale_body(issued or sale(), **wanted)


GOODS = ItemCard(name="Example goods", class_code="1010150000", item_type=ItemType.FINISHED, package_unit="NT",
                 quantity_unit="NO", band=Band.B, price=Decimal("116.00"))
STOCK = StockMovement(
    movement_type=MovementType.ADJUSTMENT_IN,
    occurred_on=date(2026, 9, 18),
    lines=(StockLine(code="KE2NTNO0000001", name="Example goods", class_code="1010150000", package_unit="NT",
                     quantity_unit="NO", priced=priced("10", "100")),),
)
BOUGHT = Purchase(
    lines=(PurchaseLine(
        code="KE2NTNO0000001", name="Goods", class_code="5059690800", quantity_unit="NO", package_unit="NT",
        supplier_class_code="5059690800", supplier_item_code="KE2NTNO0000001", supplier_item_name="Goods",
        priced=priced("1", "1160")),),
    rates=STANDARD_RATES,
    purchased_on=date(2026, 9, 18),
    from_kra=True,
    supplier_pin="P000000003Z",
    supplier_name="EXAMPLE SUPPLIER",
    supplier_branch="00",
    supplier_invoice_number=6,
    confirmed_at=ELEVEN_OCLOCK,
)
DECISION = ImportDecision(task_code="20260201010101", declaration_date="01022026", line_number=1, tariff_code="82055900",
                          class_code="1000000000", item_code="KE2NTNO0000001", approved=True)

_BY = {"identity": IDENTITY, "operator": TILL}
BODIES: dict[str, bytes] = {
    "sale_oscu": sale_bytes(),
    "sale_vscu": sale_bytes(transport=Transport.VSCU),
    "item": item_body(GOODS, code="KE2NTNO0000001", **_BY),
    "composition": composition_body(parent_code="KE2NTNO0000001", component_code="KE1NTNO0000002", quantity=Decimal(3),
                                    **_BY),
    "stock_movement": stock_movement_body(STOCK, number=1, **_BY),
    "stock_level": stock_level_body(code="KE2NTNO0000001", quantity=Decimal("10.0"), **_BY),
    "purchase": purchase_body(BOUGHT, number=1, **_BY),
    "import_update": import_update_body(DECISION, **_BY),
    "branch_customer": branch_customer_body(
        BranchCustomer(number="0001", pin="P000000002Y", name="EXAMPLE BUYER LTD"), **_BY),
    "branch_user": branch_user_body(BranchUser(id="till1", name="Till One"), **_BY),
    "insurer": insurer_body(Insurer(code="ISRCC01", name="Example Insurance", share=20), **_BY),
}
