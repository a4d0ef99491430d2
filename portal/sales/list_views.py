"""The list of invoices and credit notes."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import database_now
from portal.infra.web import htmx
from portal.infra.wording import local
from portal.sales import lists
from portal.sales.blueprint import blueprint
from portal.sales.search import Wanted
from portal.tenants import queries as tenants


@blueprint.get("/invoices")
@requires(Permission.SEE_DOCUMENTS)
def list_documents() -> str:
    """The list as a page, its results after a filter, or further rows only."""
    wanted = Wanted.of(request.args, local(database_now()).date())
    listed = lists.documents(wanted)
    choosing = request.args.get("choose") == "1" and current_actor().may(Permission.TAKE_DOWNLOADS)
    context = {"wanted": wanted, "listed": listed, "next_href": _next_href(wanted, listed, choosing), "choosing": choosing}
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
        "branches": [(str(branch.id), branch.name) for branch in tenants.open_branches()],
        "presets": presets(wanted, ".list_documents"),
        "drafts": lists.count_of_drafts() if not wanted.is_filtered else 0,
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
    whole = wanted.whole()
    return [
        {
            "label": label,
            "href": url_for(here, **whole.as_args(dates=name, **{"from": None, "to": None})),
            "active": name == wanted.preset,
        }
        for name, label in words.items()
    ]


def _next_href(wanted: Wanted, listed: lists.Listed, choosing: bool) -> str:
    if listed.after is None:
        return ""
    return url_for(".list_documents", **wanted.as_args(after=listed.after, seen=listed.shown, choose=int(choosing)))
