"""Taking up KRA's numbers (PROTOCOL §4): they go on where KRA, or an earlier unit of the same branch, has come to."""

from __future__ import annotations

from sqlalchemy import text

from portal.devices.models import Device
from portal.infra.db import db

LAST_OF_THE_BRANCH = text("""
    SELECT coalesce(max(c.last_no), 0) FROM counter c JOIN device d ON d.tenant_id = c.tenant_id AND d.id = c.scope_id
     WHERE c.tenant_id = :tenant AND d.branch_id = :branch AND c.series = :series""")
TAKE_UP = text("""
    INSERT INTO counter AS known (tenant_id, scope_id, series, first_no, last_no)
    VALUES (:tenant, :device, :series, :last + 1, :last)
    ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = excluded.last_no,
       first_no = CASE WHEN known.last_no = known.first_no - 1 THEN excluded.first_no ELSE known.first_no END
     WHERE known.last_no < excluded.last_no""")
# Items, stock movements and whatever else is numbered for a device: only we know how far these have come.
OWN_SERIES = text("""
    SELECT DISTINCT c.series FROM counter c JOIN device d ON d.tenant_id = c.tenant_id AND d.id = c.scope_id
     WHERE c.tenant_id = :tenant AND d.branch_id = :branch AND c.series NOT IN ('invoice','purchase')""")


def take_up(device: Device, invoice: int | None, purchase: int | None) -> None:
    """Let the next number of each series be one above the highest that KRA or this branch knows; it never goes back."""
    here = {"tenant": device.tenant_id, "branch": device.branch_id}
    at_kra = {"invoice": invoice or 0, "purchase": purchase or 0}
    own = dict.fromkeys(db.session.execute(OWN_SERIES, here).scalars(), 0)
    for series, last in (at_kra | own).items():
        known = db.session.execute(LAST_OF_THE_BRANCH, here | {"series": series}).scalar_one()
        where = {"tenant": device.tenant_id, "device": device.id, "series": series}
        db.session.execute(TAKE_UP, where | {"last": max(known, last)})
