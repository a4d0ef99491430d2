"""Who may call what: each view says it with one decorator, and one hook asks before every request.

People show a cookie; programs, on every address below `/api/`, show a token and no cookie of theirs is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.errors import NotAllowed, NotSignedIn
from portal.identity import operators, sessions
from portal.identity.models import Person, PersonSession
from portal.identity.permissions import PERMISSIONS, Permission, Role
from portal.identity.sessions import Visit
from portal.infra import doors, tenancy
from portal.infra.crypto import sha256
from portal.infra.db import db, quick
from portal.infra.tenancy import NOBODY
from portal.infra.web import wants_json

View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row", Person, PersonSession)
PUBLIC, SIGNED_IN, OPERATOR = "public", "signed in", "operator"
LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, for one business, in one session; `name` is what audit rows and KRA's records say.

    A program acts with the role of who made its token, and no further than the token's `scopes`.
    """

    person_id: UUID
    name: str
    tenant_id: UUID
    role: Role
    session_id: UUID
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role] and (self.scopes is None or permission in self.scopes)


TokenReader = Callable[[UUID], Actor | None]


def public(view: View) -> View:
    """Anybody may call this view; it runs without a tenant."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any signed-in person may call this view; it runs without a tenant."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def operators_only(view: View) -> View:
    """Only who runs the portal may call this view; it runs without a tenant."""
    view.access = OPERATOR  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Only a member whose role has `permission` may call this view; it runs as the member's business."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


_token_readers: list[TokenReader] = []


def reads_tokens(reader: TokenReader) -> TokenReader:
    """Register what knows, acting for its business, who a token acts as; tokens are a feature to our right."""
    _token_readers.append(reader)
    return reader


def current_actor() -> Actor:
    """Who acts in this request; raises NotAllowed when nobody has entered a business."""
    actor = g.get("actor")
    if actor is None:
        raise NotAllowed("Sign in first.")
    assert isinstance(actor, Actor)
    return actor


def current_person() -> Person | None:
    """The signed-in person of this request, or None."""
    visit: Visit | None = g.get("person")
    return None if visit is None else _read_alone(Person, visit.id)


def current_session() -> PersonSession | None:
    """The session of this request's browser, or None."""
    visit: Visit | None = g.get("person")
    return None if visit is None else _read_alone(PersonSession, visit.session_id)


def _read_alone(model: type[Row], row_id: UUID) -> Row | None:
    """The row, and no transaction that was not open before: a view may have to act for a business next."""
    was_open = db.session().in_transaction()
    row = db.session.get(model, row_id)
    if not was_open:
        db.session.commit()
    return row


def access_of(app: Flask, endpoint: str) -> str | Permission:
    """What a view declared; a view that declared nothing is a fault of the program."""
    access = getattr(app.view_functions[endpoint], "access", None)
    if access is None:
        raise RuntimeError(f"{endpoint} says nothing about who may call it: use public, signed_in or requires()")
    return access


def init_app(app: Flask) -> None:
    """Put the hook in front of every request, and give the tenant up after it."""
    app.before_request(_admit)
    app.teardown_request(_give_up_tenant)


def _admit() -> Response | None:
    g.actor = g.person = g.new_session_token = None
    if request.endpoint is None or request.endpoint == "static":
        g.tenancy = [tenancy.enter(NOBODY)]
        return None
    access = access_of(current_app, request.endpoint)
    g.tenancy = [tenancy.enter(NOBODY)]
    if wants_json():
        _admit_program(access)
        return None
    g.person = sessions.resume(enter=isinstance(access, Permission))
    if access == PUBLIC:
        return None
    if g.person is None:
        return _to_sign_in()
    if access == SIGNED_IN:
        return None
    if access == OPERATOR:
        _admit_operator(g.person)
        return None
    actor = _enter_business()
    if actor is None:
        return redirect(url_for("tenants.choose_business", next=_here()), 303)
    if not actor.may(Permission(access)):
        raise NotAllowed("Your role does not include this. Ask an owner or admin of the business.")
    return None


def _admit_operator(person: Visit) -> None:
    allowed = operators.is_operator(person.id)
    db.session.commit()
    if not allowed:
        raise NotAllowed("This page is for the people who run this portal.")


def _admit_program(access: str | Permission) -> None:
    """Act for the business of the token that was shown; nothing else about the request says whose it is."""
    if access == PUBLIC:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    shown = scheme.lower() == "bearer" and 0 < len(token.strip()) <= LONGEST_TOKEN
    ids = doors.whose_token(sha256(token.strip())) if shown else None
    db.session.commit()
    if ids is not None:
        g.tenancy.append(tenancy.enter(ids[0]))
        g.actor = next((actor for read in _token_readers if (actor := read(ids[1]))), None)
    if g.actor is None:
        raise NotSignedIn("Send a token that works: `Authorization: Bearer …`. Tokens are made and revoked in Settings.")
    if not g.actor.may(Permission(access)):
        raise NotAllowed(f"This token may not {Permission(access).value}. Make one with that scope.")


ROLE = "SELECT role FROM membership WHERE tenant_id = %(tenant)s AND person_id = %(person)s AND suspended_at IS NULL"


def _enter_business() -> Actor | None:
    """Act for the business that the session entered, if the person still belongs to it."""
    visit: Visit = g.person
    if visit.entered_tenant_id is None:
        mine = doors.my_memberships(visit.id)
        if len(mine) != 1:
            return None
        sessions.enter_tenant(visit, mine[0])
        g.tenancy.append(tenancy.enter(mine[0]))
    tenant_id = tenancy.current_tenant_id()
    row = quick(ROLE, {"tenant": tenant_id, "person": visit.id}).fetchone()
    if row is None:
        _give_up_tenant(None)
        g.tenancy = [tenancy.enter(NOBODY)]
        sessions.enter_tenant(visit, None)
        return None
    g.actor = Actor(visit.id, visit.name, tenant_id, Role(row.role), visit.session_id)
    return g.actor


def _to_sign_in() -> Response:
    here = _here()
    if request.headers.get("HX-Request"):
        current = request.headers.get("HX-Current-URL", "")
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for("identity.sign_in", next=sessions.local_path(current) or here)
        return answer
    if request.method not in ("GET", "HEAD"):
        return redirect(url_for("identity.sign_in", expired=1), 303)
    return redirect(url_for("identity.sign_in", next=here), 303)


def _here() -> str | None:
    """The page that was asked for, to come back to; None for an act, which is not repeated by itself."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _give_up_tenant(_error: BaseException | None) -> None:
    while g.get("tenancy"):
        tenancy.leave(g.tenancy.pop())
