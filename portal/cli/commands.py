"""Commands that keep the house: static files and the clock."""

from __future__ import annotations

import click
from flask import Flask

from portal.infra import static


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(compress_static)


@click.command("compress-static")
def compress_static() -> None:
    """Write the compressed forms of the static files."""
    click.echo(f"{static.compress()} static files are ready")
