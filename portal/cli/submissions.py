"""`flask submissions`: what KRA holds of this deployment, for whoever compares the books."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from portal.audit import services as audit
from portal.infra import doors
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.submissions.export import signed_lines

submissions = AppGroup("submissions", help="What KRA was told.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(submissions)


@submissions.command("export")
@click.option("--signed", is_flag=True, required=True, help="Signed sales and credit notes.")
@click.option("--by", default="Operator", show_default=True, help="Who does it, for the activity log of each business.")
def export(signed: bool, by: str) -> None:
    """Write one JSON line per signed document of every business, in KRA's own names."""
    with acting_for_nobody():
        tenants = doors.all_tenants()
    for tenant_id in tenants:
        with acting_for(tenant_id):
            count = 0
            for line in signed_lines():
                click.echo(line)
                count += 1
            db.session.rollback()
            if count:
                with transaction():
                    audit.record(by, "signed documents exported", f"{count} documents")
