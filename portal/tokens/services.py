"""Tokens are made and revoked by people; whoever holds one acts with its scopes until it is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func

from portal.audit import services as audit
from portal.errors import BadInput, NotFound
from portal.identity.access import Actor
from portal.infra.crypto import Secret, new_token, sha256
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.tokens.models import ApiToken
from portal.tokens.scopes import PERMISSIONS, Scope

# So that a leaked token is found by scanners, and known for what it is.
PREFIX = "risiti_"


def make_token(actor: Actor, name: str, scopes: Sequence[Scope]) -> tuple[ApiToken, Secret]:
    """A new token and its text, which is shown this once; raises BadInput for a scope beyond the maker's own role."""
    if not scopes:
        raise BadInput(_("Choose at least one thing that the token may do."), "scopes")
    for scope in scopes:
        if not actor.may(PERMISSIONS[scope]):
            raise BadInput(_("Your role does not include %(scope)s, so a token of yours cannot either.", scope=scope), "scopes")
    text = PREFIX + new_token()
    with transaction():
        token = ApiToken(
            tenant_id=current_tenant_id(),
            name=name,
            token_sha256=sha256(text),
            last_four=text[-4:],
            scopes=sorted({scope.value for scope in scopes}),
            created_by=actor.person_id,
        )
        db.session.add(token)
        db.session.flush()
        audit.record(actor.name, "API token made", f"token {name}", scopes=token.scopes, token_id=str(token.id))
    return token, Secret(text)


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """End a token: the next request with it is refused. Raises NotFound; a second time changes nothing."""
    with transaction():
        token = db.session.get(ApiToken, (current_tenant_id(), token_id), with_for_update=True, populate_existing=True)
        if token is None:
            raise NotFound
        if token.revoked_at is None:
            token.revoked_at = func.now()
            audit.record(actor.name, "API token revoked", f"token {token.name}", token_id=str(token.id))
