"""The list of invoices and credit notes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for

from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.web import addresses, htmx
from portal.infra.wording import gettext as _
from portal.infra.wording import local
from portal.sales import lists
from portal.sales.blueprint import blueprint
from portal.sales.search import Wanted
from portal.tenants import queries as tenants


@blueprint.get("/invoices")
@requires(Permission.SEE_DOCUMENTS)
def list_documents() -> str:
    """The list as a page, its results after a filter, or further rows only."""
    wanted = Wanted.of(request.args, lambda: local(database_now()).date())
    listed = lists.documents(wanted)
    choosing = request.args.get("choose") == "1" and current_actor().may(Permission.TAKE_DOWNLOADS)
    context = {
        "wanted": wanted,
        "listed": listed,
        "drafts": listed.drafts,
        "next_href": _next_href(wanted, listed, choosing),
        "choosing": choosing,
        "href_of": addresses(".show_document", "document_id"),
        "draft_href_of": addresses(".show_draft", "draft_id"),
    }
    if htmx and not htmx.boosted and not htmx.history_restore_request:
        return render_template("sales/_more_rows.html" if wanted.behind else "sales/_results.html", **context, **_around(wanted))
    return render_template("sales/list.html", **context, **_around(wanted))


def _around(wanted: Wanted) -> dict[str, Any]:
    return {
        "states": [
            ("draft", _("Draft")),
            ("waiting", _("Waiting to send")),
            ("signed", _("Signed")),
            ("attention", _("Needs attention")),
            ("void", _("Void")),
        ],
        "branches": tenants.branch_choices(),
        "presets": presets(wanted, ".list_documents"),
    }


def presets(wanted: Wanted, here: str) -> list[dict[str, Any]]:
    """The chips of days above a list whose page is `here`."""
    words = {
        "": _("All"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "week": _("This week"),
        "month": _("This month"),
        "choose": _("Choose dates"),
    }
    whole, address = wanted.whole(), url_for(here)
    return [
        {
            "label": label,
            "href": _address(address, whole.as_args(dates=name, **{"from": None, "to": None})),
            "active": name == wanted.preset,
        }
        for name, label in words.items()
    ]


def _address(here: str, args: dict[str, Any]) -> str:
    return f"{here}?{urlencode(args)}" if args else here


def _next_href(wanted: Wanted, listed: lists.Listed, choosing: bool) -> str:
    if listed.after is None:
        return ""
    return url_for(".list_documents", **wanted.as_args(after=listed.after, seen=listed.shown, choose=int(choosing)))
