"""Whether the portal answers."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import fields

from portal.api.v1.blueprint import blueprint
from portal.api.v1.fields import Body, Instant, chosen
from portal.identity.access import public
from portal.infra.db import database_now


class HealthAnswer(Body):
    """The portal and its database answer; `environment` says which KRA this deployment speaks to."""

    status = chosen("ok", required=True)
    environment = fields.String(required=True)
    time = Instant(required=True)


@blueprint.route("/health", methods=["GET"], tags=["Health"])
@public
@blueprint.response(200, HealthAnswer)
def health() -> dict[str, Any]:
    """Say whether the portal and its database answer

    503 when they do not.
    """
    environment = current_app.extensions["settings"].kra_environment.value
    return {"status": "ok", "environment": environment, "time": database_now()}
