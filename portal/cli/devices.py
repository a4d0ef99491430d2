"""`flask devices`: what only operators may change of a control unit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from portal.cli.tenants import as_sentence
from portal.devices import services
from portal.errors import NotFound
from portal.infra import doors
from portal.infra.tenancy import acting_for, acting_for_nobody

devices = AppGroup("devices", help="Control units of this deployment.")
OPERATOR = "Operator"


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(devices)


@devices.command("set-url")
@click.argument("serial")
@click.argument("url", required=False)
@click.option("--default", "use_default", is_flag=True, help="Use KRA_VSCU_URL again.")
@click.option("--by", default=OPERATOR, show_default=True, help="Who does it, for the activity log of the business.")
def set_url(serial: str, url: str | None, use_default: bool, by: str) -> None:
    """Say where the VSCU with this serial number is reached; its host must be in KRA_VSCU_HOSTS."""
    if (url is None) != use_default:
        raise click.UsageError("Give either a URL or --default.")
    with as_sentence(), _entered(serial) as device_id:
        services.set_unit_address(by, device_id, url.rstrip("/") if url else None)
    click.echo(f"{serial}: {url or 'the deployment’s own address'}")


@devices.command("set-door")
@click.argument("serial")
@click.argument("door", type=click.Choice(["direct", "gateway"]))
@click.option("--by", default=OPERATOR, show_default=True, help="Who does it, for the activity log of the business.")
def set_door(serial: str, door: str, by: str) -> None:
    """Say how the OSCU with this serial number is reached: directly, or through KRA's developer gateway."""
    with as_sentence(), _entered(serial) as device_id:
        services.set_door(by, device_id, door)
    click.echo(f"{serial}: {door}")


@contextmanager
def _entered(serial: str) -> Iterator[UUID]:
    """Act for the business whose control unit in use has this serial number; raises NotFound."""
    with acting_for_nobody():
        found = doors.device_of_serial(serial)
    if found is None:
        raise NotFound("No control unit in use has this serial number.")
    with acting_for(found[0]):
        yield found[1]
