"""People, their sessions, throttles, links and letters: tables without a tenant."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.columns import CreatedAt, Id, Moment, NewId, PartId, PartWord, TenantId, Words
from portal.infra.db import Model


class Person(Model):
    """Somebody who can sign in; `email` is lower case."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("email"), UniqueConstraint("sign_up_key"))
    id: Mapped[NewId]
    email: Mapped[Words]
    name: Mapped[Words]
    phone: Mapped[Words | None]
    password_hash: Mapped[Words]
    email_confirmed_at: Mapped[Moment | None]
    theme: Mapped[Words | None]
    sign_up_key: Mapped[Words | None]
    disabled_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class PersonSession(Model):
    """One signed-in browser; only the hash of its token is kept."""

    __tablename__ = "person_session"
    __table_args__ = (UniqueConstraint("token_sha256"), Index("person_session_of", "person_id", "ended_at"))
    id: Mapped[NewId]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    entered_tenant_id: Mapped[Id | None]
    address: Mapped[Words]
    browser: Mapped[Words]
    signed_in_at: Mapped[CreatedAt]
    password_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    ended_at: Mapped[Moment | None]


class PlatformOperator(Model):
    """A person who runs the portal; nothing of it belongs to a business."""

    __tablename__ = "platform_operator"
    person_id: Mapped[PartId] = mapped_column(ForeignKey("person.id"))
    added_by: Mapped[Words]
    added_at: Mapped[CreatedAt]
    ended_at: Mapped[Moment | None]


class Throttle(Model):
    """How many tries failed for one account or address, and until when it is shut."""

    __tablename__ = "throttle"
    scope: Mapped[PartWord]
    key_sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    window_began_at: Mapped[CreatedAt]
    shut_until: Mapped[Moment | None]


class OneTimeLink(Model):
    """A link that works once; the token is made by the worker that mails it, and only its hash is kept."""

    __tablename__ = "one_time_link"
    __table_args__ = (UniqueConstraint("token_sha256"), Index("one_time_link_of", "person_id", "purpose"))
    id: Mapped[NewId]
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[Words]
    token_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class Letter(Model):
    """A mail to a person that a worker has to send."""

    __tablename__ = "letter"
    __table_args__ = (Index("letter_due", "not_before", postgresql_where=text("sent_at IS NULL")),)
    id: Mapped[NewId]
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[Words]
    link_id: Mapped[Id | None] = mapped_column(ForeignKey("one_time_link.id", ondelete="CASCADE"))
    not_before: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    sent_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class Membership(Model):
    """That a person belongs to a business, and as what."""

    __tablename__ = "membership"
    __table_args__ = (Index("membership_of", "person_id"),)
    tenant_id: Mapped[TenantId] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[PartId] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Words]
    suspended_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
