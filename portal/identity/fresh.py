"""A fresh sign-in: what cannot be undone asks for the password again when it was typed more than 15 minutes ago.

`@fresh_sign_in` stands above `@requires` on the view of such an act. The question is a page of its own that sends the same
form to the same address, so nothing that was typed is lost and no JavaScript is needed; secrets, named in the decorator,
are not written into a page and have to be typed once more. A form that asks for a secret therefore includes
`identity/_own_password.html` with `asks_password=fresh.is_stale()`, and is sent once only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.errors import BadInput, NotAllowed, TooManyTries
from portal.identity import services
from portal.identity.access import View, current_person, current_session
from portal.identity.forms import read_secret
from portal.identity.sessions import local_path
from portal.infra.db import database_now
from portal.infra.forms import FormReader, printable

FRESH = timedelta(minutes=15)
FIELD = "own_password"
# What every form carries and the question makes anew.
NOT_KEPT = {FIELD, "csrf_token"}


def is_stale() -> bool:
    """Whether this browser's password was typed more than 15 minutes ago, by the database's clock."""
    row = current_session()
    return row is None or database_now() - row.password_at > FRESH


def fresh_sign_in(*secrets: str) -> Callable[[View], View]:
    """Let only who has just typed the password call this view; `secrets` are fields that no page may give back."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**where: Any) -> Any:
            refusal = _prove(secrets) if is_stale() else None
            return view(**where) if refusal is None else refusal

        return guarded  # type: ignore[return-value]

    return guard


def _prove(secrets: tuple[str, ...]) -> Response | None:
    """The question, when the password did not come along or is wrong; None when it is right."""
    person, here, form = current_person(), current_session(), FormReader(request.form)
    if person is None or here is None:
        raise NotAllowed(_("Only a person who is logged in can do this."))
    if FIELD not in request.form:
        return _question(secrets, form, 422)
    password = read_secret(form, FIELD, _("Enter your password."))
    if not form.errors:
        try:
            services.prove_again(person, here, password)
            return None
        except (BadInput, TooManyTries) as problem:
            form.refuse(FIELD, problem.sentence)
            return _question(secrets, form, problem.status, problem.headers)
    return _question(secrets, form, 422)


def _question(secrets: tuple[str, ...], form: FormReader, status: int, headers: dict[str, str] | None = None) -> Response:
    kept = [(name, printable(value)) for name, value in request.form.items(multi=True) if name not in {*secrets, *NOT_KEPT}]
    lost = any(request.form.get(name) for name in secrets)
    back = local_path(request.referrer) or "/"
    page = render_template("identity/fresh.html", kept=kept, lost=lost, errors=form.errors, back=back)
    answer = make_response(page, status)
    answer.headers.extend(headers or {})
    return answer
