"""What is frozen at Issue: every name, price and rate a receipt will ever print (RECEIPTS §2, snapshot rule)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.fiscal.bands import Band, complete_rates
from portal.fiscal.content import content_sha256, decode, encode
from portal.fiscal.document import ItemType, PricedDocument, PricedLine, Prices
from portal.fiscal.environment import Environment
from portal.fiscal.errors import FiscalError
from portal.fiscal.labels import DocumentKind
from portal.fiscal.money import plain
from portal.fiscal.payments import Payment, PaymentMethod
from portal.fiscal.pins import parse_pin
from portal.fiscal.texts import check_text

__all__ = [
    "WALK_IN",
    "Buyer",
    "CreditReference",
    "DocumentKind",
    "DocumentLine",
    "Environment",
    "FiscalDocument",
    "FrozenError",
    "Issued",
    "Operator",
    "Payment",
    "PaymentMethod",
    "Seller",
    "Signature",
    "content_sha256",
]

WALK_IN = "Walk-in customer"
_BRANCH = re.compile(r"[0-9]{2}")


class FrozenError(FiscalError):
    """Parts that make no document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The business and branch that sell, as KRA holds and receives them; lengths are KRA's."""

    pin: str
    name: str
    branch_code: str
    branch_name: str
    vat_registered: bool
    trade_name: str | None = None
    address: str | None = None
    phone: str | None = None
    top_message: str | None = None
    bottom_message: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pin", parse_pin(self.pin))
        if not _BRANCH.fullmatch(self.branch_code):
            raise FrozenError("A branch code has two digits; 00 is the head office.")
        if not self.name.strip():
            raise FrozenError("The business needs its registered name.")
        check_text(self.name, 200, "The business name")
        check_text(self.branch_name, 60, "The branch name")
        check_text(self.trade_name, 20, "The trade name")
        check_text(self.address, 200, "The address")
        check_text(self.phone, 20, "The phone number")
        check_text(self.top_message, 20, "The message at the top")
        check_text(self.bottom_message, 20, "The message at the bottom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys; KRA needs a name on every sale, or it could never be credited (COMPLIANCE §4)."""

    name: str = WALK_IN
    pin: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.strip() or WALK_IN)
        object.__setattr__(self, "pin", parse_pin(self.pin) if self.pin else None)
        check_text(self.name, 60, "The buyer's name")
        check_text(self.phone, 20, "The buyer's phone number")
        check_text(self.email, 254, "The buyer's e-mail address")
        check_text(self.address, 200, "The buyer's address")

    @property
    def is_walk_in(self) -> bool:
        return self.name == WALK_IN and self.pin is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The person who issued, as KRA is told."""

    id: str
    name: str

    def __post_init__(self) -> None:
        if not self.id.strip() or not self.name.strip():
            raise FrozenError("KRA wants to know who issued the document.")
        check_text(self.id, 20, "The operator's id")
        check_text(self.name, 60, "The operator's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One line: the item as it was and its price; a credited line names the line of its original, counted from 1.

    A credited line that `reduces_price` brings nothing back: its quantity is what the buyer keeps.
    """

    item_id: str
    name: str
    class_code: str
    item_type: ItemType
    package_unit: str
    quantity_unit: str
    priced: PricedLine
    barcode: str | None = None
    discount_reason: str | None = None
    original_line: int | None = None
    reduces_price: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise FrozenError("Every line needs the name of its item.")
        check_text(self.name, 200, "The item name")
        check_text(self.item_id, 50, "The item's id")
        check_text(self.class_code, 10, "The item's class")
        check_text(self.package_unit, 5, "The packaging unit")
        check_text(self.quantity_unit, 5, "The unit of measure")
        check_text(self.barcode, 20, "The barcode")
        check_text(self.discount_reason, 60, "The reason for the discount")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditReference:
    """Which sale a credit note takes back, why, and who received it (the log book of RECEIPTS §8)."""

    original_id: str
    original_trader_number: str
    original_issued_at: datetime
    reason_code: str
    reason_name: str
    reason_note: str | None = None
    recipient_name: str | None = None

    def __post_init__(self) -> None:
        _check_aware(self.original_issued_at)
        check_text(self.original_id, 50, "The id of the original")
        check_text(self.original_trader_number, 50, "The number of the original")
        check_text(self.reason_code, 5, "The reason code")
        check_text(self.reason_name, 100, "The reason")
        check_text(self.reason_note, 400, "The explanation")
        check_text(self.recipient_name, 60, "The recipient's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalDocument:
    """A sale or credit note as it is frozen: all that is printed and sent, except the numbers and times given later."""

    kind: DocumentKind
    environment: Environment
    seller: Seller
    buyer: Buyer
    operator: Operator
    lines: tuple[DocumentLine, ...]
    rates: Mapping[Band, Decimal] = field(hash=False)
    payments: tuple[Payment, ...] = ()
    prices: Prices = Prices.INCLUSIVE
    credit: CreditReference | None = None
    customer_note: str | None = None
    reference: str | None = None
    due_on: date | None = None

    def __post_init__(self) -> None:
        rates = complete_rates(self.rates)
        object.__setattr__(self, "environment", Environment(self.environment))
        object.__setattr__(self, "rates", {band: plain(rate) for band, rate in rates.items()})
        object.__setattr__(self, "lines", tuple(self.lines))
        object.__setattr__(self, "payments", tuple(self.payments))
        if not self.lines:
            raise FrozenError("Add at least one line.")
        if (self.kind is DocumentKind.CREDIT_NOTE) != (self.credit is not None):
            raise FrozenError("A credit note names the sale it takes back, and only a credit note does.")
        if self.buyer.pin == self.seller.pin:
            raise FrozenError("The buyer's PIN is the seller's own PIN.")
        self._check_vat()
        check_text(self.customer_note, 400, "The note to the customer")
        check_text(self.reference, 50, "The reference")

    def _check_vat(self) -> None:
        charges_vat = any(line.priced.band.carries_vat for line in self.lines)
        if self.kind is DocumentKind.SALE and charges_vat and not self.seller.vat_registered:
            raise FrozenError("A business that is not registered for VAT cannot use bands B and E.")

    @property
    def priced(self) -> PricedDocument:
        """The totals over the lines."""
        return PricedDocument(lines=tuple(line.priced for line in self.lines), rates=self.rates)

    def to_content(self) -> dict[str, Any]:
        """The document as JSON: the same document always gives the same content."""
        content: dict[str, Any] = encode(self)
        return content

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "FiscalDocument":
        """The document that was frozen; raises ContentError when the content was not written by `to_content`."""
        return decode(cls, dict(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A document with what the database gave it at Issue."""

    document: FiscalDocument
    trader_number: str
    issued_at: datetime

    def __post_init__(self) -> None:
        _check_aware(self.issued_at)
        check_text(self.trader_number, 50, "The document number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the control unit answered: print it, compute nothing (RECEIPTS §5)."""

    receipt_number: int
    total_receipt_number: int
    internal_data: str
    signature: str
    signed_at: datetime
    sdc_id: str
    mrc_number: str

    def __post_init__(self) -> None:
        _check_aware(self.signed_at)


def _check_aware(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
