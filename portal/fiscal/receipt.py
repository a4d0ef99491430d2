"""A receipt as one value, from a frozen document and KRA's answer: every line of RECEIPTS §2 and §8, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.fiscal import receipt_parts as parts
from portal.fiscal.bands import Band
from portal.fiscal.environment import Environment
from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import Issued, Signature
from portal.fiscal.labels import DocumentKind, Label, copy_label, original_label
from portal.fiscal.moments import print_date, print_time
from portal.fiscal.numbering import cu_invoice_number, dashed
from portal.fiscal.qr import is_usual_signature, receipt_url
from portal.fiscal.receipt_blocks import (
    BuyerBlock,
    CopyMark,
    Figure,
    HeaderBlock,
    ItemBlock,
    NumberBlock,
    OriginalBlock,
    ScuBlock,
    TaxRow,
    TisBlock,
)

NOT_OFFICIAL = "THIS IS NOT AN OFFICIAL RECEIPT"
SANDBOX_BAND = "SANDBOX – NOT A TAX DOCUMENT"
END_OF_RECEIPT = "END OF LEGAL RECEIPT"
QR_CAPTION = "Scan to verify on KRA eTIMS"


class ReceiptError(FiscalError):
    """A receipt that may not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt of any of the seven types; the fields stand in the order in which they are printed.

    `marks` are printed at least twice as large as the amounts, `watermark` lies behind the page. A credit note has its
    bands among the totals and no tax table. On a proforma `payment_word` stands where the payments would be.
    """

    label: Label
    environment_band: str | None
    watermark: str | None
    header: HeaderBlock
    marks: tuple[str, ...]
    original: OriginalBlock | None
    buyer: BuyerBlock
    number: NumberBlock
    items: tuple[ItemBlock, ...]
    totals: tuple[Figure, ...]
    payments: tuple[Figure, ...]
    payment_word: str | None
    items_number: int
    tax_table: tuple[TaxRow, ...]
    scu: ScuBlock
    qr_url: str | None
    qr_caption: str
    tis: TisBlock
    message: str | None
    closing: str | None
    has_unusual_signature: bool


def original_receipt(
    issued: Issued,
    signature: Signature,
    item_codes: Mapping[str, str],
    original_cu_number: str | None = None,
    *,
    for_certification: bool = False,
    suffixes: Mapping[Band, str] = parts.AMOUNT_SUFFIXES,
) -> Receipt:
    """The official receipt, NS or NC; a credit note needs the control unit's number of its sale.

    `item_codes` maps item ids to KRA's codes. `for_certification` leaves the sandbox band away, in the sandbox only.
    """
    label = original_label(issued.document.kind)
    return _signed(issued, label, signature, item_codes, original_cu_number, None, for_certification, suffixes)


def copy_receipt(
    issued: Issued,
    signature: Signature,
    item_codes: Mapping[str, str],
    original_cu_number: str | None = None,
    *,
    copy_number: int | None = None,
    printed_at: datetime | None = None,
    for_certification: bool = False,
    suffixes: Mapping[Band, str] = parts.AMOUNT_SUFFIXES,
) -> Receipt:
    """A copy, CS or CC: the same signature and QR under other marks; without a number its fields wait for a stamp."""
    mark = CopyMark(
        number="" if copy_number is None else str(copy_number),
        printed_at="" if printed_at is None else f"{print_date(printed_at)} {print_time(printed_at)}",
    )
    label = copy_label(issued.document.kind)
    return _signed(issued, label, signature, item_codes, original_cu_number, mark, for_certification, suffixes)


def unsigned_receipt(
    issued: Issued,
    label: Label,
    local_number: int,
    item_codes: Mapping[str, str],
    sdc_id: str | None = None,
    *,
    suffixes: Mapping[Band, str] = parts.AMOUNT_SUFFIXES,
) -> Receipt:
    """A training or proforma paper, TS, TC or PS: our own counter, no signature and no QR (RECEIPTS §9)."""
    if label.is_signed or label.kind is not issued.document.kind:
        raise ReceiptError("Only a training or proforma paper of the same kind can do without a signature.")
    scu = ScuBlock(sdc_id=sdc_id, counter=_counter(local_number, local_number, label))
    credit = issued.document.credit
    original = parts.original_block(credit, "ORIGINAL INVOICE NO.#", credit.original_trader_number) if credit else None
    return _receipt(issued, label, scu, item_codes, original=original, suffixes=suffixes)


def _signed(
    issued: Issued,
    label: Label,
    signature: Signature,
    item_codes: Mapping[str, str],
    original_cu_number: str | None,
    mark: CopyMark | None,
    for_certification: bool,
    suffixes: Mapping[Band, str],
) -> Receipt:
    if not signature.signature:
        raise ReceiptError("There is no receipt before KRA has signed.")
    return _receipt(
        issued,
        label,
        _scu_block(signature, label),
        item_codes,
        original=_signed_original(issued, original_cu_number),
        suffixes=suffixes,
        signature=signature,
        mark=mark,
        for_certification=for_certification,
    )


def _signed_original(issued: Issued, original_cu_number: str | None) -> OriginalBlock | None:
    credit = issued.document.credit
    if (original_cu_number is None) != (credit is None):
        raise ReceiptError("A credit note, and only a credit note, prints the control unit's number of its sale.")
    if credit is None or original_cu_number is None:
        return None
    return parts.original_block(credit, "ORIGINAL CU INVOICE NO.#", original_cu_number)


def _receipt(
    issued: Issued,
    label: Label,
    scu: ScuBlock,
    item_codes: Mapping[str, str],
    *,
    original: OriginalBlock | None,
    suffixes: Mapping[Band, str],
    signature: Signature | None = None,
    mark: CopyMark | None = None,
    for_certification: bool = False,
) -> Receipt:
    document = issued.document
    is_note = document.kind is DocumentKind.CREDIT_NOTE
    return Receipt(
        label=label,
        environment_band=_environment_band(document.environment, for_certification),
        watermark=label.designation,
        header=parts.header_block(document, label),
        marks=(label.designation, NOT_OFFICIAL) if label.designation else (),
        original=original,
        buyer=parts.buyer_block(document),
        number=parts.number_block(issued),
        items=parts.item_blocks(document, item_codes, suffixes),
        totals=parts.credit_totals(document.priced) if is_note else parts.sale_totals(document.priced),
        payments=() if label is Label.PS else parts.payment_figures(document),
        payment_word=label.designation if label is Label.PS else None,
        items_number=len(document.lines),
        tax_table=() if is_note else parts.tax_rows(document.priced),
        scu=scu,
        qr_url=_qr_url(issued, signature),
        qr_caption=QR_CAPTION,
        tis=TisBlock(
            number=issued.trader_number,
            date=print_date(issued.issued_at),
            time=print_time(issued.issued_at),
            copy=mark,
        ),
        message=document.seller.bottom_message,
        closing=END_OF_RECEIPT if label is Label.NS else None,
        has_unusual_signature=signature is not None and not is_usual_signature(signature.signature),
    )


def _scu_block(signature: Signature, label: Label) -> ScuBlock:
    """KRA's answer as it came: print what the unit returned, compute nothing."""
    return ScuBlock(
        sdc_id=signature.sdc_id,
        counter=_counter(signature.receipt_number, signature.total_receipt_number, label),
        date=print_date(signature.signed_at),
        time=print_time(signature.signed_at),
        cu_invoice_number=cu_invoice_number(signature.sdc_id, signature.receipt_number),
        internal_data=dashed(signature.internal_data),
        signature=dashed(signature.signature),
    )


def _counter(current: int, total: int, label: Label) -> str:
    return f"{current}/{total} {label.value}"


def _qr_url(issued: Issued, signature: Signature | None) -> str | None:
    if signature is None:
        return None
    seller = issued.document.seller
    return receipt_url(seller.pin, seller.branch_code, signature.signature, issued.document.environment)


def _environment_band(environment: Environment, for_certification: bool) -> str | None:
    if environment.is_live or (for_certification and environment is Environment.SANDBOX):
        return None
    return SANDBOX_BAND
