"""How the parts of a frozen document become the texts of a receipt."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from portal.fiscal.bands import Band
from portal.fiscal.frozen import CreditReference, DocumentLine, FiscalDocument, Issued
from portal.fiscal.labels import DocumentKind, Label
from portal.fiscal.moments import print_date
from portal.fiscal.money import format_money, format_quantity, format_rate
from portal.fiscal.payments import change_of
from portal.fiscal.priced import BandTotal, PricedDocument
from portal.fiscal.receipt_blocks import (
    BuyerBlock,
    DiscountText,
    Figure,
    HeaderBlock,
    ItemBlock,
    NumberBlock,
    OriginalBlock,
    TaxRow,
)

# Glued to the amount of a line (RECEIPTS §2 row 11); a deployment may print others.
AMOUNT_SUFFIXES: Mapping[Band, str] = MappingProxyType({Band.A: "A-EX", Band.B: "B", Band.C: "C", Band.D: "D", Band.E: "E"})
CREDIT_SENTENCE = "CREDIT NOTE IS APPROVED ONLY FOR ORIGINAL SALES RECEIPT"


def header_block(document: FiscalDocument, label: Label) -> HeaderBlock:
    """The seller as frozen, under the title of the label."""
    seller = document.seller
    return HeaderBlock(
        business_name=seller.name,
        trade_name=seller.trade_name,
        address=seller.address,
        phone=seller.phone,
        pin=seller.pin,
        branch=f"{seller.branch_code} {seller.branch_name}".strip(),
        title=label.paper_title,
        message=seller.top_message,
    )


def original_block(credit: CreditReference, caption: str, number: str) -> OriginalBlock:
    """The reference of a credit note; when signed, by the control unit's number of the sale, never the trader's."""
    return OriginalBlock(
        caption=caption,
        number=number,
        date=print_date(credit.original_issued_at),
        sentence=CREDIT_SENTENCE,
        reason=f"{credit.reason_code} {credit.reason_name}",
        note=credit.reason_note,
    )


def buyer_block(document: FiscalDocument) -> BuyerBlock:
    """The buyer as sent to KRA."""
    buyer = document.buyer
    return BuyerBlock(pin=buyer.pin or "", name=buyer.name, phone=buyer.phone, address=buyer.address)


def number_block(issued: Issued) -> NumberBlock:
    """The trader number with its day."""
    document = issued.document
    is_note = document.kind is DocumentKind.CREDIT_NOTE
    return NumberBlock(
        caption="Trader Credit Note No" if is_note else "Trader Invoice No",
        number=issued.trader_number,
        date=print_date(issued.issued_at),
        due=print_date(document.due_on) if document.due_on else None,
        reference=document.reference,
        note=document.customer_note,
    )


def item_blocks(document: FiscalDocument, item_codes: Mapping[str, str], suffixes: Mapping[Band, str]) -> tuple[ItemBlock, ...]:
    """The lines in order; on a credit note every amount is negative (RECEIPTS §8)."""
    sign = _sign(document)
    return tuple(
        _item_block(number, line, sign, item_codes.get(line.item_id), suffixes[line.priced.band])
        for number, line in enumerate(document.lines, start=1)
    )


def sale_totals(priced: PricedDocument) -> tuple[Figure, ...]:
    """The totals of a sale, all six always."""
    return (
        Figure(caption="TOTAL BEFORE DISCOUNT", amount=format_money(priced.supply_amount)),
        Figure(caption="TOTAL DISCOUNT AWARDED", amount=_taken_off(priced.discount_amount)),
        Figure(caption="TOTAL TAX EXEMPTED AMOUNT", amount=format_money(priced.bands[Band.A].total_amount)),
        Figure(caption="SUB TOTAL", amount=format_money(priced.taxable_amount)),
        Figure(caption="VAT", amount=format_money(priced.tax_amount)),
        Figure(caption="TOTAL (KES)", amount=format_money(priced.total_amount), strong=True),
    )


def credit_totals(priced: PricedDocument) -> tuple[Figure, ...]:
    """The totals of a credit note: pairs per band instead of a tax table (RECEIPTS §4), all negative."""
    bands = priced.bands
    rate_b, rate_e = bands[Band.B].rate, bands[Band.E].rate
    return (
        Figure(caption="TOTAL", amount=format_money(-priced.total_amount), strong=True),
        _taxable("TOTAL A-EX", bands[Band.A]),
        _taxable(f"TOTAL B-{rate_b:.2f}%", bands[Band.B]),
        _tax("TOTAL TAX B", bands[Band.B]),
        _taxable("TOTAL C-0%", bands[Band.C]),
        _taxable("TOTAL D-Non-VAT", bands[Band.D]),
        _taxable(f"TOTAL E-{format_rate(rate_e)}", bands[Band.E]),
        _tax("TOTAL TAX E", bands[Band.E]),
        Figure(caption="TOTAL TAX", amount=format_money(-priced.tax_amount)),
    )


def payment_figures(document: FiscalDocument) -> tuple[Figure, ...]:
    """One line per tender, then PAID and CHANGE when more was handed over than the total."""
    sign = _sign(document)
    figures = [Figure(caption=one.method.caption, amount=format_money(sign * one.amount)) for one in document.payments]
    total = document.priced.total_amount
    change = change_of(document.payments, total)
    if change:
        figures.append(Figure(caption="PAID", amount=format_money(sign * (total + change))))
        figures.append(Figure(caption="CHANGE", amount=format_money(sign * change)))
    return tuple(figures)


def tax_rows(priced: PricedDocument) -> tuple[TaxRow, ...]:
    """Five rows always, zeros where a band is unused (RECEIPTS §4)."""
    return tuple(
        TaxRow(
            band=total.band.value,
            category=total.band.category,
            rate=_rate_caption(total),
            taxable=format_money(total.taxable_amount),
            tax=format_money(total.tax_amount),
        )
        for total in priced.bands.values()
    )


def _item_block(number: int, line: DocumentLine, sign: int, code: str | None, suffix: str) -> ItemBlock:
    priced = line.priced
    return ItemBlock(
        number=number,
        name=line.name,
        is_service=not line.item_type.is_goods,
        type_word="Goods" if line.item_type.is_goods else "Svc",
        code=code,
        unit=line.quantity_unit,
        quantity=format_quantity(priced.quantity),
        price=format_money(sign * priced.price),
        amount=format_money(sign * priced.supply_amount) + suffix,
        discount=_discount_text(line, sign) if priced.discount_amount else None,
    )


def _discount_text(line: DocumentLine, sign: int) -> DiscountText:
    """The discount as printed: it takes off a sale, and takes less off on a credit note."""
    amount = line.priced.discount_amount
    reason = f" ({line.discount_reason})" if line.discount_reason else ""
    return DiscountText(
        caption=f"discount {line.priced.discount_rate:.2f}%{reason}",
        amount=_taken_off(amount) if sign > 0 else format_money(amount),
    )


def _rate_caption(total: BandTotal) -> str:
    return {Band.A: "EX", Band.D: "Non-VAT"}.get(total.band, format_rate(total.rate))


def _taken_off(amount: Decimal) -> str:
    return f"({format_money(amount)})"


def _taxable(caption: str, total: BandTotal) -> Figure:
    return Figure(caption=caption, amount=format_money(-total.taxable_amount))


def _tax(caption: str, total: BandTotal) -> Figure:
    return Figure(caption=caption, amount=format_money(-total.tax_amount))


def _sign(document: FiscalDocument) -> int:
    return -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
