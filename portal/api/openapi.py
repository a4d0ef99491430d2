"""The API as a whole: its resources, its description, and the pages beside it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from flask import Flask
from flask_smorest import Api

from portal.api.v1.blueprint import blueprint
from portal.api.v1.items import InlineItem
from portal.api.v1.shapes import Problem
from portal.infra.web import csrf

RESOURCES = ("invoices", "credit_notes", "receipts", "items", "customers", "branches", "devices", "submissions", "dashboard",
             "logs", "tax", "health")  # fmt: skip
DESCRIPTION = """Issue Kenyan tax invoices that KRA has signed, from a till or a script.

Money, quantities and percentages are decimal numbers **as text** (`"116.00"`). Times are in East Africa Time.
Every refusal is a problem document (RFC 9457, `application/problem+json`) that names the field.
Send a token as `Authorization: Bearer …`; an owner or admin makes one under Settings, API tokens."""
TAGS = {
    "Invoices": "Issue an invoice, follow it until KRA has signed it, hand out its receipt, take it back.",
    "Items": "What you sell. KRA is told of each by itself.",
    "Customers": "Who buys.",
    "Branches": "Where you sell. A new branch is given its control unit.",
    "Devices": "Control units: the part of KRA's system that signs.",
    "Submissions": "What KRA must be told, in the order in which it is told.",
    "Business": "Today's figures, and who did what.",
    "Tax": "Working out VAT, for anybody.",
    "Health": "Whether the portal answers.",
}


class Risiti(Api):
    """flask-smorest's description of our blueprint; errors and pages are answered by the portal itself."""

    def _register_error_handlers(self) -> None:
        """Leave errors to `portal.infra.web`, which answers all of them."""

    def register_blueprint(self, blp: Any, *, parameters: Any = None, **options: Any) -> None:
        """Register the resources; their tags are ours, not the name of the blueprint."""
        self._app.register_blueprint(blp, **options)
        blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=parameters)


def init_app(app: Flask) -> None:
    """Give `app` the API."""
    for name in RESOURCES:
        import_module(f"portal.api.v1.{name}")
    app.config.update(API_TITLE="Risiti API", API_VERSION="1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None)
    api = Risiti(app, spec_kwargs={"info": {"description": DESCRIPTION}})
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.spec.components.schema("Problem", schema=Problem)
    api.spec.components.schema("InlineItem", schema=InlineItem)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": "A token made in Settings"})
    for name, description in TAGS.items():
        api.spec.tag({"name": name, "description": description})
    api.register_blueprint(blueprint)
    csrf.exempt(blueprint)
    app.extensions["risiti_api"] = api


def description(app: Flask) -> dict[str, Any]:
    """The OpenAPI document."""
    return cast("dict[str, Any]", app.extensions["risiti_api"].spec.to_dict())
