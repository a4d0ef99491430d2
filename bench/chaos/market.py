"""Businesses with branches, and the people at their tills: every sale is issued once, however often it must be tried."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.catalogue import services as catalogue
from portal.catalogue.values import NewItem, OpeningStock
from portal.devices.models import Device
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.kra.operations import Transport
from portal.sales import services as sales
from portal.sales.new_invoice import NewInvoice, NewLine
from portal.stock import services as stock
from portal.submissions.models import Submission
from tests.support.lane import branch_of, install
from tests.support.simulator import SimulatorProcess
from tests.support.world import Business, new_business

T = TypeVar("T")
SERVICE_CLASS, GOODS_CLASS = "8111150000", "1010150000"
TILLS_AT_WORK = 4
GIVE_UP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Till:
    """One branch with its control unit, and what is sold there."""

    app: Flask
    business: Business
    branch_code: str
    service_id: UUID
    goods_id: UUID

    @contextmanager
    def inside(self) -> Iterator[None]:
        """In the app, acting for this business."""
        with self.app.app_context(), acting_for(self.business.tenant_id):
            yield

    @property
    def owner(self) -> Actor:
        return Actor(self.business.owner_id, "Owner", self.business.tenant_id, Role.OWNER, uuid4())


def open_market(app: Flask, kra: SimulatorProcess, businesses: int, devices: int, transport: Transport) -> list[Till]:
    """Every till, with its control unit installed; items and opening stock wait in the lanes."""
    tills: list[Till] = []
    for place in range(businesses):
        business = new_business(app)
        branches = devices // businesses + (place < devices % businesses)
        places = [business] + [branch_of(business, f"{number:02}") for number in range(1, branches)]
        for each in places:
            install(app, kra, each, transport)
        service, goods = (_add_item(business, kind) for kind in (ItemType.SERVICE, ItemType.FINISHED))
        opened = [Till(app, each, f"{number:02}", service, goods) for number, each in enumerate(places)]
        for till in opened[1:]:
            with till.inside():
                stock.add_stock(till.owner, till.business.branch_id, goods, Decimal(100_000))
        tills += opened
    return tills


def wait_until_known(tills: Sequence[Till], seconds: float) -> None:
    """Come back when KRA knows every item and all stock; raises when it takes too long."""
    gives_up = time.monotonic() + seconds
    while (left := open_submissions(tills)) > 0:
        if time.monotonic() > gives_up:
            raise RuntimeError(f"{left} items and stock movements are still on their way: {'; '.join(_why(tills))}")
        time.sleep(0.3)


def open_submissions(tills: Sequence[Till]) -> int:
    """How many submissions of these tills are not settled."""
    of_businesses = {till.business.tenant_id: till for till in tills}.values()
    return sum(until_the_database_answers(lambda till=till: _open_of(till)) for till in of_businesses)


def _why(tills: Sequence[Till]) -> Iterator[str]:
    """What is open, or stopped its lane, and what KRA said last."""
    odd = (
        select(Submission, Device.status)
        .join(Device, (Device.tenant_id == Submission.tenant_id) & (Device.id == Submission.device_id))
        .where(Submission.state.not_in(("accepted", "void")))
    )
    for till in {till.business.tenant_id: till for till in tills}.values():
        with till.inside():
            for row, status in db.session.execute(odd):
                yield f"{row.kind} {row.state} in a lane that is {status}, {row.attempts} attempts, {row.problem_message}"


def _open_of(till: Till) -> int:
    waiting = select(func.count()).where(Submission.state.in_(("queued", "sending", "unknown")))
    with till.inside():
        count: int = db.session.execute(waiting).scalar_one()
    return count


def until_the_database_answers(act: Callable[[], T]) -> T:
    """What an act returns, tried again while PostgreSQL is away."""
    gives_up = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return act()
        except (SQLAlchemyError, OSError):
            if time.monotonic() > gives_up:
                raise
            time.sleep(0.2)


def sell(tills: Sequence[Till], documents: int, seed: int, goods_share: float) -> list[tuple[Till, UUID]]:
    """Sell at all tills at once; each document with its till."""
    chance = random.Random(seed)
    asked = [
        (chance.choice(tills), f"chaos-{number}", chance.random() < goods_share, Decimal(chance.randint(100, 99_999)) / 100)
        for number in range(documents)
    ]
    with ThreadPoolExecutor(TILLS_AT_WORK) as people:
        ids = list(people.map(lambda each: sell_one(*each), asked))
    return [(each[0], document_id) for each, document_id in zip(asked, ids, strict=True)]


def sell_one(till: Till, key: str, goods: bool, price: Decimal) -> UUID:
    """Press *Issue* until the portal says that it is issued: always the same invoice, by its key."""
    line = NewLine(item_id=till.goods_id if goods else till.service_id, quantity=Decimal(1), price=price)
    new = NewInvoice(branch_id=till.business.branch_id, idempotency_key=key, lines=(line,))

    def press() -> UUID:
        with till.inside():
            return sales.issue_invoice(till.owner, new).id

    return until_the_database_answers(press)


def _add_item(business: Business, kind: ItemType) -> UUID:
    goods = kind.is_goods
    new = NewItem(
        name="Maize flour 2 kg" if goods else "Repair", class_code=GOODS_CLASS if goods else SERVICE_CLASS, item_type=kind,
        band=Band.B, price=Decimal(116),
    )  # fmt: skip
    opening = OpeningStock(business.branch_id, Decimal(100_000)) if goods else None
    with business.app.app_context(), acting_for(business.tenant_id):
        actor = Actor(business.owner_id, "Owner", business.tenant_id, Role.OWNER, uuid4())
        return catalogue.add_item(actor, new, opening).id
