"""The doors: the only questions that may be asked before a tenant is known; they answer ids, never content.

The two of operators also say whose, which control unit and what kind of trouble: nothing of a document or a customer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from portal.infra.db import db


def due_lanes(most: int) -> list[tuple[UUID, UUID]]:
    """(tenant, device) of lanes whose head is due, longest waiting first; a tenant gets a quarter of `most` while others wait."""
    return _pairs("SELECT tenant_id, device_id FROM due_lanes(:most)", most=most)


def due_outbox(queue: str, most: int) -> list[tuple[UUID, UUID]]:
    """(tenant, outbox row) of the wishes of `queue` that are due."""
    return _pairs("SELECT tenant_id, id FROM due_outbox(:queue, :most)", queue=queue, most=most)


def devices_to_beat(most: int) -> list[tuple[UUID, UUID]]:
    """(tenant, device) of devices that KRA has not answered for 15 minutes."""
    return _pairs("SELECT tenant_id, device_id FROM devices_to_beat(:most)", most=most)


def devices_elsewhere(environment: str) -> list[tuple[UUID, UUID]]:
    """(tenant, device) of a device that belongs to another environment than this deployment's, if there is one."""
    return _pairs("SELECT tenant_id, device_id FROM devices_elsewhere(:mine)", mine=environment)


def my_memberships(person_id: UUID) -> list[UUID]:
    """The businesses a person belongs to, oldest membership first."""
    rows = db.session.execute(text("SELECT tenant_id FROM my_memberships(:person)"), {"person": person_id})
    return [row.tenant_id for row in rows]


def all_tenants() -> list[UUID]:
    """Every business of this deployment, oldest first: for operators' commands."""
    return [row.tenant_id for row in db.session.execute(text("SELECT tenant_id FROM all_tenants()"))]


def whose_token(token_sha256: bytes) -> tuple[UUID, UUID] | None:
    """(tenant, token) of an API token by its hash; None for one that nobody made or that was revoked."""
    return next(iter(_pairs("SELECT tenant_id, id FROM whose_token(:hash)", hash=token_sha256)), None)


def whose_receipt_link(token_sha256: bytes) -> tuple[UUID, UUID] | None:
    """(tenant, link) of a link to a receipt by the hash of its token; None for one that opens nothing."""
    return next(iter(_pairs("SELECT tenant_id, id FROM whose_receipt_link(:hash)", hash=token_sha256)), None)


def old_receipt_links(most: int) -> list[tuple[UUID, UUID]]:
    """(tenant, link) of links that are too old to open, oldest first."""
    return _pairs("SELECT tenant_id, id FROM old_receipt_links(:most)", most=most)


def old_downloads(most: int) -> list[tuple[UUID, UUID]]:
    """(tenant, download) of files of many receipts whose days are over, oldest first."""
    return _pairs("SELECT tenant_id, id FROM old_downloads(:most)", most=most)


def device_of_serial(serial: str) -> tuple[UUID, UUID] | None:
    """(tenant, device) of the control unit with this serial number that is in use; None when there is none."""
    return next(iter(_pairs("SELECT tenant_id, device_id FROM device_of_serial(:serial)", serial=serial)), None)


def trouble_everywhere(most: int) -> list[dict[str, Any]]:
    """What is refused, held, in doubt for half an hour, or waits for 18 hours in any business: oldest first."""
    return [dict(row) for row in db.session.execute(text("SELECT * FROM trouble_everywhere(:most)"), {"most": most}).mappings()]


def units_that_stand_still(most: int) -> list[dict[str, Any]]:
    """The control units of all businesses from which nothing is sent until a person has acted: longest first."""
    asked = text("SELECT * FROM units_that_stand_still(:most)")
    return [dict(row) for row in db.session.execute(asked, {"most": most}).mappings()]


def _pairs(question: str, **arguments: object) -> list[tuple[UUID, UUID]]:
    return [(row[0], row[1]) for row in db.session.execute(text(question), arguments)]
