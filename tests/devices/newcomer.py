"""A business as sign-up leaves it: branch 00 opened through the event, its device waiting to be set up."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, text

from portal.devices.models import Device, SetupStep
from portal.identity.models import Membership
from portal.infra import outbox
from portal.infra.db import db, transaction
from portal.infra.events import Event, tell
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for, current_tenant_id
from portal.tenants.models import Branch, Tenant
from tests.support.world import Business, new_person

_next = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Newcomer(Business):
    """A business, and how its device's set-up is run and seen."""

    @property
    def device(self) -> Device:
        """Its device as the database has it now."""
        return db.session.get_one(Device, (self.tenant_id, self.device_id), populate_existing=True)

    def steps(self, device_id: UUID | None = None) -> dict[str, str]:
        """The state of each step of the set-up."""
        wanted = select(SetupStep.name, SetupStep.state).where(SetupStep.device_id == (device_id or self.device_id))
        found = {name: state for name, state in db.session.execute(wanted)}
        db.session.rollback()
        return found

    def step(self, name: str) -> SetupStep:
        """One step of the set-up."""
        return db.session.get_one(SetupStep, (self.tenant_id, self.device_id, name), populate_existing=True)


def work() -> None:
    """Do every wish of the lanes queue that is due, as a worker does; wishes put off stay put off."""
    while due := _due():
        for row_id in due:
            tenant_id = current_tenant_id()
            db.session.rollback()
            outbox.do(tenant_id, row_id)


def hurry() -> None:
    """Let the wishes that were put off be due now."""
    with transaction():
        db.session.execute(text("UPDATE outbox SET not_before = now() WHERE done_at IS NULL"))


def new_newcomer(app: Flask, pin: str | None = None, transport: str = "vscu") -> Newcomer:
    """A business with branch 00 and its device made by the portal."""
    number, owner_id, tenant_id = next(_next), new_person(app), uuid4()
    pin = pin or f"P{number:09}N"
    with app.app_context(), acting_for(tenant_id):
        with transaction():
            db.session.add(Tenant(id=tenant_id, name=f"Newcomer {number}", kra_pin=pin))
            db.session.flush()
            branch = Branch(tenant_id=tenant_id, code="00", name="Moi Avenue")
            db.session.add_all([branch, Membership(tenant_id=tenant_id, person_id=owner_id, role="owner")])
            db.session.flush()
            tell(Event.BRANCH_OPENED, branch, transport)
        branch_id, device_id = db.session.execute(select(Device.branch_id, Device.id)).one()
    return Newcomer(app, tenant_id, branch_id, device_id, owner_id, pin)


def _due() -> list[UUID]:
    wanted = select(OutboxRow.id).where(
        OutboxRow.queue == "lanes", OutboxRow.done_at.is_(None), OutboxRow.not_before <= text("now()")
    )
    found = list(db.session.execute(wanted).scalars())
    db.session.rollback()
    return found
