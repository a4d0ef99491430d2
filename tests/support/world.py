"""A small world to test in: businesses with people who are signed in, made straight in the database."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert
from werkzeug.test import TestResponse

from portal.devices.models import Device
from portal.identity.models import Membership, Person, PersonSession
from portal.infra.crypto import new_token, sha256
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.tenants.models import Branch, Tenant

_next = itertools.count(1)
CSRF_RAW = "c" * 40


class Visitor(FlaskClient):
    """A browser without JavaScript that sends the CSRF token with every form, as our pages do."""

    def post(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        """POST a form; `csrf=False` leaves the token out."""
        if csrf:
            with self.session_transaction() as cookie:
                cookie["csrf_token"] = CSRF_RAW
            token = URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token").dumps(CSRF_RAW)
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": token}
        return super().post(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Business:
    """A business with head office and control unit; `ready` devices look as if KRA had initialised them."""

    app: Flask
    tenant_id: UUID
    branch_id: UUID
    device_id: UUID
    owner_id: UUID
    pin: str

    def person(self, role: str) -> UUID:
        """A new member with that role."""
        person_id = new_person(self.app)
        with self.app.app_context(), acting_for(self.tenant_id):
            db.session.execute(insert(Membership).values(tenant_id=self.tenant_id, person_id=person_id, role=role))
            db.session.commit()
        return person_id

    def client(self, role: str = "owner") -> Visitor:
        """A browser in which a member with that role is signed in to this business."""
        person_id = self.owner_id if role == "owner" else self.person(role)
        return signed_in(self.app, person_id, self.tenant_id)


def new_person(app: Flask) -> UUID:
    """Somebody with an account and no business."""
    number = next(_next)
    with app.app_context(), acting_for_nobody():
        person = Person(email=f"person{number}@example.test", name=f"Person {number}", password_hash="!")
        db.session.add(person)
        db.session.commit()
        return person.id


def signed_in(app: Flask, person_id: UUID, tenant_id: UUID | None = None) -> Visitor:
    """A browser in which this person is signed in."""
    token = new_token()
    with app.app_context(), acting_for_nobody():
        row = PersonSession(
            token_sha256=sha256(token), person_id=person_id, entered_tenant_id=tenant_id, address="127.0.0.1", browser="test"
        )
        db.session.add(row)
        db.session.commit()
    client = visitor(app)
    client.set_cookie("session", token)
    return client


def visitor(app: Flask) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(app, app.response_class, use_cookies=True)


def new_business(app: Flask, *, ready: bool = True, vat_registered: bool | None = True) -> Business:
    """A business with an owner, branch 00 and a VSCU, made straight in the database."""
    number, owner_id = next(_next), new_person(app)
    with app.app_context():
        tenant_id, pin = uuid4(), f"P{number:09}Q"
        with acting_for(tenant_id):
            said_by = None if vat_registered is None else "owner"
            db.session.add(
                Tenant(id=tenant_id, name=f"Business {number}", kra_pin=pin, vat_registered=vat_registered, vat_said_by=said_by)
            )
            db.session.flush()
            branch = Branch(tenant_id=tenant_id, code="00", name="Head office", address="Moi Avenue, Nairobi")
            db.session.add_all([branch, Membership(tenant_id=tenant_id, person_id=owner_id, role="owner")])
            db.session.flush()
            device = Device(
                tenant_id=tenant_id,
                branch_id=branch.id,
                environment="simulator",
                serial=f"TEST{number:08}",
                status="ready" if ready else "setting_up",
                sdc_id="KRACU0300000001" if ready else None,
                mrc_number="KRA00000001" if ready else None,
                last_contact_at=db.func.now() if ready else None,
            )
            db.session.add(device)
            db.session.commit()
            return Business(app, tenant_id, branch.id, device.id, owner_id, pin)
