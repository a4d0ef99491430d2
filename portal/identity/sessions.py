"""Server-side sessions: the browser holds a random token, the database its hash, and any can be ended at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, g, request
from sqlalchemy import func, update
from werkzeug.wrappers import Response

from portal.identity.models import Person, PersonSession
from portal.infra import tenancy
from portal.infra.crypto import new_token, sha256
from portal.infra.db import db, quick

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Visit:
    """Who is signed in at this request, in which session, and which business that has entered."""

    session_id: UUID
    entered_tenant_id: UUID | None
    id: UUID
    name: str
    theme: str | None
    password_at: datetime


def cookie_name() -> str:
    """`__Host-session`, or `session` where the portal runs over plain http and clients would drop it."""
    return "__Host-session" if current_app.extensions["settings"].secure_cookies else "session"


def begin(person: Person, tenant_id: UUID | None = None) -> None:
    """Sign this browser in as `person` under a fresh token; the answer of this request carries the cookie.

    Where the same person goes on in another business, the password was typed when it was typed.
    """
    former: Visit | None = g.get("person")
    typed_at = former.password_at if former is not None and former.id == person.id else func.now()
    end_current()
    token = new_token()
    row = PersonSession(
        token_sha256=sha256(token),
        person_id=person.id,
        entered_tenant_id=tenant_id,
        password_at=typed_at,
        address=request.remote_addr or "unknown",
        browser=(request.user_agent.string or "unknown")[:200],
    )
    db.session.add(row)
    db.session.flush()
    g.person = Visit(row.id, tenant_id, person.id, person.name, person.theme, row.password_at)
    g.new_session_token = token


# The token's session while it is alive, and who that is. Where a page of a business is asked for, the same statement binds
# the transaction to the business that the session has entered.
RESUME = """
    SELECT s.id AS session_id, p.id, p.name, p.theme, CASE WHEN %(enter)s THEN s.entered_tenant_id END AS tenant_id,
           s.entered_tenant_id, s.password_at, s.last_seen_at < now() - %(seen_every)s AS seen_long_ago,
           set_config('app.tenant_id', coalesce(CASE WHEN %(enter)s THEN s.entered_tenant_id END::text, ''), true)
      FROM person_session s JOIN person p ON p.id = s.person_id
     WHERE s.token_sha256 = %(token)s AND s.ended_at IS NULL AND p.disabled_at IS NULL
       AND s.last_seen_at > now() - %(idle)s AND s.signed_in_at > now() - %(absolute)s"""
SEEN = "UPDATE person_session SET last_seen_at = now() WHERE id = %(session)s"


def resume(*, enter: bool) -> Visit | None:
    """The visit of this request's cookie while its session is alive: idle 30 minutes, 12 hours at most.

    With `enter` the open transaction acts for the business that was entered; without it none is open.
    """
    token = request.cookies.get(cookie_name())
    if not token or len(token) > 100:
        return None
    times = {"idle": IDLE, "absolute": ABSOLUTE, "seen_every": SEEN_EVERY}
    row = tenancy.enter_by(RESUME, {"token": sha256(token), "enter": enter, **times})
    if row is None:
        db.session.rollback()
        return None
    if row.seen_long_ago:
        quick(SEEN, {"session": row.session_id})
    if row.seen_long_ago or row.tenant_id is None:
        # What stays open is bound to a business; the next transaction is bound by itself.
        db.session.commit()
    return Visit(row.session_id, row.entered_tenant_id, row.id, row.name, row.theme, row.password_at)


def enter_tenant(visit: Visit, tenant_id: UUID | None) -> None:
    """Remember in the session which business was entered, and commit that."""
    remembered = update(PersonSession).where(PersonSession.id == visit.session_id).values(entered_tenant_id=tenant_id)
    db.session.execute(remembered)
    db.session.commit()
    visit.entered_tenant_id = tenant_id


def end_current() -> None:
    """End the session of this browser, if it has one."""
    visit: Visit | None = g.get("person")
    if visit is not None:
        db.session.execute(update(PersonSession).where(PersonSession.id == visit.session_id).values(ended_at=func.now()))
    g.person = None
    g.new_session_token = ""


def end_all(person_id: UUID, *, but: UUID | None = None) -> None:
    """End every session of a person, or all but one: after a password change, or when they ask for it."""
    every = update(PersonSession).where(PersonSession.person_id == person_id, PersonSession.ended_at.is_(None))
    if but is not None:
        every = every.where(PersonSession.id != but)
    db.session.execute(every.values(ended_at=func.now()))


def set_cookie(response: Response) -> Response:
    """Carry what `begin` or `end_current` decided to the browser."""
    token = g.get("new_session_token")
    if token is None:
        return response
    secure = current_app.extensions["settings"].secure_cookies
    if token:
        response.set_cookie(cookie_name(), token, httponly=True, secure=secure, samesite="Lax", path="/")
    else:
        response.delete_cookie(cookie_name(), httponly=True, secure=secure, samesite="Lax", path="/")
    return response


def local_path(url: str | None) -> str | None:
    """The path of `url` when it leads to a page of this portal, else None: redirects never leave the house."""
    if not url:
        return None
    parts = urlsplit(url)
    own = not parts.netloc or parts.netloc == request.host
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not own or not path.startswith("/") or path.startswith(("//", "/\\")):
        return None
    adapter = current_app.url_map.bind("")
    return path if adapter.test(parts.path, method="GET") else None
