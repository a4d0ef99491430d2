"""What is asked for when a sale or a credit note is issued: one value for the form, the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from portal.fiscal.content import canonical_json, encode
from portal.fiscal.document import Prices
from portal.fiscal.payments import PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One line; without a price the item's own is taken. The price is with or without VAT as the invoice says."""

    item_id: UUID
    quantity: Decimal
    price: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None
    discount_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBuyer:
    """Who buys: a customer of ours, with what was typed over it, or anybody; nothing at all is a walk-in."""

    customer_id: UUID | None = None
    name: str | None = None
    pin: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """One means of payment; at most one may have no amount and takes what the others leave of the total."""

    method: PaymentMethod
    amount: Decimal | None = None
    reference: str | None = None


CASH = (NewPayment(method=PaymentMethod.CASH),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """A sale to be issued, exactly once for each `idempotency_key`; `external_id` is the number another system has for it.

    A program's repeat is the same when its request is, which `request_sha256` says.
    """

    branch_id: UUID
    idempotency_key: str
    lines: tuple[NewLine, ...]
    prices: Prices = Prices.INCLUSIVE
    buyer: NewBuyer = NewBuyer()
    payments: tuple[NewPayment, ...] = CASH
    discount_amount: Decimal | None = None
    discount_percent: Decimal | None = None
    due_on: date | None = None
    reference: str | None = None
    customer_note: str | None = None
    draft_id: UUID | None = None
    external_id: str | None = None
    request_sha256: bytes | None = None

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of what is asked for: a repeat under the same key must ask for the same."""
        return self.request_sha256 or _fingerprint(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCreditNote:
    """A credit note to be issued once, by line numbers of the sale (from 1): `quantities` that come back, `reductions` in KES
    with VAT of prices whose goods stay with the buyer. Without both, all that is left.
    """

    original_id: UUID
    idempotency_key: str
    reason_code: str
    quantities: Mapping[int, Decimal] | None = None
    reductions: Mapping[int, Decimal] | None = None
    reason_note: str | None = None
    recipient_name: str | None = None
    restock: bool = True
    request_sha256: bytes | None = None

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of what is asked for."""
        return self.request_sha256 or _fingerprint(self)


def _fingerprint(asked: NewInvoice | NewCreditNote) -> bytes:
    return sha256(canonical_json(_with_plain_ids(encode(asked)))).digest()


def _with_plain_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_plain_ids(one) for key, one in value.items() if key not in ("idempotency_key", "draft_id")}
    if isinstance(value, list):
        return [_with_plain_ids(one) for one in value]
    return str(value) if isinstance(value, UUID) else value
