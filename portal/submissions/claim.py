"""Claiming the head of a lane: one short transaction that binds the number and the bytes (`RELIABILITY.md` §4)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from flask import current_app
from sqlalchemy import text

from portal.devices import circuit
from portal.devices.units import ControlUnit, UnitAddressRefused, unit_of
from portal.infra.crypto import CryptoError, sha256
from portal.infra.db import database_now, db, quick, transaction
from portal.kra.errors import KraError, PayloadError
from portal.kra.gateway import Doubt, Gateway
from portal.kra.operations import SubmissionKind, Transport
from portal.settings import Settings
from portal.submissions import services, states
from portal.submissions.builders import build
from portal.submissions.head import Head, head_of
from portal.submissions.models import Submission
from portal.submissions.rules import Act

log = structlog.get_logger()
PUT_OFF_SECONDS = 60

LEASE = """
    UPDATE submission SET state = CASE state WHEN 'queued' THEN 'sending' ELSE state END, attempts = attempts + 1,
           lease_token = %(token)s, lease_until = clock_timestamp() + interval '1 second' * %(lease)s,
           next_at = clock_timestamp() + interval '1 second' * %(lease)s{bind}
     WHERE tenant_id = %(tenant)s AND id = %(id)s AND state = %(seen)s
       AND lease_token IS NOT DISTINCT FROM CAST(%(seen_token)s AS uuid) {when}
    RETURNING tenant_id, id, lease_token, body_sha256"""
WITH_NUMBER = "AND EXISTS (SELECT 1 FROM n)"
BIND = ", sequence_no = %(number)s, body = %(body)s, body_sha256 = %(sha)s, bound_at = clock_timestamp()"
# The number is the one after the counter that the head was read with; a counter that has moved meanwhile gives none.
COUNT = """
    n AS (INSERT INTO counter AS c (tenant_id, scope_id, series, last_no) VALUES (%(tenant)s, %(device)s, %(series)s, %(number)s)
          ON CONFLICT (tenant_id, scope_id, series) DO UPDATE SET last_no = excluded.last_no
                WHERE c.last_no = excluded.last_no - 1 RETURNING last_no),"""
NOTED = """
    INSERT INTO attempt (tenant_id, submission_id, token, act, body_sha256)
    SELECT tenant_id, id, lease_token, %(act)s, body_sha256 FROM s"""
AGAIN = "WITH s AS (" + LEASE.format(bind="", when="") + ")" + NOTED
FIRST = "WITH s AS (" + LEASE.format(bind=BIND, when="") + ")" + NOTED
FIRST_NUMBERED = "WITH" + COUNT + "s AS (" + LEASE.format(bind=BIND, when=WITH_NUMBER) + ")" + NOTED
WAITED_FOR_IN_VAIN = text("""
    SELECT coalesce(problem_message, 'withdrawn') AS message, problem_code AS code FROM submission
     WHERE tenant_id = :tenant AND id = ANY (:waits_for) AND state IN ('refused','void') ORDER BY position LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker holds while it speaks to KRA: no transaction, only a lease until `ends` (monotonic seconds)."""

    tenant_id: UUID
    device_id: UUID
    submission_id: UUID
    kind: SubmissionKind
    act: Act
    number: int | None
    body: bytes
    token: UUID
    ends: float
    gateway: Gateway
    host: str
    host_is_well: bool
    doubt: Doubt


class Moved:
    """The head was settled without a call: claim again."""


MOVED = Moved()


class LaneMoved(Exception):
    """Somebody else has moved the head since it was read: nothing was done."""


class _Unbuildable(Exception):
    """The bytes cannot be built; whatever the builder has written is rolled back, and the number with it."""

    def __init__(self, submission_id: UUID, sentence: str) -> None:
        super().__init__(sentence)
        self.submission_id, self.sentence = submission_id, sentence


def claim(device_id: UUID) -> Job | Moved | None:
    """Lease the head of the lane of `device_id`; None when there is nothing to do for it now."""
    try:
        with transaction():
            head = head_of(device_id)
            return None if head is None else _take(head)
    except LaneMoved:
        return None
    except _Unbuildable as error:
        return _refuse_unbuildable(error)


def put_off(device_id: UUID) -> None:
    """Let a lane whose head cannot be worked on wait a minute, so that it holds up no other."""
    with transaction():
        head = head_of(device_id)
        if head is not None and head.state != "sending" and head.due:
            states.wait(_row(head), PUT_OFF_SECONDS)


def _take(head: Head) -> Job | Moved | None:
    if head.state == "sending":
        return _expire(head) if head.expired else None
    if not head.due:
        return None
    try:
        unit = unit_of(head, head.kra_pin, head.branch_code)
        if _settled_without_a_call(head, unit):
            return MOVED
        if not _may_call(head, unit):
            states.wait(_row(head), circuit.probe_every())
            return None
        gateway = unit.gateway()
        if unit.transport is Transport.OSCU and gateway.identity.communication_key is None:
            raise UnitAddressRefused("The key of this control unit is missing.")
    except (KraError, UnitAddressRefused, CryptoError) as error:
        log.error("lane_cannot_call", device_id=str(head.id), problem=str(error))
        states.wait(_row(head), PUT_OFF_SECONDS)
        return None
    return _lease(head, unit, gateway)


def _settled_without_a_call(head: Head, unit: ControlUnit) -> bool:
    """Whether the head moved by what is known already: a refused forerunner, a late receipt, no way to find out."""
    if head.state == "queued":
        if head.waits_in_vain:
            _refuse_in_vain(_row(head))
        return bool(head.waits_in_vain)
    if SubmissionKind(head.kind).is_signed and (receipt := states.late_receipt(row := _row(head))):
        states.accept(row, receipt, "late", database_now())
        return True
    if unit.doubt is Doubt.ASK and head.sequence is not None:
        states.hold(_row(head), "cannot_tell", database_now())
        return True
    return False


def _may_call(head: Head, unit: ControlUnit) -> bool:
    """Whether the circuit of the unit's host lets this call through; the head was read with that of the usual hosts."""
    is_usual = unit.host in (circuit.host_of(_settings().kra_vscu_url), circuit.host_of(_settings().kra_oscu_url))
    return (is_usual and not head.circuit_is_open) or circuit.may_call(unit.host)


def _lease(head: Head, unit: ControlUnit, gateway: Gateway) -> Job:
    number, body, statement = head.sequence_no, head.body, AGAIN
    if body is None:
        number = (head.last_no or 0) + 1 if head.sequence else None
        body = _built(head, number, unit)
        statement = FIRST_NUMBERED if number else FIRST
    act, token, lease = _act(head, unit), uuid4(), _settings().kra_lease
    ends = time.monotonic() + lease
    noted = quick(
        statement,
        {
            "tenant": head.tenant_id, "device": head.id, "id": head.submission_id, "seen": head.state,
            "seen_token": head.lease_token, "token": token, "lease": lease, "act": act.value,
            "series": head.sequence, "number": number, "body": body, "sha": sha256(body),
        },
    )  # fmt: skip
    if noted.rowcount != 1:
        raise LaneMoved
    return Job(
        tenant_id=head.tenant_id, device_id=head.id, submission_id=head.submission_id, kind=SubmissionKind(head.kind),
        act=act, number=number, body=body, token=token, ends=ends, gateway=gateway, host=unit.host,
        host_is_well=head.host_is_well, doubt=unit.doubt,
    )  # fmt: skip


def _built(head: Head, number: int | None, unit: ControlUnit) -> bytes:
    # A copy that no session knows: builders read it, and nothing they do to it is stored.
    submission = Submission(
        tenant_id=head.tenant_id, id=head.submission_id, device_id=head.id, kind=head.kind, subject_id=head.subject_id,
        waits_for=head.waits_for, position=head.position, queued_at=head.queued_at, sequence=head.sequence, state=head.state,
        attempts=head.attempts,
    )  # fmt: skip
    try:
        return build(submission, number, unit)
    except PayloadError as error:
        raise _Unbuildable(head.submission_id, error.sentence) from error


def _act(head: Head, unit: ControlUnit) -> Act:
    if head.state == "queued":
        return Act.SEND
    if unit.doubt is Doubt.LOOK_UP and SubmissionKind(head.kind).is_signed:
        return Act.LOOK_UP
    return Act.REPEAT


def _expire(head: Head) -> Moved:
    """A worker died with the lease: nobody knows what became of its call (rule 7)."""
    states.doubt(_row(head), _settings().kra_quarantine, database_now())
    return MOVED


def _refuse_in_vain(row: Submission) -> None:
    waited = {"tenant": row.tenant_id, "waits_for": row.waits_for}
    cause = db.session.execute(WAITED_FOR_IN_VAIN, waited).one()
    states.refuse(row, cause.code, f"Something it needs was not accepted: {cause.message}", database_now())


def _refuse_unbuildable(error: _Unbuildable) -> Moved:
    with transaction():
        row = services.lock(error.submission_id)
        if row.state == "queued" and row.body is None:
            states.refuse(row, None, error.sentence, database_now())
    return MOVED


def _row(head: Head) -> Submission:
    """The head, locked, as it was seen; raises LaneMoved when it is no longer so."""
    wanted = (head.tenant_id, head.submission_id)
    row = db.session.get_one(Submission, wanted, with_for_update=True, populate_existing=True)
    if (row.state, row.lease_token) != (head.state, head.lease_token):
        raise LaneMoved
    return row


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
