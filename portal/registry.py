"""Every feature's models, pages and handlers, named once: what is not here is not part of the product."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

MODELS = (
    "portal.infra.outbox",
    "portal.infra.beats",
    "portal.identity.models",
    "portal.audit.models",
    "portal.tenants.models",
    "portal.tokens.models",
    "portal.devices.models",
    "portal.codelists.models",
    "portal.submissions.models",
    "portal.customers.models",
    "portal.catalogue.models",
    "portal.stock.models",
    "portal.sales.models",
    "portal.receipts.models",
    "portal.sharing.models",
    "portal.downloads.models",
    "portal.golive.models",
)
# Pages: each module has a Flask blueprint named `blueprint`.
VIEWS: tuple[str, ...] = (
    "portal.ops.views",
    "portal.identity.views",
    "portal.identity.account",
    "portal.tenants.views",
    "portal.tenants.business",
    "portal.devices.views",
    "portal.devices.downtime_views",
    "portal.devices.replacing_views",
    "portal.tokens.views",
    "portal.submissions.views",
    "portal.customers.views",
    "portal.catalogue.views",
    "portal.stock.views",
    "portal.sales.views",
    "portal.receipts.views",
    "portal.sharing.views",
    "portal.sharing.public",
    "portal.receipts.unsigned_views",
    "portal.downloads.views",
    "portal.golive.views",
    "portal.operator.views",
    "portal.api.docs",
    "portal.api.calculator",
)
# What listens to events of other features, in web and workers alike.
HANDLERS: tuple[str, ...] = (
    "portal.devices.handlers",
    "portal.sales.figures",
    "portal.submissions.figures",
    "portal.submissions.handlers",
    "portal.catalogue.handlers",
    "portal.catalogue.subjects",
    "portal.stock.handlers",
    "portal.stock.subjects",
    "portal.sales.handlers",
    "portal.sales.subjects",
    "portal.receipts.handlers",
)
# What only a worker may load: talking to KRA, decrypting keys, rendering, sending mail.
WORKERS: tuple[str, ...] = (
    "portal.identity.letters",
    "portal.devices.lists",
    "portal.codelists.jobs",
    "portal.devices.jobs",
    "portal.submissions.jobs",
    "portal.catalogue.submission",
    "portal.stock.submission",
    "portal.sales.submission",
    "portal.receipts.jobs",
    "portal.sharing.mailing",
    "portal.downloads.making",
)
# Flask commands: each module has `init_app(app)`.
COMMANDS: tuple[str, ...] = (
    "portal.cli.commands",
    "portal.cli.tenants",
    "portal.cli.tokens",
    "portal.cli.devices",
    "portal.cli.submissions",
    "portal.cli.restore",
    "portal.cli.operators",
    "portal.cli.postman",
)
# The JSON API, which describes itself.
API = "portal.api.openapi"


def register(app: Flask) -> None:
    """Load the models, event handlers, pages and commands into `app`."""
    for name in (*MODELS, *HANDLERS):
        import_module(name)
    for name in VIEWS:
        app.register_blueprint(import_module(name).blueprint)
    for name in (API, *COMMANDS):
        import_module(name).init_app(app)


def load_worker_parts() -> None:
    """Load what only a worker may: the handlers that speak to KRA, render or send."""
    for name in WORKERS:
        import_module(name)
