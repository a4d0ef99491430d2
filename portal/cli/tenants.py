"""`flask tenants`: a business with its owner, head office, control unit and token in one call."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from portal.devices.queries import head_office_device
from portal.errors import BadInput, NotFound, PortalError
from portal.fiscal.errors import FiscalError
from portal.fiscal.pins import parse_pin
from portal.identity import people
from portal.identity.access import Actor
from portal.identity.models import Membership, Person
from portal.identity.permissions import Role
from portal.infra.db import db
from portal.infra.forms import one_line, parse_email, parse_phone
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.tenants import queries
from portal.tenants.onboarding import HEAD_OFFICE, open_account
from portal.tenants.services import say_vat
from portal.tenants.values import NewBusiness, SignUp
from portal.tokens.scopes import Scope
from portal.tokens.services import make_token

tenants = AppGroup("tenants", help="Businesses of this deployment.")
LONGEST_NAME = 60


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(tenants)


@tenants.command("create")
@click.option("--name", required=True, help="The business's name, as KRA has it.")
@click.option("--pin", required=True, help="Its KRA PIN, like P051234567X.")
@click.option("--email", required=True, help="The owner's address, to log in with.")
@click.option("--password", required=True, help="The owner's password: 12 characters or more.")
@click.option("--device", type=click.Choice(["vscu", "oscu"]), default="vscu", show_default=True, help="Its control unit.")
@click.option("--phone", default="0700000000", show_default=True, help="Printed on receipts.")
@click.option("--vat/--no-vat", default=True, show_default=True, help="Whether it is registered for VAT.")
@click.option("--wait", type=click.IntRange(0, 600), default=20, show_default=True, help="Seconds to wait until it can issue.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(
    name: str, pin: str, email: str, password: str, device: str, phone: str, vat: bool, wait: int, as_json: bool
) -> None:
    """Make a business with its owner, branch 00, its control unit and an API token.

    The workers set the control unit up; this waits for them a while, and prints the same whether they are done or not.
    """
    with as_sentence():
        if not name.strip():
            raise BadInput("Give the business its name, as KRA has it.")
        business = NewBusiness(name=one_line(name, LONGEST_NAME), pin=parse_pin(pin), phone=parse_phone(phone), transport=device)
        asked = SignUp(business=business, email=parse_email(email).lower(), password=password, key=secrets.token_urlsafe(24))
        person_id, tenant_id = open_account(asked)
        with acting_for(tenant_id):
            made = _made(tenant_id, person_id, vat)
    _wait_until_ready(tenant_id, wait)
    click.echo(json.dumps(made) if as_json else "\n".join(f"{key}: {value}" for key, value in made.items()))


@contextmanager
def as_sentence() -> Iterator[None]:
    """Say a refusal as one line on the error stream, with exit code 1."""
    try:
        yield
    except (PortalError, FiscalError) as refusal:
        raise click.ClickException(refusal.sentence) from refusal


@contextmanager
def acting_as_owner(email: str, pin: str | None) -> Iterator[Actor]:
    """Act for the business of the person with this address; `pin` chooses among several. Raises NotFound."""
    with acting_for_nobody():
        person = people.by_email(email)
        mine = queries.businesses_of(person.id) if person else []
    fitting = [one for one in mine if pin is None or one.pin == pin.strip().upper()]
    if person is None or len(fitting) != 1:
        raise NotFound("Nobody with this address belongs to that business, or to exactly one when no --pin is given.")
    with acting_for(fitting[0].id):
        yield _actor(fitting[0].id, person)


def _made(tenant_id: UUID, person_id: UUID, vat: bool) -> dict[str, str]:
    business = queries.this_business()
    actor = _actor(tenant_id, db.session.execute(select(Person).where(Person.id == person_id)).scalar_one())
    device_id = head_office_device().id
    db.session.commit()
    say_vat(actor, vat)
    _token, text = make_token(actor, "Made with the business", list(Scope))
    return {
        "tenant": str(tenant_id),
        "pin": business.kra_pin,
        "branch": HEAD_OFFICE,
        "device": str(device_id),
        "user": str(person_id),
        "token": text.reveal(),
    }


def _actor(tenant_id: UUID, person: Person) -> Actor:
    role = db.session.execute(
        select(Membership.role).where(Membership.tenant_id == tenant_id, Membership.person_id == person.id)
    ).scalar_one()
    return Actor(person.id, person.name, tenant_id, Role(role), person.id)


def _wait_until_ready(tenant_id: UUID, seconds: int) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with acting_for(tenant_id):
            if head_office_device().status != "setting_up":
                return
        time.sleep(0.2)
