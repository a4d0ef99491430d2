"""How an invoice is paid: one means of payment may take the rest, and change is given for cash."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _

from portal.errors import BadInput
from portal.fiscal.money import ZERO, format_money
from portal.fiscal.payments import Payment, PaymentError, settle_payments
from portal.sales.new_invoice import NewPayment


def payments_of(asked: Sequence[NewPayment], total: Decimal) -> tuple[Payment, ...]:
    """The payments with the open one filled in, cash as it was handed over; raises BadInput unless they make up the total."""
    paid = sum((one.amount for one in asked if one.amount is not None), ZERO)
    open_ones = sum(one.amount is None for one in asked)
    sums = {"paid": format_money(paid), "total": format_money(total)}
    if open_ones > 1:
        raise BadInput(_("Only one payment may have no amount: it takes the rest."))
    if open_ones and paid > total:
        raise BadInput(_("The payments are already Ksh %(paid)s; the total is Ksh %(total)s.", **sums))
    payments = tuple(
        Payment(method=one.method, amount=total - paid if one.amount is None else one.amount, reference=one.reference)
        for one in asked
    )
    try:
        settle_payments(payments, total)
    except PaymentError as refusal:
        sentence = _("The payments come to Ksh %(paid)s; the total is Ksh %(total)s.", **sums)
        if paid > total:
            sentence = f"{sentence} {_('Change is given for cash only.')}"
        raise BadInput(sentence) from refusal
    return payments
