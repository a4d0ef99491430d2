"""Commands that keep the house: static files and the clock."""

from __future__ import annotations

import click
from flask import Flask

from portal.infra import static


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(compress_static)
    app.cli.add_command(clock)


@click.command("compress-static")
def compress_static() -> None:
    """Write the compressed forms of the static files."""
    click.echo(f"{static.compress()} static files are ready")


@click.command("clock")
def clock() -> None:
    """Find what is due and ring for it, until told to stop; two clocks may run."""
    # Loaded here only: it can speak to KRA, and the web process, which loads all commands, must not be able to.
    from portal.cli import clock as periodic

    periodic.run()
