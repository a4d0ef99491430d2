"""A shared receipt as its customer sees it: what stands on the paper, worked out before it is drawn, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from portal.fiscal.bands import Band
from portal.fiscal.frozen import DocumentLine, FiscalDocument, Issued, Signature
from portal.fiscal.labels import DocumentKind
from portal.fiscal.money import ZERO, format_quantity
from portal.fiscal.numbering import cu_invoice_number, dashed
from portal.fiscal.qr import receipt_url
from portal.fiscal.receipt import SANDBOX_BAND
from portal.infra import qr
from portal.infra.phones import show_phone
from portal.infra.wording import day_and_time, local
from portal.receipts.models import HandOut
from portal.receipts.queries import SignedDocument
from portal.sales.form_page import band_rows
from portal.sales.status import credited_amounts, state_of
from portal.sales.words import band_words, method_word


@dataclass(frozen=True, slots=True)
class Line:
    """One item: `2 × 580.00 · B 16%` under its name, the amount beside it."""

    name: str
    detail: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The paper of one hand-out; amounts of a credit note are below zero."""

    issued: Issued
    signature: Signature
    state: str
    copy_no: int
    sale_number: str | None

    @property
    def document(self) -> FiscalDocument:
        return self.issued.document

    @property
    def sign(self) -> int:
        return -1 if self.document.kind is DocumentKind.CREDIT_NOTE else 1

    @property
    def title(self) -> str:
        """`Tax invoice INV-000105`."""
        words = _("Credit note %(number)s") if self.sign < 0 else _("Tax invoice %(number)s")
        return words % {"number": self.issued.trader_number}

    @property
    def seller_phone(self) -> str:
        """The shop's number as people read it; as it was written where it is none of ours."""
        written = self.document.seller.phone or ""
        return show_phone(written) if written.startswith("+254") else written

    @property
    def sandbox_band(self) -> str | None:
        """What a deployment that is not KRA's live one prints on every receipt."""
        return None if self.document.environment.is_live else SANDBOX_BAND

    @property
    def kra_address(self) -> str:
        """KRA's own page of this receipt."""
        seller = self.document.seller
        return receipt_url(seller.pin, seller.branch_code, self.signature.signature, self.document.environment)

    def qr(self) -> qr.QrDrawing:
        """The code that leads there."""
        return qr.draw(self.kra_address)

    def lines(self) -> list[Line]:
        """The items, in their order."""
        return [_line(line, self.document, self.sign) for line in self.document.lines]

    def sums(self) -> list[tuple[str, Decimal]]:
        """The sums above the total."""
        priced = self.document.priced
        discount = []
        if priced.discount_amount:
            discount = [(_("Before discount"), priced.supply_amount), (_("Discount"), -priced.discount_amount)]
        rows = [*discount, (_("Without VAT"), priced.taxable_amount), (_("VAT"), priced.tax_amount)]
        return [(word, self.sign * amount + ZERO) for word, amount in rows]

    def total(self) -> Decimal:
        return self.sign * self.document.priced.total_amount

    def bands(self) -> list[tuple[str, Decimal, Decimal]]:
        """The tax table: all five bands."""
        rows = band_rows(self.document.priced, all_bands=True)
        return [(words, self.sign * taxable + ZERO, self.sign * tax + ZERO) for words, taxable, tax in rows]

    def paid_by(self) -> str:
        """The means of payment in words."""
        return ", ".join(dict.fromkeys(method_word(one.method).lower() for one in self.document.payments))

    def kra_facts(self) -> list[tuple[str, str, bool]]:
        """KRA's numbers."""
        told = self.signature
        signed_at = f"{day_and_time(told.signed_at)}:{local(told.signed_at):%S}"
        return [
            (_("CU invoice number"), cu_invoice_number(told.sdc_id, told.receipt_number), True),
            (_("Receipt signature"), dashed(told.signature), True),
            (_("Signed at"), signed_at, False),
        ]


def receipt_page(signed: SignedDocument, handed_out: HandOut) -> ReceiptPage:
    """The page of a handed-out paper, with today's word on whether it was credited since."""
    row, issued = signed.row, signed.issued
    credited = credited_amounts([row.id]).get(row.id, ZERO) if row.kind == DocumentKind.SALE else ZERO
    credit = issued.document.credit
    return ReceiptPage(
        issued=issued,
        signature=signed.signature,
        state=state_of(row.state, signed.submission.state, row.total_amount, credited),
        copy_no=handed_out.copy_no,
        sale_number=credit.original_trader_number if credit else None,
    )


def _line(line: DocumentLine, document: FiscalDocument, sign: int) -> Line:
    priced = line.priced
    details = [
        f"{format_quantity(priced.quantity)} × {priced.price:,.2f}",
        band_words(Band(priced.band), document.rates[priced.band]),
    ]
    if priced.discount_amount:
        details.append(_("discount %(rate)s%%", rate=format_quantity(priced.discount_rate)))
    return Line(line.name, " · ".join(details), sign * priced.total_amount)
