"""Short ways to write lines and documents in the tests of the fiscal core."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.credit import credit_lines
from portal.fiscal.document import ItemType, LineInput, PricedDocument, PricedLine, Prices, price_document
from portal.fiscal.frozen import (
    Buyer,
    CreditReference,
    DocumentKind,
    DocumentLine,
    Environment,
    FiscalDocument,
    Issued,
    Operator,
    Payment,
    PaymentMethod,
    Seller,
    Signature,
)


def line(quantity: str, price: str, band: str, percent: str | None = None, amount: str | None = None) -> LineInput:
    return LineInput(
        band=Band(band),
        quantity=Decimal(quantity),
        price=Decimal(price),
        discount_percent=None if percent is None else Decimal(percent),
        discount_amount=None if amount is None else Decimal(amount),
    )


def priced(
    *lines: LineInput,
    prices: Prices = Prices.INCLUSIVE,
    discount: str | None = None,
    percent: str | None = None,
) -> PricedDocument:
    return price_document(
        lines,
        STANDARD_RATES,
        prices,
        invoice_discount=None if discount is None else Decimal(discount),
        invoice_discount_percent=None if percent is None else Decimal(percent),
    )


# Example M of RECEIPTS §3 and the drawing of §10: all five bands and a discount.
MIXED_LINES = (
    line("2", "580.00", "B"),
    line("3", "185.00", "A"),
    line("4", "62.50", "C"),
    line("1", "1200.00", "D"),
    line("12.5", "183.40", "E"),
    line("10", "250.00", "B", percent="12.5"),
)


SELLER = Seller(
    pin="P000000000A",
    name="MFANO TRADERS LIMITED",
    trade_name="MFANO MART",
    branch_code="00",
    branch_name="Headquarter",
    address="Moi Avenue, Nairobi",
    phone="0700 000 000",
    top_message="Karibu Mfano Mart",
    bottom_message="ASANTE. KARIBU TENA",
    vat_registered=True,
)

MIXED_ITEMS = (
    ("pen", "Ballpoint pen (box)", ItemType.FINISHED),
    ("flour", "Maize flour 2kg", ItemType.FINISHED),
    ("milk", "Fresh milk 500ml", ItemType.FINISHED),
    ("filing", "Filing disbursement", ItemType.SERVICE),
    ("diesel", "Diesel (litre)", ItemType.FINISHED),
    ("toner", "Toner cartridge", ItemType.FINISHED),
)
ITEM_CODES = {"pen": "KE2NTBX0000001", "flour": "KE2NTKG0000002"}


def document_line(item_id: str, name: str, item_type: ItemType, priced_line: PricedLine) -> DocumentLine:
    return DocumentLine(
        item_id=item_id,
        name=name,
        class_code="1010150000",
        item_type=item_type,
        package_unit="NT",
        quantity_unit="NO",
        priced=priced_line,
        discount_reason="promo" if priced_line.discount_amount else None,
    )


def sale(lines: tuple[DocumentLine, ...], *, payments: tuple[Payment, ...] | None = None) -> FiscalDocument:
    total = sum((one.priced.total_amount for one in lines), Decimal(0))
    return FiscalDocument(
        kind=DocumentKind.SALE,
        environment=Environment.PRODUCTION,
        seller=SELLER,
        buyer=Buyer(name="Jirani Hotel Limited", pin="P111111111B", phone="0711 111 111"),
        operator=Operator(id="till1", name="Till One"),
        lines=lines,
        rates=STANDARD_RATES,
        payments=payments if payments is not None else (Payment(method=PaymentMethod.MOBILE_MONEY, amount=total),),
    )


def sale_of(*lines: LineInput) -> FiscalDocument:
    """A sale with one plain item per line."""
    return sale(
        tuple(
            document_line(f"item-{number}", f"Item {number}", ItemType.FINISHED, one)
            for number, one in enumerate(priced(*lines).lines, start=1)
        )
    )


def mixed_sale() -> FiscalDocument:
    """The sale of the drawing in RECEIPTS §10: all five bands, a service and a discount."""
    lines = priced(*MIXED_LINES).lines
    return sale(tuple(document_line(*item, one) for item, one in zip(MIXED_ITEMS, lines, strict=True)))


def credit_note(original: FiscalDocument, lines: tuple[DocumentLine, ...]) -> FiscalDocument:
    total = sum((one.priced.total_amount for one in lines), Decimal(0))
    return replace(
        original,
        kind=DocumentKind.CREDIT_NOTE,
        lines=lines,
        payments=(Payment(method=PaymentMethod.MOBILE_MONEY, amount=total),),
        credit=CreditReference(
            original_id="0197a1de-0000-7000-8000-000000000001",
            original_trader_number="INV-000105",
            original_issued_at=SOLD_AT,
            reason_code="03",
            reason_name="Damaged",
        ),
    )


def credited(original: FiscalDocument, *earlier: FiscalDocument, **quantities: str) -> FiscalDocument:
    """A credit note for line_1="2", line_3="0.5" … of a sale."""
    wanted = {int(name.removeprefix("line_")): Decimal(quantity) for name, quantity in quantities.items()}
    return credit_note(original, credit_lines(original, earlier, wanted))


SOLD_AT = datetime(2026, 11, 20, 11, 5, 7, tzinfo=UTC)  # 14:05:07 in Nairobi


def issued(document: FiscalDocument) -> Issued:
    if document.kind is DocumentKind.CREDIT_NOTE:
        return Issued(document=document, trader_number="CN-000012", issued_at=datetime(2026, 11, 21, 6, 12, 43, tzinfo=UTC))
    return Issued(document=document, trader_number="INV-000105", issued_at=SOLD_AT)


SALE_SIGNATURE = Signature(
    receipt_number=105,
    total_receipt_number=105,
    internal_data="ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    signature="AB12CD34EF56GH78",
    signed_at=datetime(2026, 11, 20, 11, 5, 9, tzinfo=UTC),
    sdc_id="KRACU0400000000",
    mrc_number="KRA00000001",
)
CREDIT_SIGNATURE = replace(
    SALE_SIGNATURE,
    receipt_number=106,
    total_receipt_number=106,
    signed_at=datetime(2026, 11, 21, 6, 12, 44, tzinfo=UTC),
)
