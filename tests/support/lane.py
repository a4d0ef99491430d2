"""A till with a control unit at the simulator: it issues through the one statement of Issue and pumps its lane in process.

KRA is the simulator over HTTP, PostgreSQL is real; waiting is done by shifting every stored time, never by sleeping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert, select

from portal.catalogue.models import Item
from portal.devices.models import Device, DeviceKey
from portal.devices.units import ControlUnit, control_unit
from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.content import content_sha256
from portal.fiscal.document import ItemType, LineInput, price_document
from portal.fiscal.environment import Environment
from portal.fiscal.frozen import (
    Buyer,
    DocumentKind,
    DocumentLine,
    FiscalDocument,
    Issued,
    Operator,
    Payment,
    PaymentMethod,
    Seller,
)
from portal.fiscal.numbering import item_code
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.crypto import Keyring, Secret
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from portal.kra.gateway import Gateway, make_gateway
from portal.kra.operations import SubmissionKind, Transport
from portal.kra.payloads import ItemCard, item_body, sale_body
from portal.kra.wire import Timeouts
from portal.local.processes import wait_until
from portal.sales.models import Document
from portal.submissions import attention, pump, queue, services
from portal.submissions.claim import Job, claim
from portal.submissions.models import Attempt, Counter, CounterJump, Evidence, Submission
from portal.tenants.models import Branch
from tests.support.database import Cleaner
from tests.support.simulator import SimulatorProcess
from tests.support.world import Business, new_business

CLASS = "8111150000"
TILL = Operator(id="till1", name="Till One")
# Every stored moment that a rule of the lane compares with now.
MOMENTS = {
    "submission": ("next_at", "lease_until", "unknown_since", "bound_at", "queued_at"),
    "attempt": ("started_at",),
    "evidence": ("came_at",),
    "counter_jump": ("at",),
    "kra_host": ("open_until", "last_answer_at", "last_failure_at"),
    "outbox": ("not_before",),
    "device": ("last_contact_at",),
}
FINAL = ("accepted", "refused", "held", "void")
LONGEST_WAIT_SECONDS = 901  # the longest back-off with its chance


@dataclass(slots=True)
class Till:
    """One branch with a control unit at KRA and a registered service to sell."""

    app: Flask
    kra: SimulatorProcess
    cleaner: Cleaner
    business: Business
    transport: Transport
    item_id: UUID
    branch_code: str = "00"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """In the app, acting for this business."""
        with self.app.app_context(), acting_for(self.business.tenant_id):
            yield

    def sells(self, total: str = "116.00", *, band: Band = Band.B, waits_for: Sequence[UUID] = ()) -> UUID:
        """Issue an invoice; the answer is its submission."""
        document = self._document(total, band)
        priced, content = document.priced, document.to_content()
        with self.inside(), transaction():
            draft = Document(
                tenant_id=self.business.tenant_id, branch_id=self.business.branch_id, kind="sale", content=content
            )
            db.session.add(draft)
            db.session.flush()
            numbered = queue.number_and_queue(
                document_id=draft.id,
                branch_id=self.business.branch_id,
                device_id=self.business.device_id,
                kind="sale",
                content=content,
                sha=content_sha256(content),
                idem_key=None,
                idem_hash=None,
                waits_for=waits_for,
                columns={
                    "buyer_name": document.buyer.name,
                    "buyer_pin": document.buyer.pin,
                    "search_name": document.buyer.name.lower(),
                    "taxable_amount": priced.taxable_amount,
                    "tax_amount": priced.tax_amount,
                    "total_amount": priced.total_amount,
                },
            )
        assert numbered is not None
        return numbered.submission_id

    def tells(self, kind: str, subject_id: UUID | None = None, waits_for: Sequence[UUID] = ()) -> UUID:
        """Queue something else that KRA must be told."""
        with self.inside(), transaction():
            return queue.tell(kind, subject_id or uuid4(), self.business.device_id, waits_for)

    def adds_item(self, name: str = "Another service") -> UUID:
        """A new item that KRA does not know yet; the answer is its registration's submission."""
        with self.inside(), transaction():
            item = Item(
                tenant_id=self.business.tenant_id, name=name, search_name=name.lower(), class_code=CLASS, item_type="3",
                package_unit="NT", quantity_unit="NO", band="B", price=Decimal(116),
            )  # fmt: skip
            db.session.add(item)
            db.session.flush()
            return queue.tell("item", item.id, self.business.device_id)

    def pumps(self, threads: int = 4) -> int:
        """Answer one bell: every lane that is due, until none is."""
        return pump.drain(self.app, threads=threads, at_most=timedelta(seconds=30))

    def claims(self) -> Job:
        """The lease of the head, as a worker takes it before it calls."""
        with self.inside():
            job = claim(self.business.device_id)
        assert isinstance(job, Job)
        return job

    def passes(self, seconds: float) -> None:
        """Let time pass for everything stored."""
        time_passes(self.cleaner, seconds)

    def quarantine_passes(self) -> None:
        """Let a little more than the quarantine pass."""
        self.passes(self.app.extensions["settings"].kra_quarantine + 1)

    def row(self, submission_id: UUID) -> Submission:
        """The submission as it is now."""
        with self.inside():
            found = db.session.get_one(Submission, (self.business.tenant_id, submission_id), populate_existing=True)
            db.session.expunge(found)
            return found

    def settles(self, *submission_ids: UUID, rounds: int = 12) -> None:
        """Pump and let quarantine and back-off pass until all of these are accepted, refused, held or void."""
        for _ in range(rounds):
            self.pumps()
            if all(self.state(each) in FINAL for each in submission_ids):
                return
            self.passes(LONGEST_WAIT_SECONDS)
        raise AssertionError(f"not settled: {[self.state(each) for each in submission_ids]}")

    def state(self, submission_id: UUID) -> str:
        """Its state now."""
        return self.row(submission_id).state

    def attempts(self, submission_id: UUID) -> list[str]:
        """The acts that were tried, oldest first."""
        with self.inside():
            of_row = select(Attempt.act).where(Attempt.submission_id == submission_id)
            return list(db.session.execute(of_row.order_by(Attempt.started_at)).scalars())

    def evidence(self, submission_id: UUID) -> list[Evidence]:
        """What came back, oldest first."""
        with self.inside():
            of_row = select(Evidence).where(Evidence.submission_id == submission_id)
            found = list(db.session.execute(of_row.order_by(Evidence.came_at)).scalars())
            db.session.expunge_all()
            return found

    def counter(self, series: str = "invoice") -> int:
        """The last number given out."""
        with self.inside():
            of_device = select(Counter.last_no).where(Counter.scope_id == self.business.device_id, Counter.series == series)
            return db.session.execute(of_device).scalar_one_or_none() or 0

    def jumps(self) -> list[tuple[int, int]]:
        """The jumps of KRA's numbers that were recorded."""
        with self.inside():
            return [(jump.from_no, jump.to_no) for jump in db.session.execute(select(CounterJump)).scalars()]

    def device(self) -> Device:
        """The control unit as it is now."""
        with self.inside():
            found = db.session.get_one(Device, (self.business.tenant_id, self.business.device_id), populate_existing=True)
            db.session.expunge(found)
            return found

    def unit(self) -> ControlUnit:
        """The control unit as a worker has it."""
        with self.inside():
            return control_unit(db.session.get_one(Device, (self.business.tenant_id, self.business.device_id)))

    def gateway(self) -> Gateway:
        """Another program that uses the same control unit."""
        unit = self.unit()
        with self.inside():
            return unit.gateway()

    def ledger(self) -> list[dict[str, Any]]:
        """What KRA has signed of this business, in the order of signing."""
        return self.kra.control.ledger(tin=self.business.pin, bhfId=self.branch_code)

    def signed_numbers(self) -> list[int]:
        """KRA's numbers in its ledger, in the order of signing."""
        return [int(sale["invcNo"]) for sale in self.ledger()]

    def goes_wrong(self, fault: str, operation: str = "save_sale", **how: Any) -> None:
        """Let KRA misbehave at the next request of this business."""
        device = {"tin": self.business.pin, "bhfId": self.branch_code}
        self.kra.control.next(fault, operation, device=device, **how)

    def kra_has(self, count: int) -> None:
        """Wait until KRA has signed that many documents of this business."""
        assert wait_until(lambda: len(self.ledger()) >= count, 10), f"KRA has {len(self.ledger())}, not {count}"

    def owner(self) -> Actor:
        """The owner of the business."""
        return Actor(self.business.owner_id, "Wanjiru Owner", self.business.tenant_id, Role.OWNER, uuid4())

    def owner_says_the_unit_is_repaired(self) -> None:
        """Press *The control unit is repaired*."""
        with self.inside():
            attention.unit_is_repaired(self.owner(), self.business.device_id, "the engineer was here")

    def somebody_checks_again(self, submission_id: UUID) -> None:
        """Press *Check again*."""
        with self.inside():
            services.check_again(self.owner(), submission_id)

    def another_program_sells(self, *numbers: int) -> None:
        """Another program sends sales of its own through the control unit of this till."""
        unit, issued_at = self.unit(), _now(self)
        for number in numbers:
            issued = Issued(document=self._document("999.00", Band.B), trader_number=f"X-{number}", issued_at=issued_at)
            codes = {str(self.item_id): KRA_CODE}
            body = sale_body(issued, number=number, identity=unit.identity, transport=unit.transport, item_codes=codes)
            answer = self.gateway().tell(SubmissionKind.SALE, body)
            assert answer.ok, answer

    def kra_expects(self, number: int) -> None:
        """Let KRA refuse the next sale because it waits for another number."""
        self.goes_wrong("code:910", message=f"Invalid invcNo sequence, expected: {number} but found: 0")

    def meets_another_program_twice(self, seconds_between: int = 0) -> UUID:
        """Another program takes the numbers 1 and 3; the answer is the sale that meets it the second time."""
        self.another_program_sells(1)
        self.kra_expects(2)
        self.sells()
        self.pumps()
        self.passes(seconds_between)
        self.another_program_sells(3)
        self.kra_expects(4)
        sale = self.sells()
        self.pumps()
        return sale

    def _document(self, total: str, band: Band) -> FiscalDocument:
        line = LineInput(band=band, quantity=Decimal(1), price=Decimal(total))
        priced = price_document([line], STANDARD_RATES).lines[0]
        sold = DocumentLine(
            item_id=str(self.item_id), name="Repair", class_code=CLASS, item_type=ItemType.SERVICE, package_unit="NT",
            quantity_unit="NO", priced=priced,
        )  # fmt: skip
        return FiscalDocument(
            kind=DocumentKind.SALE,
            environment=Environment.SIMULATOR,
            seller=Seller(
                pin=self.business.pin, name="Till Ltd", branch_code=self.branch_code, branch_name="Here", vat_registered=True
            ),
            buyer=Buyer(),
            operator=TILL,
            lines=(sold,),
            rates=STANDARD_RATES,
            payments=(Payment(method=PaymentMethod.CASH, amount=Decimal(total)),),
        )


KRA_CODE = item_code("KE", "3", "NT", "NO", 1)


def open_till(app: Flask, kra: SimulatorProcess, cleaner: Cleaner, transport: Transport = Transport.VSCU) -> Till:
    """A new business whose control unit KRA has just initialised, with one service registered."""
    business = new_business(app)
    till = Till(app, kra, cleaner, business, transport, uuid4())
    install(app, kra, business, transport)
    _register_service(till)
    return till


def open_branch(till: Till, code: str) -> Till:
    """Another till of the same business, at a branch of its own."""
    business = branch_of(till.business, code)
    install(till.app, till.kra, business, till.transport)
    return replace(till, business=business, branch_code=code)


def branch_of(business: Business, code: str) -> Business:
    """A further branch of a business with a control unit that looks ready, made straight in the database."""
    with business.app.app_context(), acting_for(business.tenant_id):
        branch = Branch(tenant_id=business.tenant_id, code=code, name=f"Branch {code}", address="Nakuru")
        db.session.add(branch)
        db.session.flush()
        device = Device(
            tenant_id=business.tenant_id, branch_id=branch.id, environment="simulator", status="ready",
            serial=f"BRANCH{uuid4().hex[:12].upper()}", last_contact_at=db.func.now(),
        )  # fmt: skip
        db.session.add(device)
        db.session.commit()
        return replace(business, branch_id=branch.id, device_id=device.id)


def time_passes(cleaner: Cleaner, seconds: float) -> None:
    """Shift every stored moment into the past."""
    for table, columns in MOMENTS.items():
        shifted = ", ".join(f"{column} = {column} - interval '{seconds} seconds'" for column in columns)
        cleaner.connection.execute(f"UPDATE {table} SET {shifted}")


def install(app: Flask, kra: SimulatorProcess, business: Business, transport: Transport) -> None:
    """Let KRA initialise the control unit of a branch, and keep what it hands out."""
    place = (business.tenant_id, business.device_id)
    with app.app_context(), acting_for(business.tenant_id):
        device = db.session.get_one(Device, place)
        identity = control_unit(device).identity
        url = kra.oscu_url if transport is Transport.OSCU else kra.url
        gateway = make_gateway(transport, url, identity, environment="simulator", timeouts=Timeouts())
        keys = gateway.initialise().value
        assert keys is not None and keys.communication_key is not None
        sealed = Keyring(app.extensions["settings"].encryption_keys).encrypt(
            Secret(keys.communication_key.reveal()), table="device_key", column="communication", tenant=place[0], row=place[1]
        )
        key = {"tenant_id": place[0], "device_id": place[1], "name": "communication"}
        db.session.execute(insert(DeviceKey).values(**key, ciphertext=sealed))
        device.transport, device.sdc_id, device.mrc_number = transport.value, keys.sdc_id, keys.mrc_number
        db.session.commit()


def _register_service(till: Till) -> None:
    card = ItemCard(
        name="Repair", class_code=CLASS, item_type=ItemType.SERVICE, package_unit="NT", quantity_unit="NO", band=Band.B,
        price=Decimal(116),
    )  # fmt: skip
    identity = till.unit().identity
    for band, code in ((Band.B, KRA_CODE),):
        body = item_body(replace(card, band=band), code=code, identity=identity, operator=TILL)
        answer = till.gateway().tell(SubmissionKind.ITEM, body)
        assert answer.ok, answer
    with till.inside():
        tenant = till.business.tenant_id
        db.session.execute(
            insert(Item).values(
                tenant_id=tenant, id=till.item_id, name="Repair", search_name="repair", class_code=CLASS, item_type="3",
                package_unit="NT", quantity_unit="NO", band="B", price=Decimal(116), kra_code=KRA_CODE,
                registered_at=db.func.now(),
            )
        )
        db.session.execute(
            insert(Counter).values(tenant_id=tenant, scope_id=till.business.device_id, series="item", last_no=1)
        )
        db.session.commit()


def _now(till: Till) -> Any:
    with till.inside():
        return db.session.execute(select(db.func.clock_timestamp())).scalar_one()
