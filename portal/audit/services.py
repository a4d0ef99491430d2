"""Writing the chain of acts, and proving that nobody rewrote it (`RELIABILITY.md` §15)."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.audit.models import AuditHead, AuditRow
from portal.infra.crypto import sha256
from portal.infra.db import db, quick
from portal.infra.tenancy import current_tenant_id

BUSINESS = UUID(int=0)  # the chain of acts that belong to no branch
NOTHING_BEFORE = bytes(32)

LOCK_HEAD = """
    SELECT seq, hash, clock_timestamp() AS now FROM audit_head WHERE tenant_id = %(tenant_id)s AND chain = %(chain)s FOR UPDATE"""
FIRST_HEAD = """
    INSERT INTO audit_head (tenant_id, chain, seq, hash) VALUES (%(tenant_id)s, %(chain)s, 0, %(nothing)s)
    ON CONFLICT DO NOTHING"""
APPEND = """
    WITH head AS (UPDATE audit_head SET seq = %(seq)s, hash = %(hash)s WHERE tenant_id = %(tenant_id)s AND chain = %(chain)s)
    INSERT INTO audit (tenant_id, chain, seq, at, actor, action, object, before_sha256, after_sha256, detail, prev_hash, hash)
    VALUES (%(tenant_id)s, %(chain)s, %(seq)s, %(at)s, %(actor)s, %(action)s, %(object)s, %(before_sha256)s, %(after_sha256)s,
            %(detail)s::jsonb, %(prev_hash)s, %(hash)s)"""


def record(
    actor: str,
    action: str,
    object_: str,
    *,
    branch_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **detail: Any,
) -> None:
    """Append one act to the chain of its branch, inside the open act and last of its locks; KRA's secrets never go in."""
    tenant, chain = current_tenant_id(), branch_id or BUSINESS
    db.session.flush()
    head = _locked_head(tenant, chain)
    row = AuditRow(
        tenant_id=tenant,
        chain=chain,
        seq=head.seq + 1,
        at=head.now,
        actor=actor,
        action=action,
        object=object_,
        before_sha256=_digest(before),
        after_sha256=_digest(after),
        detail=json.loads(json.dumps({**detail, "before": before, "after": after} if before or after else detail, default=str)),
        prev_hash=bytes(head.hash),
    )
    row.hash = link(row)
    written = {column.name: getattr(row, column.name) for column in AuditRow.__table__.columns}
    quick(APPEND, written | {"detail": json.dumps(row.detail)})


def _locked_head(tenant: UUID, chain: UUID) -> Any:
    of_chain = {"tenant_id": tenant, "chain": chain, "nothing": NOTHING_BEFORE}
    head = quick(LOCK_HEAD, of_chain).fetchone()
    if head is None:
        quick(FIRST_HEAD, of_chain)
        head = quick(LOCK_HEAD, of_chain).fetchone()
    return head


def link(row: AuditRow) -> bytes:
    """The hash of a row: SHA-256 over the previous hash and the row's canonical JSON."""
    values = {
        "tenant_id": str(row.tenant_id),
        "chain": str(row.chain),
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "before": (row.before_sha256 or b"").hex(),
        "after": (row.after_sha256 or b"").hex(),
        "detail": row.detail,
    }
    return sha256(row.prev_hash + json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())


def first_broken(chain: UUID = BUSINESS) -> int | None:
    """The number of the first row of the chain that does not follow from the one before it; None when all do."""
    before, expected = NOTHING_BEFORE, 1
    rows = select(AuditRow).where(AuditRow.tenant_id == current_tenant_id(), AuditRow.chain == chain).order_by(AuditRow.seq)
    for row in db.session.execute(rows).scalars():
        if row.seq != expected or row.prev_hash != before or row.hash != link(row):
            return expected
        before, expected = row.hash, expected + 1
    head = db.session.get(AuditHead, (current_tenant_id(), chain))
    if head is not None and (head.hash != before or head.seq != expected - 1):
        return expected
    return None


def _digest(values: dict[str, Any] | None) -> bytes | None:
    return None if values is None else sha256(json.dumps(values, sort_keys=True, default=str))
