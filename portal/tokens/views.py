"""The page of API tokens in Settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.errors import BadInput
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.crypto import Secret
from portal.tokens import queries, services
from portal.tokens.forms import TokenForm, scope_words

blueprint = Blueprint("tokens", __name__)


@blueprint.get("/settings/tokens")
@requires(Permission.MANAGE_BUSINESS)
def list_tokens() -> str:
    """The tokens that work, and the form for another one."""
    return _page(TokenForm.blank())


@blueprint.post("/settings/tokens")
@requires(Permission.MANAGE_BUSINESS)
def make_token() -> Any:
    """Make a token; the answer is the only page that ever shows it."""
    form = TokenForm.read(request.form)
    if not form.errors:
        try:
            _token, text = services.make_token(current_actor(), form.name, form.scopes)
            return _page(TokenForm.blank(), text)
        except BadInput as refusal:
            form.errors[refusal.field or "name"] = refusal.sentence
    return _page(form), 422


@blueprint.post("/settings/tokens/<uuid:token_id>/revoke")
@requires(Permission.MANAGE_BUSINESS)
def revoke_token(token_id: UUID) -> Any:
    """End a token at once."""
    services.revoke_token(current_actor(), token_id)
    flash(_("The token is revoked: it opens nothing any more."))
    return redirect(url_for(".list_tokens"), 303)


def _page(form: TokenForm, text: Secret | None = None) -> str:
    shown = text.reveal() if text else None
    return render_template("tokens/list.html", form=form, shown=shown, tokens=queries.tokens(), words=scope_words())
