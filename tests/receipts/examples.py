"""Receipts to print in tests, made from the documents of the fiscal core's examples."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from portal.fiscal.frozen import Buyer, FiscalDocument, Payment, PaymentMethod
from portal.fiscal.receipt import Receipt, copy_receipt, original_receipt
from tests.fiscal.examples import (
    CREDIT_SIGNATURE,
    MIXED_ITEMS,
    SALE_SIGNATURE,
    credited,
    issued,
    line,
    mixed_sale,
    sale_of,
)

CODES = {item_id: f"KE2NTNO{number:07}" for number, (item_id, _name, _type) in enumerate(MIXED_ITEMS, start=1)}
CU_NUMBER_OF_SALE = "KRACU0400000000/105"


def original_of(document: FiscalDocument) -> Receipt:
    """The original of a document that was signed as in RECEIPTS §10."""
    if document.credit:
        return original_receipt(issued(document), CREDIT_SIGNATURE, CODES, CU_NUMBER_OF_SALE)
    return original_receipt(issued(document), SALE_SIGNATURE, CODES)


def copy_body_of(document: FiscalDocument) -> Receipt:
    """Its copy, before number and time are stamped on."""
    if document.credit:
        return copy_receipt(issued(document), CREDIT_SIGNATURE, CODES, CU_NUMBER_OF_SALE)
    return copy_receipt(issued(document), SALE_SIGNATURE, CODES)


def two_tenders() -> FiscalDocument:
    """The mixed sale, paid in cash and by mobile money, with change."""
    paid = (
        Payment(method=PaymentMethod.CASH, amount=Decimal("5000.00")),
        Payment(method=PaymentMethod.MOBILE_MONEY, amount=Decimal("2700.00")),
    )
    return replace(mixed_sale(), payments=paid)


def walk_in() -> FiscalDocument:
    """The mixed sale to somebody who gave no name."""
    return replace(mixed_sale(), buyer=Buyer())


def credit_note() -> FiscalDocument:
    """One box and one flour of the mixed sale come back."""
    return credited(mixed_sale(), line_1="1", line_2="1")


def long_sale(lines: int) -> FiscalDocument:
    """A sale of so many plain lines."""
    return sale_of(*[line("2", "580.00", "B")] * lines)


def named_sale(name: str) -> FiscalDocument:
    """The mixed sale with this name for its first item."""
    document = mixed_sale()
    return replace(document, lines=(replace(document.lines[0], name=name), *document.lines[1:]))
