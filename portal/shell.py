"""The frame of every signed-in page: who, which business, the tabs, and what must be seen on each page."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _

from portal.identity.permissions import Permission
from portal.tenants import queries

# endpoint, label, icon, permission, where it stands (sm: tabs on a phone, lg: side column)
TABS: tuple[tuple[str, str, str, Permission, str], ...] = (
    ("sales.home", "Home", "house", Permission.SEE_DOCUMENTS, "both"),
    ("sales.list_documents", "Invoices", "receipt", Permission.SEE_DOCUMENTS, "both"),
    ("catalogue.list_items", "Items", "box-seam", Permission.SEE_CATALOGUE, "both"),
    ("customers.list_customers", "Customers", "people", Permission.SEE_CATALOGUE, "both"),
    ("stock.list_stock", "Stock", "boxes", Permission.SEE_CATALOGUE, "lg"),
    ("tenants.list_branches", "Branches", "shop", Permission.SEE_DEVICES, "lg"),
    ("tenants.more", "More", "list", Permission.SEE_DOCUMENTS, "sm"),
)


def init_app(app: Flask) -> None:
    """Give every template the frame."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    actor, person = g.get("actor"), g.get("person")
    frame: dict[str, Any] = {"person": person, "actor": actor, "theme": person.theme if person else None}
    if actor is None:
        return frame | {"current_business": None, "current_branch": None, "nav": [], "banners": []}
    business = queries.this_business()
    return frame | {
        "current_business": business.name,
        "current_branch": None,
        "nav": _tabs(actor),
        "banners": banners(),
    }


def _tabs(actor: Any) -> list[dict[str, Any]]:
    section = (request.endpoint or "").split(".")[0]
    return [
        {
            "label": _(label),
            "href": url_for(endpoint),
            "icon": icon,
            "active": request.endpoint == endpoint or (section == endpoint.split(".")[0] and endpoint != "sales.home"),
            "where": where,
        }
        for endpoint, label, icon, permission, where in TABS
        if actor.may(permission) and endpoint in current_app.view_functions
    ]


def banners() -> list[dict[str, str]]:
    """What stands above each page of a business: the sandbox, and an outage of KRA."""
    return []
