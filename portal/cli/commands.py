"""Commands that keep the house: static files and the clock."""

from __future__ import annotations

import click
from flask import Flask

from portal.infra import static


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(compress_static)
    app.cli.add_command(clock)
    app.cli.add_command(demo)


@click.command("compress-static")
def compress_static() -> None:
    """Write the compressed forms of the static files."""
    click.echo(f"{static.compress()} static files were compressed")


@click.command("clock")
def clock() -> None:
    """Find what is due and ring for it, until told to stop; two clocks may run."""
    # Loaded here only: it can speak to KRA, and the web process, which loads all commands, must not be able to.
    from portal.cli import clock as periodic

    periodic.run()


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="The last line is one JSON object.")
@click.option("--without-pdf", is_flag=True, help="Do not wait for the receipt: it cannot be drawn here.")
def demo(as_json: bool, without_pdf: bool) -> None:
    """Seed the demo business where it is missing, and issue one invoice of it."""
    from portal.cli import demo as business

    business.run(as_json, without_pdf)
