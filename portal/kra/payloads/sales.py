"""Sale and credit note to bytes (PROTOCOL §7.5): built once, when KRA's number is bound."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from portal.fiscal.frozen import DocumentKind, DocumentLine, FiscalDocument, Issued
from portal.fiscal.payments import PaymentMethod, main_method
from portal.kra.clock import day_digits, moment_digits
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.payloads import amounts, fields
from portal.kra.payloads.canonical import JsonValue, canonical_json

# The specification's numbers; whoever holds KRA's fetched list (class 07) passes the numbers it found there by name.
PAYMENT_CODES: Mapping[PaymentMethod, str] = MappingProxyType({
    PaymentMethod.CASH: "01",
    PaymentMethod.CREDIT: "02",
    PaymentMethod.CASH_CREDIT: "03",
    PaymentMethod.CHEQUE: "04",
    PaymentMethod.CARD: "05",
    PaymentMethod.MOBILE_MONEY: "06",
    PaymentMethod.OTHER: "07",
})
# What a name of KRA's list says, by the words that stand in it, the most telling first.
_NAMED = (
    ("CARD", PaymentMethod.CARD), ("MOBILE", PaymentMethod.MOBILE_MONEY),
    ("CASH/CREDIT", PaymentMethod.CASH_CREDIT), ("CHECK", PaymentMethod.CHEQUE), ("CHEQUE", PaymentMethod.CHEQUE),
    ("OTHER", PaymentMethod.OTHER), ("CREDIT", PaymentMethod.CREDIT), ("CASH", PaymentMethod.CASH),
)  # fmt: skip
_RECEIPT_TYPES = {DocumentKind.SALE: "S", DocumentKind.CREDIT_NOTE: "R"}
_NORMAL = "N"
_APPROVED = "02"


def sale_body(
    issued: Issued,
    *,
    number: int,
    identity: DeviceIdentity,
    transport: Transport,
    item_codes: Mapping[str, str],
    original_number: int = 0,
    report_number: int = 1,
    quantity_decimals: int = 4,
    unused_rate_of_e: Decimal = amounts.NO_RATE,
    payment_codes: Mapping[PaymentMethod, str] = PAYMENT_CODES,
) -> bytes:
    """Return the bytes that tell KRA a sale or credit note under `number`; raises PayloadError.

    `item_codes` maps our item ids to KRA's codes, `original_number` is KRA's number of the credited sale,
    `report_number` that of the Z report open now (VSCU), `unused_rate_of_e` what KRA wants for an empty band E.
    """
    document = issued.document
    if document.seller.pin != identity.pin or document.seller.branch_code != identity.branch_code:
        raise PayloadError("control unit", "The control unit belongs to another business or branch than the document.")
    moment = moment_digits(issued.issued_at)
    return canonical_json({
        **fields.asker(identity),
        **_numbers(issued, number, original_number),
        **_buyer(document),
        "salesTyCd": _NORMAL,
        "rcptTyCd": _RECEIPT_TYPES[document.kind],
        "pmtTyCd": _payment(document, payment_codes),
        "salesSttsCd": _APPROVED,
        "cfmDt": moment,
        "salesDt": day_digits(issued.issued_at),
        "stockRlsDt": moment,
        "cnclReqDt": None,
        "cnclDt": None,
        **_refund(document, moment),
        "totItemCnt": len(document.lines),
        **amounts.bands(document.priced, unused_rate_of_e),
        **amounts.sums(document.priced),
        "prchrAcptcYn": fields.flag(False),
        "remark": fields.optional_text("note", _note(document), 400),
        **fields.made_by(document.operator.id, document.operator.name),
        "receipt": _receipt(document, transport, moment, report_number),
        "itemList": [_line(place, line, item_codes, quantity_decimals)
                     for place, line in enumerate(document.lines, start=1)],
    })


def _numbers(issued: Issued, number: int, original_number: int) -> dict[str, JsonValue]:
    credited = issued.document.kind is DocumentKind.CREDIT_NOTE
    if not credited and original_number:
        raise PayloadError("original invoice", "A sale has no original invoice.")
    return {
        "trdInvcNo": fields.text("document number", issued.trader_number, 50),
        "invcNo": fields.number("KRA invoice number", number),
        "orgInvcNo": fields.number("KRA number of the original invoice", original_number, least=1 if credited else 0),
    }


def payment_codes_of(listed: Mapping[str, str]) -> dict[PaymentMethod, str]:
    """Return each means of payment's code by the names of KRA's list (class 07, code to name): lists differ in their numbers."""
    found: dict[PaymentMethod, str] = {}
    for code, name in listed.items():
        method = next((method for words, method in _NAMED if words in name.upper()), None)
        if method is not None:
            found.setdefault(method, code)
    other = found.get(PaymentMethod.OTHER)
    return {method: found.get(method) or other or PAYMENT_CODES[method] for method in PaymentMethod}


def _buyer(document: FiscalDocument) -> dict[str, JsonValue]:
    return {
        "custTin": fields.pin("buyer's PIN", document.buyer.pin),
        "custNm": fields.text("buyer's name", document.buyer.name, 60),
    }


def _payment(document: FiscalDocument, codes: Mapping[PaymentMethod, str]) -> str | None:
    """Return the one code KRA takes: cash with credit has its own, any other mix is told by its main tender."""
    if not document.payments:
        return None
    if {payment.method for payment in document.payments} == {PaymentMethod.CASH, PaymentMethod.CREDIT}:
        return fields.code("payment method", codes[PaymentMethod.CASH_CREDIT])
    return fields.code("payment method", codes[main_method(document.payments, document.priced.total_amount)])


def _refund(document: FiscalDocument, moment: str) -> dict[str, JsonValue]:
    if document.credit is None:
        return {"rfdDt": None, "rfdRsnCd": None}
    return {"rfdDt": moment, "rfdRsnCd": fields.code("credit reason", document.credit.reason_code)}


def _note(document: FiscalDocument) -> str | None:
    return document.credit.reason_note if document.credit else document.customer_note


def _receipt(document: FiscalDocument, transport: Transport, moment: str, report_number: int) -> dict[str, JsonValue]:
    seller = document.seller
    receipt: dict[str, JsonValue] = {
        "custTin": fields.pin("buyer's PIN", document.buyer.pin),
        "custMblNo": fields.optional_text("buyer's phone number", document.buyer.phone, 20),
        "trdeNm": fields.optional_text("trade name", seller.trade_name, 20),
        "adrs": fields.optional_text("address", seller.address, 200),
        "topMsg": fields.optional_text("message at the top", seller.top_message, 20),
        "btmMsg": fields.optional_text("message at the bottom", seller.bottom_message, 20),
        "prchrAcptcYn": fields.flag(False),
    }
    if transport is Transport.VSCU:
        return {**receipt, "rptNo": fields.number("number of the Z report", report_number)}
    return {**receipt, "rcptPbctDt": moment}


def _line(place: int, line: DocumentLine, item_codes: Mapping[str, str], decimals: int) -> JsonValue:
    item_code = item_codes.get(line.item_id)
    if not item_code:
        raise PayloadError(f"line {place}", f"Line {place}: KRA does not know this item yet. Register it first.")
    return {
        "itemSeq": place,
        "itemCd": fields.text(f"item code of line {place}", item_code, 20),
        "itemClsCd": fields.code(f"item class of line {place}", line.class_code, 10),
        "itemNm": fields.text(f"name of line {place}", line.name, 200),
        "bcd": fields.optional_text(f"barcode of line {place}", line.barcode, 20),
        "pkgUnitCd": fields.code(f"packaging of line {place}", line.package_unit),
        "pkg": 1,       # PROTOCOL §6.5: with packaging NT the check wants 1 whatever the quantity
        "qtyUnitCd": fields.code(f"unit of line {place}", line.quantity_unit),
        "qty": fields.quantity(f"quantity of line {place}", line.priced.quantity, decimals),
        **amounts.discount(line.priced),
        "isrccCd": None,
        "isrccNm": None,
        "isrcRt": None,
        "isrcAmt": None,
        **amounts.line_amounts(line.priced),
    }
