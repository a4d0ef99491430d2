"""What follows from KRA's answer to an initialisation (PROTOCOL §4), in the act that settles it. For workers only."""

from __future__ import annotations

from portal.audit import services as audit
from portal.devices import numbering, sealing
from portal.devices.models import Device, DeviceKey
from portal.devices.services import MACHINE
from portal.devices.units import ControlUnit
from portal.infra.crypto import Secret
from portal.infra.db import db
from portal.kra.values import DeviceKeys
from portal.tenants import queries, services

NAME_LENGTH = 60
ADDRESS_LENGTH = 200


def keep_answer(device: Device, keys: DeviceKeys) -> None:
    """Keep for ever what KRA hands out once: keys, ids, name, VAT registration and where its numbers stand."""
    store_keys(device, keys)
    device.sdc_id, device.mrc_number, device.kra_device_id = keys.sdc_id, keys.mrc_number, keys.device_id
    _tell_the_business(keys)
    _tell_the_branch(device, keys)
    numbering.take_up(device, invoice=keys.last_invoice_number, purchase=keys.last_purchase_number)
    audit.record(
        MACHINE, "control unit installed", f"control unit {device.serial}", branch_id=device.branch_id, sdc_id=keys.sdc_id
    )


def store_keys(device: Device, keys: DeviceKeys) -> None:
    """Store each key that KRA handed out."""
    given = {"communication": keys.communication_key, "internal": keys.internal_key, "signing": keys.signing_key}
    for name, key in given.items():
        if key is not None:
            sealing.store(device, name, Secret(key.reveal()))


def is_stored(unit: ControlUnit, device: Device) -> bool:
    """Whether an earlier answer to the initialisation is kept: then *installed already* is no news."""
    key = db.session.get(DeviceKey, (unit.tenant_id, unit.device_id, "communication"))
    return device.sdc_id is not None or key is not None


def _tell_the_business(keys: DeviceKeys) -> None:
    if keys.vat_registered is not None:
        services.kra_said_vat(keys.vat_registered)
    if keys.taxpayer_name:
        queries.this_business().registered_name = keys.taxpayer_name[:NAME_LENGTH]


def _tell_the_branch(device: Device, keys: DeviceKeys) -> None:
    """Receipts must show where the sale took place (RECEIPTS §2 line 5): KRA's place, until somebody writes a better one."""
    branch = queries.branch(device.branch_id)
    if branch.address is None and keys.place.in_words:
        branch.address = keys.place.in_words[:ADDRESS_LENGTH]
