"""A KRA in memory for the simulation: it follows the rules of a VSCU or an OSCU, and goes wrong when it is told to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from portal.fiscal.frozen import DocumentKind, Signature
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.outcomes import Answer, Outcome
from portal.kra.secret import Secret
from portal.kra.values import StoredSale

SILENCE: Answer[Any] = Answer(outcome=Outcome.AMBIGUOUS, silent=True, message="No answer came.")
NOTHING_LEFT: Answer[Any] = Answer(outcome=Outcome.NOT_SENT, message="The connection was refused.")
BAD_TOTAL = Decimal("13.13")  # a sale of this total is one that KRA refuses, whenever it is sent


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of KRA's ledger."""

    number: int
    document: str
    body: bytes
    signature: Signature


@dataclass(slots=True)
class MemoryKra:
    """KRA's books for one control unit, and how the next call goes wrong."""

    transport: Transport
    ledger: list[Entry] = field(default_factory=list)
    late: list[bytes] = field(default_factory=list)  # received, not stored yet
    next_fault: str | None = None
    refusals: int = 0

    @property
    def identity(self) -> DeviceIdentity:
        return DeviceIdentity(
            pin="P000000001X", branch_code="00", serial="MEMORY", sdc_id="KRACU0300000001", mrc_number="KRA00000001",
            communication_key=Secret("key"),
        )  # fmt: skip

    def tell(self, kind: SubmissionKind, body: bytes) -> Answer[Any]:
        """One call, with the fault that is planned for it."""
        fault, self.next_fault = self.next_fault, None
        match fault:
            case "refused connection":
                return NOTHING_LEFT
            case "silence before":
                return SILENCE
            case "late commit":
                self.late.append(body)
                return SILENCE
            case "fault of its own":
                return Answer(outcome=Outcome.AMBIGUOUS, code="999", message="Unknown error")
            case "passing 899":
                return Answer(outcome=Outcome.DUPLICATE, code="899", message="General client error")
        answer = self._carry_out(body)
        return SILENCE if fault == "silence after" else answer

    def look_up_sale(self, number: int) -> Answer[Any]:
        """What an OSCU holds under a number."""
        fault, self.next_fault = self.next_fault, None
        if fault in ("silence before", "silence after", "late commit"):
            return SILENCE
        if fault == "refused connection":
            return NOTHING_LEFT
        found = self._held(number)
        if found is None:
            return Answer(outcome=Outcome.EMPTY, code="001", authenticated=True)
        told = json.loads(found.body, parse_float=Decimal)
        stored = StoredSale(
            number=number, original_number=0, kind=DocumentKind.SALE, buyer_pin=None, buyer_name=told["custNm"],
            total_amount=Decimal(told["totAmt"]), trader_number=found.document, confirmed_at=None, signature=found.signature,
        )  # fmt: skip
        return Answer(outcome=Outcome.SUCCESS, code="000", value=stored, authenticated=True)

    def stores_what_is_late(self) -> None:
        """KRA's slowest commits: what it received before is in its books now, or refused without anybody hearing of it."""
        waiting, self.late = self.late, []
        for body in waiting:
            self._carry_out(body)

    def documents(self) -> list[str]:
        """The trader numbers of what was signed, in the order of signing."""
        return [entry.document for entry in self.ledger]

    def _carry_out(self, body: bytes) -> Answer[Any]:
        told = json.loads(body, parse_float=Decimal)
        number, expected = told["invcNo"], len(self.ledger) + 1
        if self._held(number) is not None:
            code = "994" if self.transport is Transport.OSCU else "899"
            return Answer(outcome=Outcome.DUPLICATE, code=code, message="Overlapping data")
        if number != expected:
            words = f"Invalid invcNo sequence, expected: {expected} but found: {number}"
            return Answer(outcome=Outcome.SEQUENCE, code="910", message=words, expected_number=expected)
        if Decimal(told["totAmt"]) == BAD_TOTAL:
            self.refusals += 1
            return Answer(outcome=Outcome.REFUSED, code="910", message="Request parameter error")
        return Answer(outcome=Outcome.SUCCESS, code="000", value=self._sign(number, told["trdInvcNo"], body))

    def _sign(self, number: int, document: str, body: bytes) -> Signature:
        receipt = len(self.ledger) + 1
        signature = Signature(
            receipt_number=receipt, total_receipt_number=receipt, internal_data="I" * 26, signature=f"{receipt:016}",
            signed_at=datetime.now(UTC), sdc_id="KRACU0300000001", mrc_number="KRA00000001",
        )  # fmt: skip
        self.ledger.append(Entry(number, document, body, signature))
        return signature

    def _held(self, number: int) -> Entry | None:
        return next((entry for entry in self.ledger if entry.number == number), None)
