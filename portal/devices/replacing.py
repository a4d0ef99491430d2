"""One control unit gives way to another of the same branch: converted, or one that was initialised elsewhere is adopted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.audit import services as audit
from portal.devices import numbering, sealing, services
from portal.devices.models import Device, DeviceKey, SetupStep
from portal.errors import BadInput, NotFound, PortalError
from portal.identity.access import Actor
from portal.infra import events, outbox
from portal.infra.crypto import Secret
from portal.infra.db import database_now, db, transaction
from portal.infra.events import Event
from portal.infra.tenancy import current_tenant_id
from portal.tenants import queries as tenants

Transport = Literal["vscu", "oscu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnit:
    """A unit that KRA has initialised for another system; `key` is the communication key that an OSCU needs."""

    transport: str
    serial: str
    sdc_id: str
    mrc_number: str
    last_invoice: int
    key: Secret | None


def convert(actor: Actor, device_id: UUID, transport: Transport) -> UUID:
    """Put a unit of the other kind in a unit's place, with its numbers going on; raises PortalError while one is in doubt.

    The answer is the new device, whose set-up begins after the commit: KRA has to know its serial number.
    """
    with transaction():
        old = _locked(device_id)
        if old.transport == transport:
            raise BadInput(_("This control unit is of that kind already."), "transport")
        new = _replace(old, transport, services.new_serial())
        numbering.take_up(new, invoice=None, purchase=None)
        audit.record(
            actor.name, "control unit converted", f"control unit {new.serial}", branch_id=new.branch_id,
            before={"transport": old.transport, "serial": old.serial}, after={"transport": transport, "serial": new.serial},
        )  # fmt: skip
        return new.id


def adopt(actor: Actor, device_id: UUID, known: KnownUnit) -> UUID:
    """Use a unit that was initialised elsewhere in place of this one; the answer is its device, which needs no initialisation.

    A unit of ours whose key was lost takes the key in place. Raises BadInput for what cannot be.
    """
    if known.transport == "oscu" and known.key is None:
        raise BadInput(_("Enter the communication key: an OSCU cannot work without it."), "key")
    with _serial_is_free(), transaction():
        old = _locked(device_id)
        same = (old.serial, old.transport, old.status) == (known.serial, known.transport, "setting_up")
        device = old if same else _replace(old, known.transport, known.serial)
        device.sdc_id, device.mrc_number = known.sdc_id, known.mrc_number
        if known.key is not None:
            sealing.store(device, "communication", known.key, actor.name)
        step = db.session.get_one(SetupStep, (device.tenant_id, device.id, "initialise"), populate_existing=True)
        step.state, step.code, step.message, step.changed_at = "done", None, None, database_now()
        numbering.take_up(device, invoice=known.last_invoice, purchase=None)
        outbox.wish("lanes", "set_up_device", device.id)
        audit.record(
            actor.name, "control unit adopted", f"control unit {device.serial}", branch_id=device.branch_id,
            before={"serial": old.serial}, after={"serial": device.serial, "sdc_id": known.sdc_id},
            last_invoice=known.last_invoice,
        )  # fmt: skip
        return device.id


def replace_key(actor: Actor, device_id: UUID, key: Secret) -> None:
    """Put another communication key in place of the one that is stored; it is never shown again."""
    with transaction():
        device = _locked(device_id)
        if device.transport != "oscu":
            raise PortalError(_("A VSCU keeps its keys itself; there is none to enter here."))
        sealing.store(device, "communication", key, actor.name)
        audit.record(actor.name, "communication key replaced", f"control unit {device.serial}", branch_id=device.branch_id)


def key_of(device: Device) -> DeviceKey | None:
    """What may be told of a unit's communication key: when it came, who entered it, its last four letters."""
    return db.session.get(DeviceKey, (device.tenant_id, device.id, "communication"))


def _replace(old: Device, transport: str, serial: str) -> Device:
    """Retire a locked unit and make the one that comes after it; whoever listens moves what waits, or refuses."""
    old.status = "retired"
    db.session.flush()
    new = services.make_device(tenants.branch(old.branch_id), transport, serial)
    events.tell(Event.DEVICE_REPLACED, old, new)
    return new


@contextmanager
def _serial_is_free() -> Iterator[None]:
    """Say neutrally that a serial number cannot be used: whose it is, is nobody's business."""
    try:
        yield
    except IntegrityError as error:
        if "device_serial_once" not in str(error.orig):
            raise
        raise BadInput(_("This serial number cannot be used here. Check it, or ask us."), "serial") from error


def _locked(device_id: UUID) -> Device:
    """The unit, locked against its lane, its set-up and every act that is about to queue something for it."""
    wanted = select(Device).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
    device = db.session.execute(wanted.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if device is None:
        raise NotFound
    if device.status == "retired":
        raise PortalError(_("This control unit was replaced already. Go on with the one that came after it."))
    if device.environment != current_app.extensions["settings"].kra_environment.value:
        raise PortalError(_("This control unit belongs to another environment."))
    return device
