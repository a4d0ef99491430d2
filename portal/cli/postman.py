"""`flask postman`: the Postman collection that is kept in `docs/`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import Flask, current_app

from portal.api.openapi import description
from portal.api.postman import collection


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    app.cli.add_command(postman)


@click.command("postman")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def postman(file: Path | None) -> None:
    """Write the Postman collection of the API to FILE, or print it."""
    text = text_of(current_app)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


def text_of(app: Flask) -> str:
    """The collection as it is kept in a file."""
    return json.dumps(collection(description(app)), indent=2, ensure_ascii=False) + "\n"
