"""How far a business has come on its way to the real thing, and what it brought along."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Moment, NewId, PartWord, TenantId, Words
from portal.infra.db import Model


class GoingLiveStep(Model):
    """A paper step that a person says is done; the steps of the control units are known from these."""

    __tablename__ = "going_live_step"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[PartWord]
    done_by: Mapped[Words]
    done_at: Mapped[CreatedAt]


class TakeOver(Model):
    """A file from a practice portal, found without an error, that waits for a yes or was taken over."""

    __tablename__ = "take_over"
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    id: Mapped[NewId]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    brought_by: Mapped[Words]
    brought_at: Mapped[CreatedAt]
    taken_at: Mapped[Moment | None]
