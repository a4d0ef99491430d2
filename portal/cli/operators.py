"""`flask operators`: who runs the portal. Nothing else makes an operator."""

from __future__ import annotations

import getpass

import click
from flask import Flask
from flask.cli import AppGroup

from portal.cli.tenants import as_sentence
from portal.identity import operators as services
from portal.infra.forms import parse_email
from portal.infra.tenancy import acting_for_nobody

operators = AppGroup("operators", help="Platform staff: they see what stands still in all businesses.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(operators)


@operators.command("add")
@click.argument("email")
@click.option("--password", help="For somebody who has no account yet: 12 characters or more.")
@click.option("--by", default=getpass.getuser, show_default="who you are on this machine", help="Who says so.")
def add(email: str, password: str | None, by: str) -> None:
    """Make the person with this address an operator, from the next request on."""
    with as_sentence(), acting_for_nobody():
        services.add(parse_email(email).lower(), by, password)
    click.echo(f"{email} is an operator")


@operators.command("remove")
@click.argument("email")
def remove(email: str) -> None:
    """Let the person be no operator any more, from the next request on."""
    with as_sentence(), acting_for_nobody():
        services.remove(email)
    click.echo(f"{email} is no operator any more")


@operators.command("list")
def list_operators() -> None:
    """List the operators: address, since when, and who made them one."""
    with acting_for_nobody():
        for email, row in services.all_of_them():
            click.echo(f"{email}  since {row.added_at:%Y-%m-%d}  by {row.added_by}")
