"""Keeping a key of a control unit: encrypted at once and bound to its row. The web process may do this, and never the reverse."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.devices.models import Device, DeviceKey
from portal.infra.crypto import Keyring, Secret
from portal.infra.db import db

# Of a shorter key four letters would tell too much.
SHORTEST_SHOWN = 16


def store(device: Device, name: str, key: Secret, entered_by: str | None = None) -> None:
    """Store a key of a device, inside the open act; one that is stored already gives way. `entered_by` is who typed it."""
    keyring = Keyring(current_app.extensions["settings"].encryption_keys)
    sealed = keyring.encrypt(key, table="device_key", column=name, tenant=device.tenant_id, row=device.id)
    last_four = key.reveal()[-4:] if len(key.reveal()) >= SHORTEST_SHOWN else None
    row = insert(DeviceKey).values(
        tenant_id=device.tenant_id, device_id=device.id, name=name, ciphertext=sealed, last_four=last_four, entered_by=entered_by
    )
    newer = {column: row.excluded[column] for column in ("ciphertext", "last_four", "entered_by")} | {"stored_at": text("now()")}
    db.session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "device_id", "name"], set_=newer))
