"""The frame of every signed-in page: who, which business, the tabs, and what must be seen on each page."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, current_app, g, request
from werkzeug.local import LocalProxy

from portal.devices.banners import GLANCE, banners
from portal.identity.permissions import Permission
from portal.infra.db import quick
from portal.infra.tenancy import current_tenant_id
from portal.infra.web import htmx
from portal.infra.wording import gettext
from portal.submissions.queries import COUNT_NEEDING_ATTENTION

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


# What the frame asks the database, once for each page that draws it.
FRAME = f"SELECT t.name, ({COUNT_NEEDING_ATTENTION}) AS attention, {GLANCE} FROM tenant t WHERE t.id = %(tenant)s"  # noqa: S608


def init_app(app: Flask) -> None:
    """Give every template the frame."""
    addresses = app.url_map.bind("")
    app.extensions["tabs"] = {tab[0]: addresses.build(tab[0]) for tab in TABS if tab[0] in app.view_functions}
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    actor, person = g.get("actor"), g.get("person")
    frame: dict[str, Any] = {"person": person, "actor": actor, "theme": person.theme if person else None, "current_branch": None}
    if actor is None:
        return frame | {"current_business": None, "nav": [], "banners": []}
    if htmx:
        return frame | _when_used(actor)
    seen = _seen()
    return frame | {"current_business": seen.name, "nav": _tabs(actor, seen), "banners": banners(seen)}


def _seen() -> Any:
    return quick(FRAME, {"tenant": current_tenant_id()}).fetchone()


def _when_used(actor: Any) -> dict[str, Any]:
    """The same for an answer to htmx: nearly always a fragment, which has no frame, so nothing is asked before it is drawn."""
    seen = cache(_seen)
    return {
        "current_business": LocalProxy(lambda: seen().name),
        "nav": LocalProxy(cache(lambda: _tabs(actor, seen()))),
        "banners": LocalProxy(cache(lambda: list(banners(seen())))),
    }


def _tabs(actor: Any, seen: Any) -> list[dict[str, Any]]:
    addresses = current_app.extensions["tabs"]
    shown = [tab for tab in TABS if tab[0] in addresses and actor.may(tab[3])]
    here = _here([endpoint for endpoint, *_rest in shown])
    tabs: list[dict[str, Any]] = [
        {"label": gettext(label), "href": addresses[endpoint], "icon": icon, "active": endpoint in here, "where": where}
        for endpoint, label, icon, _permission, where in shown
    ]
    for tab, (endpoint, *_rest) in zip(tabs, shown, strict=True):
        if endpoint == ATTENTION and (count := seen.attention):
            tab |= {"count": count, "count_label": gettext("need attention")}
    return tabs


def _here(endpoints: list[str]) -> set[str]:
    """The tabs of this page: its own, else the first of its feature; on a phone also the tab that leads to it."""
    section = (request.endpoint or "").split(".")[0]
    own = [each for each in endpoints if each == request.endpoint]
    mine = own or [each for each in endpoints if each.split(".")[0] == section and each != HOME][:1]
    in_side_column = {endpoint for endpoint, *_rest, where in TABS if where == "lg"}
    return {*mine, MORE} if in_side_column.intersection(mine) else set(mine)
