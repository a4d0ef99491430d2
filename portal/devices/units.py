"""The control unit as a worker uses it: the only way to a gateway, and the only place where a key is decrypted.

The web process must never load this module (a test proves it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from portal.devices.circuit import host_of
from portal.devices.models import Device, DeviceKey
from portal.infra.crypto import Keyring, Secret
from portal.infra.db import db
from portal.kra.developer_gateway import Admission
from portal.kra.gateway import Doubt, Gateway, make_gateway, settles_doubt
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.wire import Timeouts
from portal.settings import Settings
from portal.tenants.models import Branch, Tenant


class UnitAddressRefused(Exception):
    """The address of a device is not one that this deployment talks to."""


@dataclass(frozen=True, slots=True)
class ControlUnit:
    """A device as KRA knows it, and where it is reached; it holds no key until `gateway` is asked for."""

    tenant_id: UUID
    device_id: UUID
    identity: DeviceIdentity
    transport: Transport
    base_url: str
    environment: str

    @property
    def host(self) -> str:
        """The host whose circuit these calls belong to."""
        return host_of(self.base_url)

    @property
    def doubt(self) -> Doubt:
        """How a doubt after sending is settled on this device."""
        return settles_doubt(self.transport, _settings().kra_vscu_repeat != "never")

    @property
    def is_default_host(self) -> bool:
        """Whether it is reached at the deployment's own address: only its answers change shared lists."""
        return self.base_url in (_settings().kra_vscu_url, _settings().kra_oscu_url, _settings().kra_gateway_url)

    @property
    def admission(self) -> Admission | None:
        """What KRA's developer gateway wants to see; None for a device that does not go through it."""
        settings = _settings()
        if self.transport is not Transport.OSCU or self.base_url != settings.kra_gateway_url:
            return None
        secret = Secret(settings.kra_gateway_secret)
        return Admission(settings.kra_gateway_key, secret, settings.kra_gateway_app, settings.kra_gateway_token_url)

    def gateway(self) -> Gateway:
        """The port of this device; on OSCU it carries the decrypted communication key."""
        settings = _settings()
        key = stored_key(self.tenant_id, self.device_id, "communication") if self.transport is Transport.OSCU else None
        return make_gateway(
            self.transport,
            self.base_url,
            replace(self.identity, communication_key=key),
            environment=self.environment,
            timeouts=Timeouts(connect=settings.kra_connect_timeout, total=settings.kra_call_timeout),
            admission=self.admission,
        )


def control_unit(device: Device) -> ControlUnit:
    """The control unit of a device row; raises UnitAddressRefused for an address outside KRA_VSCU_HOSTS."""
    pin, code = db.session.execute(
        select(Tenant.kra_pin, Branch.code)
        .join(Branch, Branch.tenant_id == Tenant.id)
        .where(Tenant.id == device.tenant_id, Branch.id == device.branch_id)
    ).one()
    return unit_of(device, pin, code)


class KnownDevice(Protocol):
    """What of a device its control unit is made of: a row of the table, or of a query that has these columns."""

    tenant_id: Any
    id: Any
    serial: Any
    transport: Any
    environment: Any
    vscu_url: Any
    door: Any
    sdc_id: Any
    mrc_number: Any


def unit_of(device: KnownDevice, pin: str, branch_code: str) -> ControlUnit:
    """The control unit of a device whose business and branch are known; raises UnitAddressRefused."""
    identity = DeviceIdentity(
        pin=pin, branch_code=branch_code, serial=device.serial, sdc_id=device.sdc_id, mrc_number=device.mrc_number
    )
    transport = Transport(device.transport)
    return ControlUnit(device.tenant_id, device.id, identity, transport, _address(device), device.environment)


def stored_key(tenant_id: UUID, device_id: UUID, name: str) -> Secret | None:
    """A key of a device, decrypted; None when KRA never gave one. Raises CryptoError when it cannot be read."""
    row = db.session.execute(
        select(DeviceKey.ciphertext).where(
            DeviceKey.tenant_id == tenant_id, DeviceKey.device_id == device_id, DeviceKey.name == name
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    keyring = Keyring(_settings().encryption_keys)
    return keyring.decrypt(row, table="device_key", column=name, tenant=tenant_id, row=device_id)


def _address(device: KnownDevice) -> str:
    settings = _settings()
    if device.transport == "oscu" and device.door == "direct":
        return settings.kra_oscu_url
    if device.transport == "oscu":
        if not settings.kra_gateway_url:
            raise UnitAddressRefused("This deployment has no admission to KRA's developer gateway.")
        return settings.kra_gateway_url
    if device.vscu_url is None or device.vscu_url == settings.kra_vscu_url:
        return settings.kra_vscu_url
    if urlsplit(device.vscu_url).hostname not in settings.kra_vscu_hosts:
        raise UnitAddressRefused("The address of this control unit is not in KRA_VSCU_HOSTS.")
    return device.vscu_url


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
