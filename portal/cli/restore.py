"""`flask after-restore`: the lanes stay closed after a restore until every control unit was compared with KRA."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from portal.devices.models import Device
from portal.infra import doors
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.submissions import reconciled

IN_USE = ("ready", "lane_held", "blocked")


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    app.cli.add_command(after_restore)


@click.command("after-restore")
@click.option("--close", "only_close", is_flag=True, help="Only close the lanes, after a copied disk was put back.")
@click.option("--last", "lasts", multiple=True, metavar="SERIAL=NUMBER", help="KRA's last invoice number, read at the unit.")
@with_appcontext
def after_restore(only_close: bool, lasts: tuple[str, ...]) -> None:
    """Compare every control unit with KRA, take over what it signed meanwhile, then open the lanes."""
    told = dict(_told(lasts))
    with acting_for_nobody():
        reconciled.close_lanes()
        tenants = [] if only_close else doors.all_tenants()
    if only_close:
        click.echo("The lanes are closed. Run `flask after-restore` to compare with KRA and open them.")
        return
    left = sum(not each for tenant_id in tenants for each in _compared(tenant_id, told))
    with acting_for_nobody():
        reconciled.open_lanes()
    click.echo(f"The lanes are open. Control units kept closed: {left}.")
    if left:
        raise SystemExit(1)


def _compared(tenant_id: UUID, told: dict[str, int]) -> Iterator[bool]:
    # Loaded here only: it speaks to KRA, and the web process, which loads all commands, must not be able to.
    from portal import registry
    from portal.submissions import restore

    registry.load_worker_parts()
    with acting_for(tenant_id):
        units = db.session.execute(
            select(Device.id, Device.serial).where(Device.tenant_id == tenant_id, Device.status.in_(IN_USE))
        ).all()
        db.session.rollback()
        for unit in units:
            try:
                click.echo(f"{unit.serial}: {restore.reconcile(unit.id, told.get(unit.serial))}")
                yield True
            except restore.NotReconciled as problem:
                restore.stop(unit.id)
                click.echo(f"{unit.serial}: kept closed. {problem}")
                yield False


def _told(lasts: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for each in lasts:
        serial, _, number = each.partition("=")
        if not serial or not number.isdecimal():
            raise click.BadParameter(f"{each!r} is not SERIAL=NUMBER", param_hint="--last")
        yield serial, int(number)
