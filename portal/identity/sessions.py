"""Server-side sessions: the browser holds a random token, the database its hash, and any can be ended at once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, g, request
from sqlalchemy import and_, func, select, update
from werkzeug.wrappers import Response

from portal.identity.models import Person, PersonSession
from portal.infra.crypto import new_token, sha256
from portal.infra.db import db

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


def cookie_name() -> str:
    """`__Host-session`, or `session` where the portal runs over plain http and clients would drop it."""
    return "__Host-session" if current_app.extensions["settings"].secure_cookies else "session"


def begin(person: Person, tenant_id: UUID | None = None) -> None:
    """Sign this browser in as `person` under a fresh token; the answer of this request carries the cookie.

    Where the same person goes on in another business, the password was typed when it was typed.
    """
    former = g.get("session_row")
    typed_at = former.password_at if former is not None and former.person_id == person.id else func.now()
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
    g.session_row, g.person, g.new_session_token = row, person, token


def resume() -> tuple[PersonSession | None, Person | None]:
    """The session and person of this request's cookie, when it is alive; idle 30 minutes, 12 hours at most."""
    token = request.cookies.get(cookie_name())
    if not token or len(token) > 100:
        return None, None
    alive = and_(
        PersonSession.token_sha256 == sha256(token),
        PersonSession.ended_at.is_(None),
        PersonSession.last_seen_at > func.now() - IDLE,
        PersonSession.signed_in_at > func.now() - ABSOLUTE,
        Person.disabled_at.is_(None),
    )
    found = db.session.execute(
        select(PersonSession, Person, PersonSession.last_seen_at < func.now() - SEEN_EVERY)
        .join(Person, Person.id == PersonSession.person_id)
        .where(alive)
    ).all()
    for row, _person, seen_long_ago in found:
        if seen_long_ago:
            db.session.execute(update(PersonSession).where(PersonSession.id == row.id).values(last_seen_at=func.now()))
    # The view may have to act for a business, and no tenant is entered inside an open transaction.
    db.session.commit()
    return (found[0][0], found[0][1]) if found else (None, None)


def enter_tenant(row: PersonSession, tenant_id: UUID | None) -> None:
    """Remember in the session which business was entered, and commit that."""
    db.session.execute(update(PersonSession).where(PersonSession.id == row.id).values(entered_tenant_id=tenant_id))
    db.session.commit()
    row.entered_tenant_id = tenant_id


def end_current() -> None:
    """End the session of this browser, if it has one."""
    row = g.get("session_row")
    if row is not None:
        db.session.execute(update(PersonSession).where(PersonSession.id == row.id).values(ended_at=func.now()))
    g.session_row = g.person = None
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
