"""Who the database works for: exactly one tenant, or knowingly nobody (`RELIABILITY.md` §9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from portal.infra.db import db, quick


class _Nobody:
    def __repr__(self) -> str:
        return "NOBODY"


NOBODY, _UNREAD = _Nobody(), _Nobody()
_tenant: ContextVar[UUID | _Nobody | None] = ContextVar("tenant", default=None)


class TenancyError(RuntimeError):
    """The program asked the database something without saying for whom."""


def current_tenant_id() -> UUID:
    """The tenant that is being acted for; raises TenancyError when there is none."""
    tenant = _tenant.get()
    if not isinstance(tenant, UUID):
        raise TenancyError("no tenant is being acted for")
    return tenant


def has_tenant() -> bool:
    return isinstance(_tenant.get(), UUID)


def enter(tenant: UUID | _Nobody) -> Token[UUID | _Nobody | None]:
    """Act for `tenant` until `leave`; refuses inside an open transaction, which is bound to its tenant already."""
    if db.session.registry.has() and db.session().in_transaction():
        raise TenancyError("a transaction is open: finish it before acting for another tenant")
    return _tenant.set(tenant)


def leave(token: Token[UUID | _Nobody | None]) -> None:
    """End what `enter` began; whatever transaction is still open is given up."""
    try:
        if db.session.registry.has():
            db.session.rollback()
    finally:
        _tenant.reset(token)


def enter_by(statement: str, values: Mapping[str, object]) -> Any:
    """Open the transaction with `statement`, which itself sets app.tenant_id, and act on for the `tenant_id` it answers.

    The row it found, or None; inside what `enter` began. Saves a request the transaction that would ask whom it is for.
    """
    _tenant.set(_UNREAD)
    try:
        row = quick(statement, values).fetchone()
    except BaseException:
        db.session.rollback()
        _tenant.set(NOBODY)
        raise
    _tenant.set(row.tenant_id if row is not None and row.tenant_id is not None else NOBODY)
    return row


@contextmanager
def acting_for(tenant_id: UUID) -> Iterator[None]:
    """Within it the database shows and accepts the rows of this tenant only."""
    token = enter(tenant_id)
    try:
        yield
    finally:
        leave(token)


@contextmanager
def acting_for_nobody() -> Iterator[None]:
    """Within it the database shows doors and global tables only, and no tenant's row."""
    token = enter(NOBODY)
    try:
        yield
    finally:
        leave(token)


@event.listens_for(Session, "after_begin")
def _bind_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    tenant = _tenant.get()
    if tenant is None:
        raise TenancyError("no tenant is bound: use acting_for() or acting_for_nobody()")
    if tenant is _UNREAD:
        return  # the statement that follows sets it
    value = str(tenant) if isinstance(tenant, UUID) else ""
    # set_config(…, true) ends with the transaction; a plain SET would follow the pooled connection to the next tenant.
    connection.exec_driver_sql("SELECT set_config('app.tenant_id', %s, true)", (value,))
