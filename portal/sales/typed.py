"""What a person typed into the invoice form, as text: kept as the draft's content, whatever state it is in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from portal.fiscal.document import MOST_LINES, Prices
from portal.fiscal.payments import PaymentMethod

LONGEST_TEXT = 250
MOST_ROWS = 2 * MOST_LINES  # more than an invoice may have, so that a list that is too long is kept and said to be so
MOST_PAYMENTS = 12
OFFERED_METHODS = tuple(method for method in PaymentMethod if method is not PaymentMethod.CASH_CREDIT)
_ROW = re.compile(r"[lp][0-9a-z]{1,8}")


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One row of the form; `row` stays the same as long as the row lives."""

    row: str
    item: str = ""
    item_id: str = ""
    quantity: str = "1"
    price: str = ""
    discount: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.item or self.item_id or self.price or self.discount) and self.quantity in ("", "1")


@dataclass(frozen=True, slots=True)
class TypedPayment:
    """One means of payment; without an amount it takes what the others leave."""

    row: str
    method: str = PaymentMethod.CASH.value
    amount: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TypedInvoice:
    """The whole form."""

    branch_id: str = ""
    buyer: str = ""
    buyer_id: str = ""
    pin: str = ""
    phone: str = ""
    email: str = ""
    prices: str = Prices.INCLUSIVE.value
    lines: tuple[TypedLine, ...] = field(default_factory=lambda: (TypedLine("l1"),))
    has_discount: bool = False
    discount: str = ""
    payments: tuple[TypedPayment, ...] = field(default_factory=lambda: (TypedPayment("p1"),))
    due: str = ""
    reference: str = ""
    note: str = ""

    @classmethod
    def read(cls, form: Mapping[str, str], rows: Iterable[str]) -> TypedInvoice:
        """The form as it was sent; `rows` are the values of its hidden `row` fields, in their order."""
        chosen = _id(form, "buyer-choice")  # from a list: the customer's own name takes the place of what was typed
        known = list(dict.fromkeys(row for row in rows if _ROW.fullmatch(row)))
        lines = tuple(_line(form, row) for row in known if row[0] == "l")[:MOST_ROWS]
        payments = tuple(_payment(form, row) for row in known if row[0] == "p")[:MOST_PAYMENTS]
        return cls(
            branch_id=_text(form, "branch"),
            buyer="" if chosen else _text(form, "buyer"),
            buyer_id=chosen or _id(form, "buyer_id"),
            pin=_text(form, "pin"),
            phone=_text(form, "phone"),
            email=_text(form, "email"),
            prices=_one_of(_text(form, "prices"), [one.value for one in Prices]),
            lines=lines or (TypedLine("l1"),),
            has_discount=form.get("has_discount") == "1",
            discount=_text(form, "discount"),
            payments=payments or (TypedPayment("p1"),),
            due=_text(form, "due"),
            reference=_text(form, "reference"),
            note=_text(form, "note"),
        )

    def to_content(self) -> dict[str, Any]:
        """The form as JSON."""
        return {"form": asdict(self)}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> TypedInvoice:
        """The form that `to_content` wrote; parts that it did not know yet keep their first value."""
        form = dict(content.get("form", {}))
        lines = tuple(TypedLine(**line) for line in form.pop("lines", ())) or (TypedLine("l1"),)
        payments = tuple(TypedPayment(**one) for one in form.pop("payments", ())) or (TypedPayment("p1"),)
        return cls(**form, lines=lines, payments=payments)

    @property
    def filled_lines(self) -> tuple[TypedLine, ...]:
        return tuple(line for line in self.lines if not line.is_blank)

    @property
    def is_blank(self) -> bool:
        """Whether nothing worth keeping was typed."""
        return not (self.buyer or self.buyer_id or self.pin or self.filled_lines)

    def line(self, row: str) -> TypedLine | None:
        return next((line for line in self.lines if line.row == row), None)

    def with_line(self, changed: TypedLine) -> TypedInvoice:
        """The form with the line of the same row replaced."""
        return replace(self, lines=tuple(changed if line.row == changed.row else line for line in self.lines))

    def with_new_line(self) -> TypedInvoice:
        """The form with an empty line at its end."""
        return replace(self, lines=(*self.lines, TypedLine(_new_row("l"))))

    def without_line(self, row: str) -> TypedInvoice:
        """The form without that line; the last one leaves an empty line behind."""
        left = tuple(line for line in self.lines if line.row != row)
        return replace(self, lines=left or (TypedLine(_new_row("l")),))

    def with_new_payment(self) -> TypedInvoice:
        """The form with one more means of payment."""
        if len(self.payments) >= MOST_PAYMENTS:
            return self
        return replace(self, payments=(*self.payments, TypedPayment(_new_row("p"), PaymentMethod.MOBILE_MONEY.value)))

    def without_payment(self, row: str) -> TypedInvoice:
        """The form without that payment; the only one stays."""
        left = tuple(one for one in self.payments if one.row != row)
        return replace(self, payments=left or self.payments)


def _line(form: Mapping[str, str], row: str) -> TypedLine:
    chosen = _id(form, f"{row}-choice")
    return TypedLine(
        row,
        "" if chosen else _text(form, f"{row}-item"),
        chosen or _id(form, f"{row}-item_id"),
        _text(form, f"{row}-qty"),
        _text(form, f"{row}-prc"),
        _text(form, f"{row}-dc"),
    )


def _payment(form: Mapping[str, str], row: str) -> TypedPayment:
    return TypedPayment(
        row,
        _one_of(_text(form, f"{row}-method"), [one.value for one in OFFERED_METHODS]),
        _text(form, f"{row}-amount"),
        _text(form, f"{row}-ref"),
    )


def _text(form: Mapping[str, str], name: str) -> str:
    """One field, short enough to keep; a NUL, which the database cannot hold, stays visible as a wrong character."""
    return form.get(name, "").replace("\x00", "\ufffd").strip()[:LONGEST_TEXT]


def _id(form: Mapping[str, str], name: str) -> str:
    try:
        return str(UUID(form.get(name, "")))
    except ValueError:
        return ""


def _one_of(word: str, offered: list[str]) -> str:
    return word if word in offered else offered[0]


def _new_row(kind: str) -> str:
    return kind + uuid4().hex[:7]
