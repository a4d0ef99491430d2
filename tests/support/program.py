"""A program that calls the API with a token, as strangers' scripts do: JSON in, JSON out, no cookies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.identity.access import Actor
from portal.identity.models import Membership, Person
from portal.identity.permissions import PERMISSIONS, Role
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.tokens import scopes as known
from portal.tokens.scopes import Scope
from portal.tokens.services import make_token
from tests.support.world import Business


@dataclass(frozen=True, slots=True)
class Program:
    """A caller of the API; without a token it is a stranger."""

    app: Flask
    token: str | None = None

    def get(self, path: str, **query: Any) -> TestResponse:
        """GET a path below /api/v1."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, key: str | None = None, **query: Any) -> TestResponse:
        """POST a JSON body, under an idempotency key when one is given."""
        return self.call("POST", path, body, {"Idempotency-Key": key} if key else {}, query)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
    ) -> TestResponse:
        """Any call; a body of bytes is sent as it is."""
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        client = self.app.test_client(use_cookies=False)
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        return client.open(address, method=method, data=data, headers=sent, query_string=query or None)


def program_of(business: Business, scopes: Sequence[Scope] = tuple(Scope), person_id: UUID | None = None) -> Program:
    """A program with a new token of the business, made by its owner or by another member."""
    return Program(business.app, token_of(business, scopes, person_id))


def token_of(business: Business, scopes: Sequence[Scope] = tuple(Scope), person_id: UUID | None = None) -> str:
    """The text of a new token; scopes beyond its maker's role are left out."""
    maker = person_id or business.owner_id
    with business.app.app_context(), acting_for(business.tenant_id):
        wanted = select(Membership.role).where(Membership.tenant_id == business.tenant_id, Membership.person_id == maker)
        role = Role(db.session.execute(wanted).scalar_one())
        name = db.session.execute(select(Person.name).where(Person.id == maker)).scalar_one()
        db.session.commit()
        allowed = [scope for scope in scopes if known.PERMISSIONS[scope] in PERMISSIONS[role]]
        actor = Actor(maker, name, business.tenant_id, role, maker)
        return make_token(actor, "Test till", allowed)[1].reveal()


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of a refusal, which must have this status."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    said: dict[str, Any] = answer.get_json(force=True)
    assert said["status"] == status and said["detail"]
    return said
