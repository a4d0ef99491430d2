"""What follows from KRA's answer to an initialisation (PROTOCOL §4), in the act that settles it. For workers only."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.audit import services as audit
from portal.devices.models import Device, DeviceKey
from portal.devices.services import MACHINE
from portal.devices.units import ControlUnit
from portal.infra.crypto import Keyring, Secret
from portal.infra.db import db
from portal.kra.values import DeviceKeys
from portal.tenants import queries, services

NAME_LENGTH = 60

# KRA's numbers go on where KRA's own counters, or those of an earlier unit of the same branch, have come to.
LAST_OF_THE_BRANCH = text("""
    SELECT coalesce(max(c.last_no), 0) FROM counter c JOIN device d ON d.tenant_id = c.tenant_id AND d.id = c.scope_id
     WHERE c.tenant_id = :tenant AND d.branch_id = :branch AND c.series = :series""")
TAKE_UP = text("""
    INSERT INTO counter AS known (tenant_id, scope_id, series, first_no, last_no)
    VALUES (:tenant, :device, :series, :last + 1, :last)
    ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = excluded.last_no,
       first_no = CASE WHEN known.last_no = known.first_no - 1 THEN excluded.first_no ELSE known.first_no END
     WHERE known.last_no < excluded.last_no""")


def keep_answer(device: Device, keys: DeviceKeys) -> None:
    """Keep for ever what KRA hands out once: keys, ids, name, VAT registration and where its numbers stand."""
    store_keys(device, keys)
    device.sdc_id, device.mrc_number, device.kra_device_id = keys.sdc_id, keys.mrc_number, keys.device_id
    _tell_the_business(keys)
    take_up_numbering(device, invoice=keys.last_invoice_number, purchase=keys.last_purchase_number)
    audit.record(
        MACHINE, "control unit installed", f"control unit {device.serial}", branch_id=device.branch_id, sdc_id=keys.sdc_id
    )


def store_keys(device: Device, keys: DeviceKeys) -> None:
    """Store each key encrypted and bound to its row; a key that is stored already gives way to a newer one."""
    keyring = Keyring(current_app.extensions["settings"].encryption_keys)
    given = {"communication": keys.communication_key, "internal": keys.internal_key, "signing": keys.signing_key}
    for name, key in given.items():
        if key is not None:
            sealed = keyring.encrypt(
                Secret(key.reveal()), table="device_key", column=name, tenant=device.tenant_id, row=device.id
            )
            row = insert(DeviceKey).values(tenant_id=device.tenant_id, device_id=device.id, name=name, ciphertext=sealed)
            newer = {"ciphertext": row.excluded.ciphertext, "stored_at": text("now()")}
            db.session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "device_id", "name"], set_=newer))


def take_up_numbering(device: Device, invoice: int | None, purchase: int | None) -> None:
    """Let the next number of a series be one above the highest that KRA or this branch knows; it never goes back."""
    for series, at_kra in (("invoice", invoice), ("purchase", purchase)):
        where = {"tenant": device.tenant_id, "device": device.id, "branch": device.branch_id, "series": series}
        here = db.session.execute(LAST_OF_THE_BRANCH, where).scalar_one()
        db.session.execute(TAKE_UP, where | {"last": max(here, at_kra or 0)})


def is_stored(unit: ControlUnit, device: Device) -> bool:
    """Whether an earlier answer to the initialisation is kept: then *installed already* is no news."""
    key = db.session.get(DeviceKey, (unit.tenant_id, unit.device_id, "communication"))
    return device.sdc_id is not None or key is not None


def _tell_the_business(keys: DeviceKeys) -> None:
    if keys.vat_registered is not None:
        services.kra_said_vat(keys.vat_registered)
    if keys.taxpayer_name:
        queries.this_business().registered_name = keys.taxpayer_name[:NAME_LENGTH]


