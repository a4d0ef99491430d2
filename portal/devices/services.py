"""Control units as the business sees them: may they issue, who made them, what is tried again."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import text

from portal.audit import services as audit
from portal.devices import queries
from portal.devices.errors import DeviceClosed
from portal.devices.models import Device, SetupStep
from portal.errors import BadInput, NotFound, PortalError
from portal.fiscal.offline import Gate, device_gate
from portal.identity.access import Actor
from portal.infra import outbox
from portal.infra.db import database_now, db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import day_and_time
from portal.tenants.models import Branch

# Who acts where no person does.
MACHINE = "Risiti"
# The order in which they are done; KRA must know the device before it answers anything else.
STEPS = ("initialise", "codes", "item_classes", "branches", "notices")
# What must be in before a device may sign; the others may come later.
NEEDED = STEPS[:3]
# Letters and digits that cannot be taken for each other when a person copies the serial to KRA's portal.
SERIAL_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SERIAL_LENGTH = 12


def gate(device: Device) -> Gate:
    """Whether this device may issue by the 24-hour rule, judged by the database's clock."""
    return device_gate(device.last_contact_at, database_now())


def require_open(branch_id: UUID) -> Device:
    """The control unit that signs for a branch; raises DeviceClosed with the reason when nothing may be issued now."""
    device = queries.device_of_branch(branch_id)
    if device.status == "setting_up":
        raise DeviceClosed(
            _("The control unit of this branch is not ready yet, so no invoice can be issued. Your draft is kept. See Setup.")
        )
    found = gate(device)
    if not found.may_issue:
        raise DeviceClosed(_closed_sentence(device))
    return device


def _closed_sentence(device: Device) -> str:
    kept = _("Your draft is kept, and issuing opens by itself as soon as KRA answers.")
    if device.last_contact_at is None:
        return _("This control unit has had no contact with KRA yet, so no invoice can be issued.") + " " + kept
    since = day_and_time(device.last_contact_at)
    why = _("KRA has not been reached since %(since)s. After 24 hours no invoice may be issued.", since=since)
    return why + " " + kept


def record_contact(device_id: UUID) -> None:
    """Note, inside the open act, that KRA itself has just answered this device."""
    db.session.execute(
        text("UPDATE device SET last_contact_at = now() WHERE tenant_id = :tenant AND id = :device"),
        {"tenant": current_tenant_id(), "device": device_id},
    )


def make_device(branch: Branch, transport: str = "vscu", serial: str | None = None) -> Device:
    """A new control unit for a branch, inside the open act; its set-up begins after the commit."""
    settings = current_app.extensions["settings"]
    device = Device(
        tenant_id=branch.tenant_id,
        branch_id=branch.id,
        transport=transport,
        environment=settings.kra_environment.value,
        serial=serial or new_serial(),
    )
    db.session.add(device)
    db.session.flush()
    db.session.add_all([SetupStep(tenant_id=device.tenant_id, device_id=device.id, name=name) for name in STEPS])
    db.session.flush()
    outbox.wish("lanes", "set_up_device", device.id)
    return device


def new_serial() -> str:
    """A serial number that no other device of the fleet has (60 random bits; the database refuses a second one)."""
    return "RST" + "".join(secrets.choice(SERIAL_LETTERS) for _place in range(SERIAL_LENGTH))


def retry_step(actor: Actor, device_id: UUID, name: str) -> None:
    """Try a set-up step again that failed or waits for KRA; raises PortalError when there is nothing to try."""
    with transaction():
        device = queries.device(device_id)
        step = db.session.get(SetupStep, (current_tenant_id(), device_id, name), with_for_update=True)
        if step is None:
            raise NotFound
        if step.state not in ("failed", "waiting_for_kra"):
            raise PortalError(_("This step is not waiting for you: it goes on by itself."))
        step.state, step.changed_at = "waiting", database_now()
        outbox.wish("lanes", "set_up_device", device_id)
        audit.record(actor.name, "set-up tried again", f"control unit {device.serial}", branch_id=device.branch_id, step=name)


def set_unit_address(who: str, device_id: UUID, url: str | None, reason: str | None = None) -> None:
    """Let operators say where the VSCU of a device is reached (None: the deployment's own); raises BadInput for a host outside
    KRA_VSCU_HOSTS: any other address would be a way into the network (RELIABILITY §10)."""
    settings = current_app.extensions["settings"]
    with transaction():
        device = queries.device(device_id)
        if device.transport != "vscu":
            raise BadInput(_("An OSCU is KRA itself and has no address of its own."))
        parts = urlsplit(url or settings.kra_vscu_url)
        if url and (parts.scheme not in ("http", "https") or parts.username or parts.password or parts.query or parts.fragment):
            raise BadInput(_("Give a plain http or https address."))
        if url and parts.hostname not in settings.kra_vscu_hosts:
            raise BadInput(_("The host %(host)s is not in KRA_VSCU_HOSTS.", host=parts.hostname or ""))
        before, device.vscu_url = device.vscu_url, url
        db.session.flush()
        audit.record(
            who, "address of a control unit set", f"control unit {device.serial}", branch_id=device.branch_id,
            before={"url": before}, after={"url": url}, reason=reason,
        )  # fmt: skip


def set_door(who: str, device_id: UUID, door: str, reason: str | None = None) -> None:
    """Let operators say how an OSCU is reached: `direct`, or `gateway` for KRA's developer gateway; raises BadInput."""
    if door == "gateway" and not current_app.extensions["settings"].kra_gateway_url:
        raise BadInput(_("This deployment has no admission to KRA's developer gateway: set KRA_GATEWAY_URL and the others."))
    with transaction():
        device = queries.device(device_id)
        if device.transport != "oscu":
            raise BadInput(_("A VSCU is never reached through KRA's developer gateway."))
        before, device.door = device.door, door
        db.session.flush()
        audit.record(
            who, "door of a control unit set", f"control unit {device.serial}", branch_id=device.branch_id,
            before={"door": before}, after={"door": door}, reason=reason,
        )  # fmt: skip
