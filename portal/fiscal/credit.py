"""What may still be credited of a sale, until when, and the lines of a credit note (COMPLIANCE §4)."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import DocumentLine, FiscalDocument
from portal.fiscal.labels import DocumentKind
from portal.fiscal.moments import kenyan_date, print_date
from portal.fiscal.money import (
    QUANTITY_DECIMALS,
    ZERO,
    decimals_of,
    format_money,
    format_quantity,
    multiply,
    plain,
    share,
    to_cents,
)
from portal.fiscal.priced import PricedLine, make_line

MONTHS = 6  # calendar months after the sale, in Kenyan days (rule 7)
WARN_FROM_MONTH = 5
REDUCTION = "price reduction"


class CreditError(FiscalError):
    """A credit note that may not be written; `line` is the line of the original to mend, counted from 1, or None."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence if line is None else f"Line {line}: {sentence}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left to credit of one line of a sale: `number` counts lines from 1, `amount` is with VAT.

    `reduced` is what notes have taken off its price while the goods stayed with the buyer.
    """

    number: int
    line: PricedLine
    quantity: Decimal
    amount: Decimal
    reduced: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.quantity > 0

    @property
    def unit_price(self) -> Decimal:
        """What one piece still costs the buyer, discounts and reductions taken off, to the cent."""
        return share(self.amount, Decimal(1), self.quantity) if self.is_open else ZERO


def remaining(original: FiscalDocument, notes: Iterable[FiscalDocument]) -> tuple[Remaining, ...]:
    """What is left of every line of the sale after its credit notes that count (issued and not void)."""
    credited = [line for note in notes for line in note.lines]
    return tuple(
        _left_of(number, line.priced, [one for one in credited if one.original_line == number])
        for number, line in enumerate(original.lines, start=1)
    )


def credit_lines(
    original: FiscalDocument,
    notes: Iterable[FiscalDocument],
    quantities: Mapping[int, Decimal],
    reductions: Mapping[int, Decimal] | None = None,
) -> tuple[DocumentLine, ...]:
    """The lines of a credit note by line number (from 1): quantities that come back, amounts that prices are reduced by.

    Raises CreditError over any cap.
    """
    if original.kind is not DocumentKind.SALE:
        raise CreditError("Only a sale can be credited.")
    wanted = {number: quantity for number, quantity in quantities.items() if quantity != 0}
    lower = {number: amount for number, amount in (reductions or {}).items() if amount != 0}
    both = next((number for number in sorted(wanted) if number in lower), None)
    if both is not None:
        raise CreditError("either something comes back or the price is reduced, not both on one note.", both)
    if not wanted and not lower:
        raise CreditError("Choose at least one line to credit.")
    left = {one.number: one for one in remaining(original, notes)}
    unknown = next((number for number in sorted({*wanted, *lower}) if number not in left), None)
    if unknown is not None:
        raise CreditError("The sale has no such line.", unknown)
    return tuple(
        _credited(original.lines[number - 1], left[number], wanted[number])
        if number in wanted
        else _reduced(original.lines[number - 1], left[number], lower[number])
        for number in sorted({*wanted, *lower})
    )


def credit_everything(original: FiscalDocument, notes: Iterable[FiscalDocument] = ()) -> tuple[DocumentLine, ...]:
    """The lines of the credit note that takes back all that is left; raises CreditError when nothing is."""
    earlier = tuple(notes)
    quantities = {one.number: one.quantity for one in remaining(original, earlier) if one.is_open}
    if not quantities:
        raise CreditError("Nothing is left to credit on this sale.")
    return credit_lines(original, earlier, quantities)


def credit_line(left: Remaining, quantity: Decimal) -> PricedLine:
    """This quantity of the line at its price and with its share of the discount; raises CreditError over the caps."""
    _check_quantity(left, quantity)
    line = left.line
    supply = to_cents(multiply(line.price, quantity))
    if quantity == left.quantity:
        # The last of a line takes what is left of its money. KRA recomputes price times quantity, so not more.
        total = min(left.amount, supply)
    elif left.reduced:
        # A price that was reduced comes back reduced: its share of what is left.
        total = min(share(left.amount, quantity, left.quantity), supply)
    else:
        discount = min(share(line.discount_amount, quantity, line.quantity), supply)
        total = min(left.amount, supply - discount)
    return make_line(
        band=line.band,
        rate=line.rate,
        quantity=plain(quantity),
        price=line.price,
        supply=supply,
        discount=supply - total,
    )


def reduction_line(left: Remaining, amount: Decimal) -> PricedLine:
    """This amount off the price of what the buyer keeps of the line, shown as a discount on it (RECEIPTS §8).

    The quantity is that of what is left, its price the original's; raises CreditError over what is left to credit.
    """
    if not amount.is_finite() or amount <= 0 or amount != to_cents(amount):
        raise CreditError("the reduction must be more than 0.00 with at most 2 decimals.", left.number)
    if not left.is_open:
        raise CreditError("all of it has been credited already.", left.number)
    if amount >= left.amount:
        raise CreditError(
            f"a reduction must be less than the {format_money(left.amount)} left; to take all of it back, enter its quantity.",
            left.number,
        )
    line = left.line
    supply = to_cents(multiply(line.price, left.quantity))
    return make_line(
        band=line.band,
        rate=line.rate,
        quantity=left.quantity,
        price=line.price,
        supply=supply,
        discount=supply - amount,
    )


@dataclass(frozen=True, slots=True)
class CreditWindow:
    """Whether a sale may be credited, and the last day on which it may."""

    state: Literal["open", "warn", "closed"]
    last_day: date


def credit_deadline(original_date: date) -> date:
    """The last day on which a sale of this day may be credited: 31 August → 28 (or 29) February."""
    return _months_later(original_date, MONTHS)


def credit_window(original_issued_at: datetime, now: datetime) -> CreditWindow:
    """The window of a sale as seen now: a warning from five months, closed after the day six months later."""
    sold_on, today = kenyan_date(original_issued_at), kenyan_date(now)
    last_day = credit_deadline(sold_on)
    if today > last_day:
        return CreditWindow("closed", last_day)
    return CreditWindow("warn" if today >= _months_later(sold_on, WARN_FROM_MONTH) else "open", last_day)


def check_credit_window(original_issued_at: datetime, now: datetime) -> CreditWindow:
    """The window while it is open; raises CreditError with the date after which it was closed. There is no override."""
    window = credit_window(original_issued_at, now)
    if window.state == "closed":
        raise CreditError(
            f"This sale is of {print_date(original_issued_at)}; the law let it be credited until {print_date(window.last_day)}."
        )
    return window


def _credited(line: DocumentLine, left: Remaining, quantity: Decimal) -> DocumentLine:
    return replace(line, priced=credit_line(left, quantity), original_line=left.number)


def _reduced(line: DocumentLine, left: Remaining, amount: Decimal) -> DocumentLine:
    priced = reduction_line(left, amount)
    return replace(line, priced=priced, original_line=left.number, reduces_price=True, discount_reason=REDUCTION)


def _left_of(number: int, line: PricedLine, credited: Sequence[DocumentLine]) -> Remaining:
    returned = sum((one.priced.quantity for one in credited if not one.reduces_price), ZERO)
    return Remaining(
        number=number,
        line=line,
        quantity=plain(line.quantity - returned),
        amount=line.total_amount - sum((one.priced.total_amount for one in credited), ZERO),
        reduced=sum((one.priced.total_amount for one in credited if one.reduces_price), ZERO),
    )


def _check_quantity(left: Remaining, quantity: Decimal) -> None:
    if not quantity.is_finite() or quantity <= 0 or decimals_of(quantity) > QUANTITY_DECIMALS:
        raise CreditError(f"the quantity must be more than 0 with at most {QUANTITY_DECIMALS} decimals.", left.number)
    if not left.is_open:
        raise CreditError("all of it has been credited already.", left.number)
    if quantity > left.quantity:
        raise CreditError(f"only {format_quantity(left.quantity)} is left to credit.", left.number)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
