"""A shop with KRA's lists, people, and a lane that really speaks to the simulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from portal import registry
from portal.catalogue import services
from portal.catalogue.models import Item
from portal.catalogue.values import NewItem, OpeningStock
from portal.codelists.models import Code, ItemClass
from portal.devices.models import Device
from portal.devices.units import control_unit
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.submissions import pump
from portal.submissions.models import Submission
from portal.tenants.models import Branch
from tests.support.world import Business, new_business

RICE, SUGAR, BREAD, HAIRCUT, HEADING = "5022110201", "5016150901", "50181900", "9110170001", "50220000"
CLASSES = (
    (RICE, "Rice, retail pack", 5, "B"),
    (SUGAR, "Sugar, retail pack", 5, "B"),
    ("9901100101", "Unprocessed maize and rice grain", 5, "A"),
    (BREAD, "Bread and biscuits and cookies", 4, None),
    (HAIRCUT, "Haircutting services", 5, "B"),
    (HEADING, "Cereal and pulse products", 2, None),
)
CODES = (
    ("10", "NO", "Number"), ("10", "KG", "Kilo-Gramme"), ("10", "U", "Pieces/item [Number]"), ("10", "4B", "Pair"),
    ("17", "NT", "Net"), ("17", "CT", "Carton"), ("17", "BX", "Box"), ("17", "CTN", "Container"),
    ("05", "KE", "KENYA"), ("05", "TZ", "TANZANIA"),
)  # fmt: skip
SUGAR_FORM = {
    "name": "Sugar 1kg", "kind": "goods", "price": "180", "prices": "inclusive", "band": "B",
    "class": "Sugar, retail pack", "class_code": SUGAR, "quantity_unit": "NO", "package_unit": "NT", "origin": "KE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """A business whose control unit KRA knows."""

    business: Business

    @property
    def actor(self) -> Actor:
        """The owner as services see them."""
        return Actor(self.business.owner_id, "Grace Wanjiru", self.business.tenant_id, Role.OWNER, uuid4())

    @contextmanager
    def open(self) -> Iterator[None]:
        """Act for this business."""
        with self.business.app.app_context(), acting_for(self.business.tenant_id):
            yield

    def adds(self, name: str = "Sugar 1kg", *, have: str = "0", branch_id: UUID | None = None, **more: Any) -> UUID:
        """The id of a new item, with what is there of it."""
        usual = {"class_code": SUGAR, "item_type": ItemType.FINISHED, "band": Band.B, "price": Decimal(180)}
        opening = OpeningStock(branch_id or self.business.branch_id, Decimal(have)) if Decimal(have) else None
        with self.open():
            return services.add_item(self.actor, NewItem(name=name, **(usual | more)), opening).id

    def item(self, item_id: UUID) -> Item:
        """An item as the database has it."""
        with self.open():
            found = db.session.get_one(Item, (self.business.tenant_id, item_id))
            db.session.expunge_all()
            return found

    def told(self, kind: str) -> list[Submission]:
        """What KRA was or is to be told of a kind, in order."""
        with self.open():
            wanted = select(Submission).where(Submission.kind == kind).order_by(Submission.position)
            found = list(db.session.execute(wanted).scalars())
            db.session.expunge_all()
            return found

    def kra_knows_the_unit(self, device_id: UUID | None = None) -> None:
        """Let KRA install the control unit."""
        registry.load_worker_parts()
        with self.open():
            device = db.session.get_one(Device, (self.business.tenant_id, device_id or self.business.device_id))
            gateway = control_unit(device).gateway()
            db.session.rollback()
            assert gateway.initialise().value is not None

    def works(self, device_id: UUID | None = None) -> None:
        """Let a worker send everything that is due in the lane."""
        ends = time.monotonic() + 20
        pump.drain_lane(self.business.app, self.business.tenant_id, device_id or self.business.device_id, ends)

    def opens_branch(self, code: str = "01", name: str = "Ngong Road") -> tuple[UUID, UUID]:
        """A second branch with a ready control unit: the ids of both."""
        with self.open():
            branch = Branch(tenant_id=self.business.tenant_id, code=code, name=name)
            db.session.add(branch)
            db.session.flush()
            device = Device(
                tenant_id=self.business.tenant_id,
                branch_id=branch.id,
                environment="simulator",
                serial=f"TESTBRANCH{uuid4().hex[:8]}",
                status="ready",
                last_contact_at=db.func.now(),
            )
            db.session.add(device)
            db.session.commit()
            return branch.id, device.id


def new_shop(app: Flask, **more: Any) -> Shop:
    """A new shop; KRA's lists are there, its control unit looks ready."""
    with app.app_context(), acting_for_nobody():
        for code, name, level, band in CLASSES:
            db.session.merge(ItemClass(code=code, name=name, level=level, band=band))
        for class_code, code, name in CODES:
            db.session.merge(Code(class_code=class_code, code=code, class_name="", name=name))
        db.session.commit()
    return Shop(new_business(app, **more))
