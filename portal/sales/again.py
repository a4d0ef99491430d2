"""The form of a document that was issued before: to correct it, or to sell the same again."""

from __future__ import annotations

from uuid import UUID

from portal.fiscal.frozen import DocumentLine, FiscalDocument
from portal.fiscal.money import format_money, format_quantity
from portal.fiscal.payments import Payment
from portal.sales.typed import TypedInvoice, TypedLine, TypedPayment


def typed_again(document: FiscalDocument, branch_id: UUID) -> TypedInvoice:
    """What would have to be typed to get these amounts: prices with VAT, each discount as an amount."""
    buyer = document.buyer
    payments = tuple(map(_payment, range(1, len(document.payments) + 1), document.payments))
    return TypedInvoice(
        branch_id=str(branch_id),
        buyer="" if buyer.is_walk_in else buyer.name,
        pin=buyer.pin or "",
        phone=buyer.phone or "",
        email=buyer.email or "",
        lines=tuple(map(_line, range(1, len(document.lines) + 1), document.lines)),
        payments=payments if len(payments) > 1 else (TypedPayment("p1", payments[0].method),),
        reference=document.reference or "",
        note=document.customer_note or "",
    )


def _line(number: int, line: DocumentLine) -> TypedLine:
    priced = line.priced
    return TypedLine(
        row=f"l{number}",
        item=line.name,
        item_id=line.item_id,
        quantity=format_quantity(priced.quantity),
        price=format_money(priced.price),
        discount=format_money(priced.discount_amount) if priced.discount_amount else "",
    )


def _payment(number: int, payment: Payment) -> TypedPayment:
    return TypedPayment(f"p{number}", payment.method.value, format_money(payment.amount), payment.reference or "")
