"""Words of sales that stand on more than one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _

from portal.fiscal.bands import Band
from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.money import format_quantity
from portal.fiscal.payments import PaymentMethod, change_of
from portal.infra.wording import MONTHS, local, money
from portal.sales.new_invoice import NewPayment


def method_word(method: PaymentMethod) -> str:
    """A means of payment in words."""
    return {
        PaymentMethod.CASH: _("Cash"),
        PaymentMethod.MOBILE_MONEY: _("Mobile money"),
        PaymentMethod.CARD: _("Card"),
        PaymentMethod.CHEQUE: _("Bank cheque"),
        PaymentMethod.CREDIT: _("Credit"),
        PaymentMethod.CASH_CREDIT: _("Cash and credit"),
        PaymentMethod.OTHER: _("Other"),
    }[method]


def short_moment(moment: datetime, today: date) -> str:
    """`14:05` today, `19 Nov, 14:05` this year, else with the year."""
    when = local(moment)
    if when.date() == today:
        return f"{when:%H:%M}"
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when.day} {MONTHS[when.month - 1]}{year}, {when:%H:%M}"


def band_words(band: Band, rate: Decimal) -> str:
    """A tax band as people read it: A exempt, B 16%, C zero-rated, D outside VAT, E 8%."""
    plain = {Band.A: _("A exempt"), Band.C: _("C zero-rated"), Band.D: _("D outside VAT")}
    return plain.get(band) or f"{band.value} {format_quantity(rate)}%"


def training_changed(training: bool) -> str:
    """Why a form is shown again that was opened before training mode was switched, or for another branch."""
    if training:
        return _("This branch is in training mode: this would be practice without any value. Press again if you mean it.")
    return _("This branch is not in training mode: this would be a real invoice. Press again if you mean it.")


def payment_rows(document: FiscalDocument, sign: int) -> list[tuple[str, Decimal]]:
    """How a document was paid, and the change where more was handed over in cash than the total."""
    rows = [(method_word(one.method), sign * one.amount) for one in document.payments]
    change = change_of(document.payments, document.priced.total_amount)
    return [*rows, (_("Change"), sign * change)] if change else rows


def payment_facts(payments: Sequence[NewPayment]) -> list[tuple[str, str]]:
    """The payments as name and words; one without an amount takes the rest."""
    return [
        (_("Paid by"), " ".join(filter(None, [method_word(one.method), money(one.amount), one.reference]))) for one in payments
    ]
