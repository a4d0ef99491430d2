"""The lane: what KRA must be told, every attempt and what came back, and the counters it takes numbers from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, NewId, PartId, PartWord, TenantId, Words
from portal.infra.db import Model

SEQUENCE_OF_KIND = """CASE kind WHEN 'sale' THEN 'invoice' WHEN 'credit_note' THEN 'invoice'
                   WHEN 'item' THEN 'item' WHEN 'stock_movement' THEN 'stock' WHEN 'purchase' THEN 'purchase' END"""
OPEN = text("state IN ('queued','sending','unknown')")
OF_SUBMISSION = (["tenant_id", "submission_id"], ["submission.tenant_id", "submission.id"])


class Counter(Model):
    """The last number given out of a series: trader numbers per branch, KRA's sequences per device."""

    __tablename__ = "counter"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    scope_id: Mapped[PartId]
    series: Mapped[PartWord]
    first_no: Mapped[int] = mapped_column(BigInteger, server_default="1")
    last_no: Mapped[int] = mapped_column(BigInteger, server_default="0")


class CounterJump(Model):
    """Numbers of a series that KRA made us leave out."""

    __tablename__ = "counter_jump"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "scope_id", "series"], ["counter.tenant_id", "counter.scope_id", "counter.series"]
        ),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    scope_id: Mapped[Id]
    series: Mapped[Words]
    from_no: Mapped[int] = mapped_column(BigInteger)
    to_no: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[CreatedAt]


class Submission(Model):
    """One thing KRA must be told; its states and moves are those of RELIABILITY §1, and a trigger refuses the others."""

    __tablename__ = "submission"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "device_id"], ["device.tenant_id", "device.id"]),
        UniqueConstraint("tenant_id", "device_id", "sequence", "sequence_no"),
        Index(
            "told_once",
            "tenant_id",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("kind IN ('sale','credit_note','item','stock_movement','purchase')"),
        ),
        Index(
            "one_doubt_per_lane",
            "tenant_id",
            "device_id",
            unique=True,
            postgresql_where=text("state IN ('sending','unknown') OR (state = 'held' AND held_reason = 'cannot_tell')"),
        ),
        Index("lane_head", "tenant_id", "device_id", "position", postgresql_where=OPEN),
        Index(
            "lane_kept_number",
            "tenant_id",
            "device_id",
            "position",
            postgresql_where=text("state = 'queued' AND sequence_no IS NOT NULL"),
        ),
        Index(
            "submission_by_receipt",
            "tenant_id",
            "device_id",
            "total_receipt_no",
            postgresql_where=text("total_receipt_no IS NOT NULL"),
        ),
        Index("submission_due", "next_at", postgresql_where=OPEN),
        Index("submission_attention", "tenant_id", "queued_at", postgresql_where=text("state IN ('refused','held')")),
        Index("submission_of_subject", "tenant_id", "subject_id"),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    device_id: Mapped[Id]
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[Words]
    subject_id: Mapped[Id]
    waits_for: Mapped[list[UUID]] = mapped_column(ARRAY(PgUuid(as_uuid=True)), server_default="{}")
    sequence: Mapped[str | None] = mapped_column(Text, Computed(SEQUENCE_OF_KIND, persisted=True))
    sequence_no: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    bound_at: Mapped[Moment | None]
    state: Mapped[Words] = mapped_column(server_default="queued")
    held_reason: Mapped[Words | None]
    problem_code: Mapped[Words | None]
    problem_message: Mapped[Words | None]
    lease_token: Mapped[Id | None]
    lease_until: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    next_at: Mapped[CreatedAt]
    queued_at: Mapped[CreatedAt]
    unknown_since: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    receipt_no: Mapped[int | None] = mapped_column(BigInteger)
    total_receipt_no: Mapped[int | None] = mapped_column(BigInteger)
    internal_data: Mapped[Words | None]
    signature: Mapped[Words | None]
    signed_at: Mapped[Moment | None]
    sdc_id: Mapped[Words | None]
    mrc_number: Mapped[Words | None]


class Attempt(Model):
    """Written before bytes leave: which act, under which lease, with which bytes."""

    __tablename__ = "attempt"
    __table_args__ = (
        ForeignKeyConstraint(*OF_SUBMISSION),
        Index("attempt_of", "tenant_id", "submission_id", "started_at"),
        Index("attempt_once", "tenant_id", "token", unique=True),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    submission_id: Mapped[Id]
    token: Mapped[Id]
    act: Mapped[Words]
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[CreatedAt]


class Evidence(Model):
    """What came back, with secrets cut; kept whatever it says and whoever holds the lease."""

    __tablename__ = "evidence"
    __table_args__ = (
        ForeignKeyConstraint(*OF_SUBMISSION),
        Index("evidence_of", "tenant_id", "submission_id", "came_at"),
        Index("evidence_once", "tenant_id", "token", unique=True),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    submission_id: Mapped[Id]
    token: Mapped[Id]
    source: Mapped[Words]
    outcome: Mapped[Words]
    silent: Mapped[bool] = mapped_column(Boolean)
    http_status: Mapped[int | None] = mapped_column(Integer)
    result_code: Mapped[Words | None]
    message: Mapped[Words | None]
    body: Mapped[Words] = mapped_column(server_default="")
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    came_at: Mapped[CreatedAt]


class ReconciledDatabase(Model):
    """The one database that the lanes may send from: its system identifier and timeline."""

    __tablename__ = "reconciled_database"
    only_one: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default="true")
    database: Mapped[Words]
    at: Mapped[CreatedAt]
