"""Reading the head of a lane under the lane's lock, with all that a claim must know (`RELIABILITY.md` §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from psycopg.rows import class_row

from portal.devices import circuit
from portal.infra.db import quick
from portal.infra.tenancy import current_tenant_id

# Lock the lane and not the row: SKIP LOCKED on submissions would skip a locked head and send the second one first.
# NO KEY: an open Issue holds KEY SHARE on the device through its foreign key and must not be waited for.
# One statement, one snapshot: it may be older than the lock, so every write below repeats the state that was seen here.
HEAD = """
    WITH lane AS MATERIALIZED (
      SELECT * FROM device WHERE tenant_id = %(tenant)s AND id = %(device)s AND status = 'ready' FOR NO KEY UPDATE SKIP LOCKED)
    SELECT lane.tenant_id, lane.id, lane.serial, lane.transport, lane.environment, lane.vscu_url, lane.door, lane.sdc_id,
           lane.mrc_number, t.kra_pin, b.code AS branch_code, c.last_no, s.id AS submission_id,
           s.kind, s.subject_id, s.waits_for, s.position, s.queued_at,
           s.state, s.sequence, s.sequence_no, s.body, s.lease_token, s.attempts,
           s.lease_until < clock_timestamp() AS expired, s.next_at <= clock_timestamp() AS due,
           s.state = 'queued' AND EXISTS (
             SELECT 1 FROM submission w WHERE w.tenant_id = s.tenant_id AND w.id = ANY (s.waits_for)
                AND w.state IN ('refused','void')) AS waits_in_vain,
           k.open_until IS NOT NULL AS circuit_is_open,
           coalesce(k.failures_in_row = 0 AND k.open_until IS NULL
                    AND k.last_answer_at > clock_timestamp() - interval '4 seconds', false) AS host_is_well
      FROM lane
      JOIN tenant t ON t.id = lane.tenant_id
      JOIN branch b ON b.tenant_id = lane.tenant_id AND b.id = lane.branch_id
      CROSS JOIN LATERAL (
        (SELECT 1 AS turn, h.* FROM submission h
          WHERE h.tenant_id = %(tenant)s AND h.device_id = %(device)s AND h.state IN ('sending','unknown'))
        UNION ALL
        (SELECT 2, h.* FROM submission h
          WHERE h.tenant_id = %(tenant)s AND h.device_id = %(device)s AND h.state = 'queued' AND h.sequence_no IS NOT NULL
          ORDER BY h.position LIMIT 1)
        UNION ALL
        (SELECT 3, h.* FROM submission h
          WHERE h.tenant_id = %(tenant)s AND h.device_id = %(device)s AND h.state = 'queued' AND h.sequence_no IS NULL
            AND NOT EXISTS (SELECT 1 FROM submission w WHERE w.tenant_id = h.tenant_id AND w.id = ANY (h.waits_for)
                               AND w.state NOT IN ('accepted','refused','void'))
          ORDER BY h.position LIMIT 1)
        ORDER BY turn LIMIT 1) s
      LEFT JOIN counter c ON c.tenant_id = %(tenant)s AND c.scope_id = %(device)s AND c.series = s.sequence
      LEFT JOIN kra_host k ON k.host = CASE lane.transport WHEN 'oscu' THEN %(oscu)s ELSE %(vscu)s END"""


@dataclass(slots=True)
class Head:
    """The head of a lane with all that a claim must know: the unit (`id` is the device's), the row, the counter, the circuit."""

    tenant_id: UUID
    id: UUID
    serial: str
    transport: str
    environment: str
    vscu_url: str | None
    door: str
    sdc_id: str | None
    mrc_number: str | None
    kra_pin: str
    branch_code: str
    last_no: int | None
    submission_id: UUID
    kind: str
    subject_id: UUID
    waits_for: list[UUID]
    position: int
    queued_at: datetime
    state: str
    sequence: str | None
    sequence_no: int | None
    body: bytes | None
    lease_token: UUID | None
    attempts: int
    expired: bool | None
    due: bool
    waits_in_vain: bool
    circuit_is_open: bool
    host_is_well: bool


def head_of(device_id: UUID) -> Head | None:
    """The head of a lane, locked; None when the lane is empty, stopped, or in somebody else's hands."""
    settings = current_app.extensions["settings"]
    asked = {
        "tenant": current_tenant_id(),
        "device": device_id,
        "vscu": circuit.host_of(settings.kra_vscu_url),
        "oscu": circuit.host_of(settings.kra_oscu_url),
    }
    found: Head | None = quick(HEAD, asked, class_row(Head)).fetchone()
    return found
