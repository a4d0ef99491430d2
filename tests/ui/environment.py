"""The components in a Jinja environment without Flask, with the globals and filters that the portal promises them."""

import datetime
from pathlib import Path

import jinja2

from portal.infra import wording

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"


def _gettext(text: str, **variables: object) -> str:
    return text % variables if variables else text


def _ngettext(one: str, many: str, num: int) -> str:
    return (one if num == 1 else many) % {"num": num}


def build_environment() -> jinja2.Environment:
    """Strict: an argument that a macro forgets to default fails the test instead of drawing nothing."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, Path(__file__).parent / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        {"_": _gettext, "ngettext": _ngettext},
        csrf_token=lambda: "token",
        static_url=lambda name: f"/static/{name}",
    )
    environment.filters.update(amount=wording.amount, money=wording.money, quantity=wording.quantity)
    return environment


SHELL = {
    "current_business": "Mfano Traders",
    "current_branch": "Moi Avenue",
    "person": {"name": "Grace Wanjiru"},
    "request_id": "7F3A-21C0-9B4E",
    "today": datetime.date(2026, 11, 20),
    "nav": [
        {"label": "Home", "href": "/", "icon": "house", "active": True},
        {"label": "Invoices", "href": "/invoices", "icon": "receipt"},
        {"label": "Attention", "href": "/attention", "icon": "exclamation-triangle", "count": 3},
        {"label": "Items", "href": "/items", "icon": "box-seam", "where": "lg"},
        {"label": "Customers", "href": "/customers", "icon": "people", "where": "lg"},
        {"label": "Reports", "href": "/reports", "icon": "bar-chart"},
        {"label": "Branches", "href": "/branches", "icon": "shop", "where": "lg"},
        {"label": "Settings", "href": "/settings", "icon": "gear", "where": "lg"},
        {"label": "More", "href": "/more", "icon": "list", "where": "sm"},
    ],
    "banners": [{"kind": "wait", "title": "Sandbox", "text": "Nothing here is a tax document."}],
}
