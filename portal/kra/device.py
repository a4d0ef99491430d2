"""What both transports share: bytes out, exchange back, class and value read; they differ in paths and headers."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, TypeVar

from portal.fiscal.frozen import Signature
from portal.fiscal.pins import parse_pin
from portal.kra import lists, trades
from portal.kra.answers import read_keys, read_signature
from portal.kra.classify import Question, Reader, classify
from portal.kra.clock import FIRST_MOMENT, moment_digits
from portal.kra.endpoints import path_of
from portal.kra.exchange import Exchange, not_sent
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Operation, SubmissionKind, Transport
from portal.kra.outcomes import Answer
from portal.kra.payloads.canonical import JsonValue, canonical_json
from portal.kra.values import (
    CodeList,
    DeviceKeys,
    ImportedItem,
    ItemClass,
    KnownBranch,
    KnownCustomer,
    KnownItem,
    Notice,
    OwnTaxpayer,
    StockTransfer,
    StoredSale,
    SupplierInvoice,
    Taxpayer,
)
from portal.kra.wire import Wire

T = TypeVar("T")


class WireGateway:
    """A control unit behind a URL; subclasses say which headers it wants and what must be known before it is told."""

    transport: ClassVar[Transport]

    def __init__(self, base_url: str, identity: DeviceIdentity, wire: Wire) -> None:
        self.identity = identity
        self._base_url = base_url
        self._wire = wire

    def headers(self, operation: Operation) -> dict[str, str]:
        """Return the headers that identify the device for one operation."""
        raise NotImplementedError

    def objection(self, kind: SubmissionKind) -> str | None:
        """Return why this kind cannot be told yet, or None."""
        raise NotImplementedError

    # --- what KRA is told

    def tell(self, kind: SubmissionKind, body: bytes) -> Answer[Signature]:
        """Send the bytes of a submission once; a signed kind succeeds with its signature only."""
        question: Question[Signature] = Question(
            operation=kind.operation,
            transport=self.transport,
            reader=(lambda envelope: read_signature(envelope, self.identity)) if kind.is_signed else None,
            sequence=kind.sequence,
            number=_number_in(kind, body),
            secrets=self._secrets(),
        )
        objection = self.objection(kind)
        if objection is not None:
            return classify(not_sent(objection), question)
        return self._ask(question, body)

    def initialise(self) -> Answer[DeviceKeys]:
        """Install the device: once for ever, never repeated by a machine; KRA hands the key out this once."""
        return self._look_up(Operation.INITIALISE, lambda envelope: read_keys(envelope, self.transport),
                             {"dvcSrlNo": self.identity.serial})

    # --- what KRA is asked; `since` None asks for everything

    def code_lists(self, since: datetime | None = None) -> Answer[tuple[CodeList, ...]]:
        """Ask for the code lists changed since a moment."""
        return self._rows_since(Operation.CODE_LISTS, lists.read_code_lists, since)

    def item_classes(self, since: datetime | None = None) -> Answer[tuple[ItemClass, ...]]:
        """Ask for rows of the item classification, at most 1000 at a time: use `pages`."""
        return self._rows_since(Operation.ITEM_CLASSES, lists.read_item_classes, since)

    def branches(self, since: datetime | None = None) -> Answer[tuple[KnownBranch, ...]]:
        """Ask for the branches of the PIN."""
        return self._rows_since(Operation.BRANCHES, lists.read_branches, since)

    def notices(self, since: datetime | None = None) -> Answer[tuple[Notice, ...]]:
        """Ask for KRA's notices; on both transports also the heartbeat that proves contact."""
        return self._rows_since(Operation.NOTICES, lists.read_notices, since)

    def taxpayer(self, pin: str) -> Answer[Taxpayer]:
        """Ask who has a PIN; EMPTY when KRA does not know it."""
        wanted = parse_pin(pin)
        return self._look_up(Operation.TAXPAYER, lambda envelope: lists.read_taxpayer(envelope, wanted),
                             {"custmTin": wanted})

    def items(self, since: datetime | None = None) -> Answer[tuple[KnownItem, ...]]:
        """Ask for the items KRA holds for the PIN."""
        return self._rows_since(Operation.ITEMS, lists.read_items, since)

    def imports(self, since: datetime | None = None) -> Answer[tuple[ImportedItem, ...]]:
        """Ask for lines of customs declarations."""
        return self._rows_since(Operation.IMPORTS, trades.read_imports, since)

    def purchases(self, since: datetime | None = None) -> Answer[tuple[SupplierInvoice, ...]]:
        """Ask for sales that suppliers made to this branch."""
        return self._rows_since(Operation.PURCHASES, trades.read_purchases, since)

    def stock_moves(self, since: datetime | None = None) -> Answer[tuple[StockTransfer, ...]]:
        """Ask for goods other branches sent to this one."""
        return self._rows_since(Operation.STOCK_MOVES, trades.read_transfers, since)

    # --- what only an OSCU can be asked; a VSCU raises NotOffered

    def look_up_sale(self, number: int) -> Answer[StoredSale]:
        """Ask what KRA holds under one of our numbers; EMPTY when it says that it holds nothing."""
        return self._look_up(Operation.SALE_DETAIL,
                             lambda envelope: trades.read_stored_sale(envelope, self.identity, number),
                             {"invcNo": number})

    def sales(self, since: datetime | None = None) -> Answer[tuple[StoredSale, ...]]:
        """Ask for our own sales and credit notes."""
        reader = lists.reader_of("salesList", trades.sale_reader(self.identity), "saleList")
        return self._rows_since(Operation.SALES, reader, since)

    def customers(self, since: datetime | None = None) -> Answer[tuple[KnownCustomer, ...]]:
        """Ask for the customers this branch has saved."""
        return self._rows_since(Operation.CUSTOMERS, lists.read_customers, since)

    def own_taxpayer(self) -> Answer[OwnTaxpayer]:
        """Ask what KRA says of the business itself, its VAT registration above all."""
        return self._look_up(Operation.OWN_TAXPAYER, lists.read_own_taxpayer, {})

    # --- the exchange

    def _rows_since(self, operation: Operation, reader: Reader[tuple[T, ...]],
                    since: datetime | None) -> Answer[tuple[T, ...]]:
        return self._look_up(operation, reader, {"lastReqDt": moment_digits(since or FIRST_MOMENT)}, when_empty=())

    def _look_up(self, operation: Operation, reader: Reader[T], extra: Mapping[str, JsonValue],
                 when_empty: T | None = None) -> Answer[T]:
        question = Question(operation=operation, transport=self.transport, reader=reader, when_empty=when_empty,
                            secrets=self._secrets())
        identity: dict[str, JsonValue] = {"tin": self.identity.pin, "bhfId": self.identity.branch_code}
        return self._ask(question, canonical_json({**identity, **extra}))

    def _ask(self, question: Question[T], body: bytes) -> Answer[T]:
        return classify(self.exchange(question.operation, body), question)

    def exchange(self, operation: Operation, body: bytes) -> Exchange:
        """Post the bytes of an operation once, and return what came of it."""
        return self._wire.post(self._base_url + path_of(operation, self.transport), body, self.headers(operation))

    def _secrets(self) -> tuple[str, ...]:
        key = self.identity.communication_key
        return (key.reveal(),) if key is not None else ()


def _number_in(kind: SubmissionKind, body: bytes) -> int | None:
    """Return KRA's number that the bytes carry, to be compared with an echo."""
    name = {"invoice": "invcNo", "purchase": "invcNo", "stock": "sarNo"}.get(kind.sequence or "")
    number = json.loads(body).get(name) if name else None
    return number if isinstance(number, int) else None
