"""From typed text to a priced invoice: each refusal stands at its field, and what can be priced already is priced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext as _

from portal.catalogue.models import Item
from portal.customers.models import Customer
from portal.errors import BadInput
from portal.fiscal.bands import Band, Rates, offered_bands
from portal.fiscal.document import MOST_LINES, LineInput, PricedDocument, PricedLine, Prices, PricingError, price_document
from portal.fiscal.errors import FiscalError
from portal.fiscal.money import ZERO, format_quantity, parse_money, parse_percent, parse_quantity
from portal.fiscal.payments import PaymentMethod, change_of
from portal.fiscal.pins import parse_pin
from portal.fiscal.texts import clean_optional_text
from portal.infra.forms import parse_email, parse_phone
from portal.sales.new_invoice import NewBuyer, NewInvoice, NewLine, NewPayment
from portal.sales.paying import payments_of
from portal.sales.typed import TypedInvoice, TypedLine, TypedPayment

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Book:
    """What the form's ids mean, looked up once: items and customer by id, the rates of today, the business."""

    items: Mapping[str, Item]
    customer: Customer | None
    branch_id: UUID
    rates: Rates
    seller_pin: str
    available: Mapping[UUID, Decimal]
    vat_registered: bool = True
    quantity_decimals: int = 4
    training: bool = False
    counts_stock: bool = True


@dataclass(slots=True)
class Reading:
    """A form read: sentences by field id (in the order of the form), and the figures that could be made out.

    `alone` holds each line before its share of the discount on the whole invoice.
    """

    typed: TypedInvoice
    book: Book
    errors: dict[str, str] = field(default_factory=dict)
    lines: dict[str, LineInput] = field(default_factory=dict)
    alone: dict[str, PricedLine] = field(default_factory=dict)
    discount_amount: Decimal | None = None
    discount_percent: Decimal | None = None
    buyer: NewBuyer = field(default_factory=NewBuyer)
    payments: tuple[NewPayment, ...] = ()
    due_on: date | None = None
    reference: str | None = None
    customer_note: str | None = None
    priced: PricedDocument | None = None
    change: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.priced.total_amount if self.priced else ZERO

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The errors for the summary above the form: those of lines say which line."""
        places = {line.row: place for place, line in enumerate(self.typed.lines, start=1)}
        return [(name, self._in_place(places.get(name.split("-")[0]), said)) for name, said in self.errors.items()]

    def new_invoice(self, key: str, draft_id: UUID | None) -> NewInvoice:
        """What is asked for, once there are no errors."""
        items = {line.row: UUID(line.item_id) for line in self.typed.lines if line.row in self.lines}
        return NewInvoice(
            branch_id=self.book.branch_id,
            idempotency_key=key,
            lines=tuple(_new_line(items[row], line) for row, line in self.lines.items()),
            prices=Prices(self.typed.prices),
            buyer=self.buyer,
            payments=self.payments,
            discount_amount=self.discount_amount,
            discount_percent=self.discount_percent,
            due_on=self.due_on,
            reference=self.reference,
            customer_note=self.customer_note,
            draft_id=draft_id,
        )

    def refuse(self, name: str, sentence: str) -> None:
        """Keep the first refusal of a field."""
        self.errors.setdefault(name, sentence)

    def _in_place(self, place: int | None, sentence: str) -> str:
        return sentence if place is None else _("Line %(place)s: %(sentence)s", place=place, sentence=sentence)


def read(typed: TypedInvoice, book: Book) -> Reading:
    """The whole form read and priced; `errors` is empty when it can be issued."""
    reading = Reading(typed, book)
    _read_buyer(reading)
    for line in typed.filled_lines:
        _read_line(reading, line)
    _check_stock(reading)
    _check_count(reading)
    _read_discount(reading)
    _price(reading)
    _read_payments(reading)
    _read_extras(reading)
    return reading


def _attempt(reading: Reading, name: str, parse: Callable[[], Value]) -> Value | None:
    try:
        return parse()
    except (FiscalError, BadInput) as error:
        reading.refuse(name, error.sentence)
        return None


def _read_buyer(reading: Reading) -> None:
    typed, customer = reading.typed, reading.book.customer
    name = _attempt(reading, "buyer", lambda: clean_optional_text(typed.buyer, 60, _("The name")))
    pin = _attempt(reading, "pin", lambda: parse_pin(typed.pin)) if typed.pin else None
    if pin and pin == reading.book.seller_pin:
        reading.refuse("pin", _("This is the PIN of your own business. Enter the buyer's."))
    if pin and not name:
        reading.refuse("buyer", _("Enter the buyer's name: KRA wants one beside a PIN."))
    phone = _attempt(reading, "phone", lambda: parse_phone(typed.phone)) if typed.phone else None
    email = _attempt(reading, "email", lambda: parse_email(typed.email)) if typed.email else None
    reading.buyer = NewBuyer(
        customer_id=customer.id if customer and customer.name == name else None, name=name, pin=pin, phone=phone, email=email
    )


def _read_extras(reading: Reading) -> None:
    """When it is due, the buyer's own number for it, and a word to the customer: printed, and not sent to KRA."""
    typed = reading.typed
    reading.due_on = _attempt(reading, "due", lambda: _day(typed.due)) if typed.due else None
    reading.reference = _attempt(reading, "reference", lambda: clean_optional_text(typed.reference, 50, _("The order number")))
    reading.customer_note = _attempt(reading, "note", lambda: clean_optional_text(typed.note, 250, _("The note")))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Enter a day, like 2026-12-20.")) from None


def _read_line(reading: Reading, line: TypedLine) -> None:
    item = reading.book.items.get(line.item_id)
    decimals = reading.book.quantity_decimals
    if item is None:
        reading.refuse(f"{line.row}-item", _("Choose an item from your list.") if line.item else _("Choose what you sold."))
    elif Band(item.band) not in offered_bands(reading.book.vat_registered):
        reading.refuse(f"{line.row}-item", _("This item charges VAT, and the business is not registered for VAT."))
    quantity = _attempt(reading, f"{line.row}-qty", lambda: parse_quantity(line.quantity, decimals))
    price = _attempt(reading, f"{line.row}-prc", lambda: parse_money(line.price))
    percent, amount = _parse_discount(reading, f"{line.row}-dc", line.discount)
    if item is None or quantity is None or price is None or f"{line.row}-dc" in reading.errors:
        return
    read_line = LineInput(band=Band(item.band), quantity=quantity, price=price, discount_percent=percent, discount_amount=amount)
    # Alone first: a line that cannot be priced must not hide the totals of the others.
    try:
        priced = price_document([read_line], reading.book.rates, Prices(reading.typed.prices))
    except PricingError as error:
        name = f"{line.row}-dc" if amount is not None else f"{line.row}-qty"
        reading.refuse(name, _without_place(error))
        return
    reading.lines[line.row], reading.alone[line.row] = read_line, priced.lines[0]


def _parse_discount(reading: Reading, name: str, text: str) -> tuple[Decimal | None, Decimal | None]:
    """Per cent and shillings of what was typed: "5%" or "5 %", else an amount; neither for nothing."""
    if not text:
        return None, None
    if text.endswith("%"):
        return _attempt(reading, name, lambda: parse_percent(text)), None
    return None, _attempt(reading, name, lambda: parse_money(text))


def _check_stock(reading: Reading) -> None:
    """Say early what Issue would refuse: goods that are not there (COMPLIANCE §7). The database has the last word."""
    if not reading.book.counts_stock:
        return
    wanted: dict[UUID, Decimal] = {}
    for line in reading.typed.lines:
        item = reading.book.items.get(line.item_id)
        if line.row not in reading.lines or item is None or not item.is_goods:
            continue
        wanted[item.id] = wanted.get(item.id, ZERO) + reading.lines[line.row].quantity
        there = reading.book.available.get(item.id, ZERO)
        if wanted[item.id] > there:
            reading.refuse(f"{line.row}-qty", _("Only %(there)s in stock.", there=format_quantity(there)))


def _check_count(reading: Reading) -> None:
    filled = len(reading.typed.filled_lines)
    if filled == 0:
        reading.refuse(f"{reading.typed.lines[0].row}-item", _("Choose what you sold."))
    if filled > MOST_LINES:
        row = reading.typed.filled_lines[MOST_LINES].row
        sentence = _("An invoice can have at most %(most)s lines. Put the rest on a second one.", most=MOST_LINES)
        reading.refuse(f"{row}-item", sentence)


def _read_discount(reading: Reading) -> None:
    if reading.typed.has_discount:
        found = _parse_discount(reading, "discount", reading.typed.discount)
        reading.discount_percent, reading.discount_amount = found


def _price(reading: Reading) -> None:
    lines = list(reading.lines.values())[:MOST_LINES]
    if not lines:
        return
    reading.lines = dict(list(reading.lines.items())[:MOST_LINES])
    prices, rates = Prices(reading.typed.prices), reading.book.rates
    try:
        reading.priced = price_document(lines, rates, prices, reading.discount_amount, reading.discount_percent)
    except PricingError as error:
        name = "discount" if reading.typed.has_discount else f"{next(iter(reading.lines))}-qty"
        reading.refuse(name, _without_place(error))
        reading.discount_amount = reading.discount_percent = None
        reading.priced = _price_or_none(lines, rates, prices)


def _price_or_none(lines: list[LineInput], rates: Rates, prices: Prices) -> PricedDocument | None:
    try:
        return price_document(lines, rates, prices)
    except PricingError:
        return None


def _read_payments(reading: Reading) -> None:
    reading.payments = tuple(_read_payment(reading, payment) for payment in reading.typed.payments)
    open_ones = [one.row for one in reading.typed.payments if not one.amount]
    for row in open_ones[1:]:
        reading.refuse(f"{row}-amount", _("Enter an amount. Only one may be left open for the rest."))
    if reading.priced and not any(name.endswith("-amount") for name in reading.errors):
        last, total = reading.typed.payments[-1].row, reading.total
        paid = _attempt(reading, f"{last}-amount", lambda: payments_of(reading.payments, total))
        reading.change = change_of(paid, total) if paid else ZERO


def _read_payment(reading: Reading, typed: TypedPayment) -> NewPayment:
    amount = _attempt(reading, f"{typed.row}-amount", lambda: parse_money(typed.amount)) if typed.amount else None
    return NewPayment(method=PaymentMethod(typed.method), amount=amount, reference=_reference(reading, typed))


def _reference(reading: Reading, typed: TypedPayment) -> str | None:
    return _attempt(reading, f"{typed.row}-ref", lambda: clean_optional_text(typed.reference, 100, _("The reference")))


def _new_line(item_id: UUID, line: LineInput) -> NewLine:
    return NewLine(
        item_id=item_id,
        quantity=line.quantity,
        price=line.price,
        discount_percent=line.discount_percent,
        discount_amount=line.discount_amount,
    )


def _without_place(error: PricingError) -> str:
    """The sentence without the number of the line, which the summary adds by itself."""
    sentence = error.sentence.partition(": ")[2] if error.line is not None else error.sentence
    return sentence[:1].upper() + sentence[1:]
