"""Means of payment (KRA code class 07) and what was tendered."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.fiscal.errors import FiscalError
from portal.fiscal.money import ZERO, to_cents
from portal.fiscal.texts import check_text


class PaymentMethod(StrEnum):
    """How a buyer pays; KRA's number for it is looked up by name in KRA's list, never by position."""

    CASH = "cash"
    CREDIT = "credit"
    CASH_CREDIT = "cash_credit"
    CHEQUE = "cheque"
    CARD = "card"
    MOBILE_MONEY = "mobile_money"
    OTHER = "other"

    @property
    def caption(self) -> str:
        """The words on the receipt."""
        return {PaymentMethod.CASH_CREDIT: "CASH/CREDIT", PaymentMethod.CHEQUE: "BANK CHEQUE"}.get(
            self, self.value.replace("_", " ").upper()
        )


class PaymentError(FiscalError):
    """Payments that do not fit the total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One tender: what was handed over, in shillings with two decimals."""

    method: PaymentMethod
    amount: Decimal
    reference: str | None = None

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount < 0 or to_cents(self.amount) != self.amount:
            raise PaymentError("A payment is 0 or more with at most 2 decimals.")
        object.__setattr__(self, "amount", to_cents(self.amount))
        check_text(self.reference, 100, "The payment reference")


def settle_payments(payments: Sequence[Payment], total: Decimal) -> Decimal:
    """The change; raises PaymentError unless the tenders make up the total (change is for cash only)."""
    change = sum((payment.amount for payment in payments), ZERO) - total
    if change < 0:
        raise PaymentError("The payments are less than the total. What is still owed is paid on credit.")
    if change > _by_method(payments).get(PaymentMethod.CASH, ZERO):
        raise PaymentError("The payments are more than the total, and change is given for cash only.")
    return change


def change_of(payments: Sequence[Payment], total: Decimal) -> Decimal:
    """What went back to the buyer of a frozen document, 0 where nothing did."""
    return max(sum((payment.amount for payment in payments), ZERO) - total, ZERO)


def main_method(payments: Sequence[Payment], total: Decimal) -> PaymentMethod:
    """The means that most of the total was paid with, the change taken off the cash; cash where nothing is said."""
    paid = _by_method(payments)
    if PaymentMethod.CASH in paid:
        paid[PaymentMethod.CASH] -= change_of(payments, total)
    return max(paid, key=lambda method: (paid[method], method.value), default=PaymentMethod.CASH)


def _by_method(payments: Sequence[Payment]) -> dict[PaymentMethod, Decimal]:
    paid: dict[PaymentMethod, Decimal] = {}
    for payment in payments:
        paid[payment.method] = paid.get(payment.method, ZERO) + payment.amount
    return paid
