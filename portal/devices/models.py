"""Control units, their set-up steps, their keys, and what KRA told them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, Money, NewId, PartId, PartWord, TenantId, Words
from portal.infra.db import Model

OF_DEVICE = (["tenant_id", "device_id"], ["device.tenant_id", "device.id"])


class Device(Model):
    """A control unit of a branch; it never shows its keys."""

    __tablename__ = "device"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        UniqueConstraint("serial"),
        Index("one_device_per_branch", "tenant_id", "branch_id", unique=True, postgresql_where=text("status <> 'retired'")),
    )
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    branch_id: Mapped[Id]
    transport: Mapped[Words] = mapped_column(server_default="vscu")
    environment: Mapped[Words]
    serial: Mapped[Words]
    status: Mapped[Words] = mapped_column(server_default="setting_up")
    vscu_url: Mapped[Words | None]
    door: Mapped[Words] = mapped_column(server_default="direct")
    sdc_id: Mapped[Words | None]
    mrc_number: Mapped[Words | None]
    kra_device_id: Mapped[Words | None]
    last_contact_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class DeviceKey(Model):
    """One key of a device, encrypted and bound to its row."""

    __tablename__ = "device_key"
    __table_args__ = (ForeignKeyConstraint(*OF_DEVICE),)
    tenant_id: Mapped[TenantId]
    device_id: Mapped[PartId]
    name: Mapped[PartWord]
    ciphertext: Mapped[Words]
    last_four: Mapped[Words | None]
    entered_by: Mapped[Words | None]
    stored_at: Mapped[CreatedAt]


class SetupStep(Model):
    """How far one step of a device's set-up has come."""

    __tablename__ = "setup_step"
    __table_args__ = (ForeignKeyConstraint(*OF_DEVICE),)
    tenant_id: Mapped[TenantId]
    device_id: Mapped[PartId]
    name: Mapped[PartWord]
    state: Mapped[Words] = mapped_column(server_default="waiting")
    code: Mapped[Words | None]
    message: Mapped[Words | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    changed_at: Mapped[CreatedAt]


class LookUpMark(Model):
    """Up to which moment of KRA's clock a device has fetched one kind of list, and when (our clock) it last did."""

    __tablename__ = "look_up_mark"
    __table_args__ = (ForeignKeyConstraint(*OF_DEVICE),)
    tenant_id: Mapped[TenantId]
    device_id: Mapped[PartId]
    operation: Mapped[PartWord]
    mark: Mapped[Moment]
    fetched_at: Mapped[CreatedAt]


class Notice(Model):
    """A notice of KRA, shown on Home."""

    __tablename__ = "notice"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[Words]
    body: Mapped[Words] = mapped_column(server_default="")
    url: Mapped[Words | None]
    author: Mapped[Words | None]
    published_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]


class KraBranch(Model):
    """A branch as KRA lists it for this PIN."""

    __tablename__ = "kra_branch"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    code: Mapped[PartWord]
    name: Mapped[Words]
    status: Mapped[Words | None]
    address: Mapped[Words | None]
    is_head_office: Mapped[bool] = mapped_column(Boolean, server_default="false")


class KraQuestion(Model):
    """Something a person waits to hear from KRA: a worker asks, the page polls."""

    __tablename__ = "kra_question"
    __table_args__ = (
        ForeignKeyConstraint(*OF_DEVICE),
        Index("kra_question_asked", "tenant_id", "kind", "argument", "asked_at"),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    device_id: Mapped[Id]
    kind: Mapped[Words]
    argument: Mapped[Words] = mapped_column(server_default="")
    asked_at: Mapped[CreatedAt]
    answered_at: Mapped[Moment | None]
    outcome: Mapped[Words | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class DowntimeNotice(Model):
    """What the Commissioner is told of a time without a control unit; a database trigger keeps it once it was printed."""

    __tablename__ = "downtime_notice"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branch.tenant_id", "branch.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("downtime_of_branch", "tenant_id", "branch_id", text("number DESC")),
    )
    tenant_id: Mapped[TenantId]
    id: Mapped[NewId]
    branch_id: Mapped[Id]
    number: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    reason: Mapped[Words]
    sales_count: Mapped[int] = mapped_column(Integer)
    sales_amount: Mapped[Money]
    reference: Mapped[Words | None]
    written_by: Mapped[Words]
    created_at: Mapped[CreatedAt]
    printed_at: Mapped[Moment | None]
    letter: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    @property
    def our_number(self) -> str:
        return f"DN-{self.number:06}"


class KraHost(Model):
    """How one KRA host has answered lately: its circuit opens after five failures in a row."""

    __tablename__ = "kra_host"
    host: Mapped[PartWord]
    failures_in_row: Mapped[int] = mapped_column(Integer, server_default="0")
    open_until: Mapped[Moment | None]
    last_answer_at: Mapped[Moment | None]
    last_failure_at: Mapped[Moment | None]
