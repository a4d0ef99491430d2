"""The frame of every signed-in page: who, which business, the tabs, and what must be seen on each page."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _

from portal.devices.banners import banners
from portal.identity.permissions import Permission
from portal.submissions import queries as submissions
from portal.tenants import queries

HOME, ATTENTION, MORE = "sales.home", "submissions.list_attention", "business.more"
# endpoint, label, icon, permission, where it stands (sm: tabs on a phone, lg: side column)
TABS: tuple[tuple[str, str, str, Permission, str], ...] = (
    (HOME, "Home", "house", Permission.SEE_DOCUMENTS, "both"),
    ("sales.list_documents", "Invoices", "receipt", Permission.SEE_DOCUMENTS, "both"),
    (ATTENTION, "Attention", "exclamation-triangle", Permission.SEE_DOCUMENTS, "both"),
    ("catalogue.list_items", "Items", "box-seam", Permission.SEE_CATALOGUE, "both"),
    ("customers.list_customers", "Customers", "people", Permission.SEE_CATALOGUE, "lg"),
    ("stock.list_stock", "Stock", "list", Permission.SEE_CATALOGUE, "lg"),
    ("downloads.list_downloads", "Downloads", "download", Permission.TAKE_DOWNLOADS, "lg"),
    ("devices.list_branches", "Branches", "shop", Permission.SEE_DEVICES, "lg"),
    ("business.list_people", "People", "people", Permission.MANAGE_PEOPLE, "lg"),
    ("business.settings", "Settings", "gear", Permission.MANAGE_BUSINESS, "lg"),
    ("golive.show", "Going live", "check-circle", Permission.MANAGE_BUSINESS, "lg"),
    (MORE, "More", "list", Permission.SEE_DOCUMENTS, "sm"),
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
    shown = [tab for tab in TABS if actor.may(tab[3]) and tab[0] in current_app.view_functions]
    here = _here([endpoint for endpoint, *_rest in shown])
    tabs: list[dict[str, Any]] = [
        {"label": _(label), "href": url_for(endpoint), "icon": icon, "active": endpoint in here, "where": where}
        for endpoint, label, icon, _permission, where in shown
    ]
    for tab, (endpoint, *_rest) in zip(tabs, shown, strict=True):
        if endpoint == ATTENTION and (count := submissions.count_needing_attention()):
            tab |= {"count": count, "count_label": _("need attention")}
    return tabs


def _here(endpoints: list[str]) -> set[str]:
    """The tabs of this page: its own, else the first of its feature; on a phone also the tab that leads to it."""
    section = (request.endpoint or "").split(".")[0]
    own = [each for each in endpoints if each == request.endpoint]
    mine = own or [each for each in endpoints if each.split(".")[0] == section and each != HOME][:1]
    in_side_column = {endpoint for endpoint, *_rest, where in TABS if where == "lg"}
    return {*mine, MORE} if in_side_column.intersection(mine) else set(mine)
