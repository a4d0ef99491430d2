"""`flask tokens`: API tokens made, listed and revoked by whoever runs the portal."""

from __future__ import annotations

import json
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from portal.cli.tenants import acting_as_owner, as_sentence
from portal.tokens import queries, services
from portal.tokens.scopes import Scope

tokens = AppGroup("tokens", help="API tokens of a business.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(tokens)


@tokens.command("create")
@click.option("--email", required=True, help="The owner or admin of the business who answers for the token.")
@click.option("--pin", help="The KRA PIN of the business, when that person belongs to several.")
@click.option("--name", default="Script", show_default=True, help="What will use it.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), help="All when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(email: str, pin: str | None, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token and print it: this is the only time it is shown."""
    with as_sentence(), acting_as_owner(email, pin) as actor:
        wanted = [Scope(scope) for scope in scopes] or list(Scope)
        token, text = services.make_token(actor, name, wanted)
    if as_json:
        click.echo(json.dumps({"id": str(token.id), "name": token.name, "scopes": token.scopes, "token": text.reveal()}))
    else:
        click.echo(text.reveal())


@tokens.command("list")
@click.option("--email", required=True, help="An owner or admin of the business.")
@click.option("--pin", help="The KRA PIN of the business, when that person belongs to several.")
def list_tokens(email: str, pin: str | None) -> None:
    """List the tokens that work, without showing them."""
    with as_sentence(), acting_as_owner(email, pin):
        for token, maker in queries.tokens():
            click.echo(f"{token.id}  {token.name}  …{token.last_four}  by {maker}  {' '.join(token.scopes)}")


@tokens.command("revoke")
@click.argument("token_id", type=click.UUID)
@click.option("--email", required=True, help="An owner or admin of the business.")
@click.option("--pin", help="The KRA PIN of the business, when that person belongs to several.")
def revoke(token_id: UUID, email: str, pin: str | None) -> None:
    """Revoke a token: the next request with it is refused."""
    with as_sentence(), acting_as_owner(email, pin) as actor:
        services.revoke_token(actor, token_id)
    click.echo("revoked")
