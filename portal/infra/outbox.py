"""Wishes that reach outside the database: a row first, then a bell; every handler is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra import queue
from portal.infra.columns import CreatedAt, Id, Moment, NewId, TenantId, Words
from portal.infra.db import Model, after_commit, db, quick, transaction
from portal.infra.tenancy import acting_for, current_tenant_id

log = structlog.get_logger()
LEASE_SECONDS = 90
LATER = "interval '1 second' * least(600, 5 * 3 ^ least(attempts, 5)) * (0.5 + random())"


WISH = """
    INSERT INTO outbox (tenant_id, queue, kind, ref) VALUES (%(tenant)s, %(queue)s, %(kind)s, %(ref)s)
    ON CONFLICT (tenant_id, kind, ref) DO UPDATE SET not_before = now(), attempts = 0, done_at = NULL, problem = NULL"""


class Later(Exception):
    """A handler could not finish now; it will be tried again by back-off, and the message says why."""


class Unfinished(Exception):
    """A handler did a part of its work: the rest is due at once, behind what others wait for."""


class OutboxRow(Model):
    """One wish: `kind` names the handler, `ref` what it is about."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "ref"),
        Index("outbox_due", "queue", "not_before", postgresql_where=text("done_at IS NULL")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    queue: Mapped[Words]
    kind: Mapped[Words]
    ref: Mapped[Id]
    not_before: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    done_at: Mapped[Moment | None]
    problem: Mapped[Words | None]


Handler = Callable[[UUID], None]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register what does a wish of `kind`: called with `ref`, as its tenant, outside any transaction."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def wish(queue_name: str, kind: str, ref: UUID) -> None:
    """Ask, inside the open act, that `kind` be done for `ref`; asking again for one that is done reopens it."""
    quick(WISH, {"tenant": current_tenant_id(), "queue": queue_name, "kind": kind, "ref": ref})
    after_commit(queue.ring_lanes if queue_name == "lanes" else queue.ring_documents)


def wish_now(queue_name: str, kind: str, ref: UUID) -> None:
    """An act of its own that asks for `kind`; one that is still open is left as it is, with its back-off."""
    with transaction():
        open_one = select(OutboxRow.id).where(
            OutboxRow.tenant_id == current_tenant_id(),
            OutboxRow.kind == kind,
            OutboxRow.ref == ref,
            OutboxRow.done_at.is_(None),
        )
        if db.session.execute(open_one).first() is None:
            wish(queue_name, kind, ref)


def do(tenant_id: UUID, row_id: UUID) -> bool:
    """Do one due wish under a lease; False when somebody else has it or it is done."""
    with acting_for(tenant_id):
        claimed = _claim(row_id)
        if claimed is None:
            return False
        kind, ref = claimed
        try:
            _handlers[kind](ref)
        except Later as reason:
            _settle(row_id, str(reason))
        except Unfinished:
            _go_on(row_id)
        except Exception as error:
            log.exception("outbox_failed", kind=kind, outbox_id=str(row_id))
            _settle(row_id, type(error).__name__)
        else:
            _settle(row_id, None)
        return True


def _claim(row_id: UUID) -> tuple[str, UUID] | None:
    with transaction():
        row = db.session.execute(
            text(
                "UPDATE outbox SET attempts = attempts + 1, not_before = now() + interval '1 second' * :lease"
                " WHERE tenant_id = :tenant AND id = :id AND done_at IS NULL AND not_before <= now() RETURNING kind, ref"
            ),
            {"tenant": current_tenant_id(), "id": row_id, "lease": LEASE_SECONDS},
        ).one_or_none()
    return (row.kind, row.ref) if row else None


def _go_on(row_id: UUID) -> None:
    db.session.rollback()
    statement = (
        "UPDATE outbox SET not_before = clock_timestamp(), attempts = 0, problem = NULL"
        " WHERE tenant_id = :tenant AND id = :id AND done_at IS NULL RETURNING queue"
    )
    with transaction():
        row = db.session.execute(text(statement), {"tenant": current_tenant_id(), "id": row_id}).one_or_none()
        if row is not None:
            after_commit(queue.ring_lanes if row.queue == "lanes" else queue.ring_documents)


def _settle(row_id: UUID, problem: str | None) -> None:
    db.session.rollback()
    done = "done_at = now(), problem = NULL" if problem is None else f"problem = :problem, not_before = now() + {LATER}"
    with transaction():
        db.session.execute(
            text(f"UPDATE outbox SET {done} WHERE tenant_id = :tenant AND id = :id AND done_at IS NULL"),  # noqa: S608
            {"tenant": current_tenant_id(), "id": row_id, "problem": problem},
        )
