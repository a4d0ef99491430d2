"""The pages of downloads: what goes in, how far it is, the file, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from portal.downloads import queries, services
from portal.downloads.models import Download
from portal.downloads.services import MOST_RECEIPTS, Form, Wish
from portal.errors import BadInput, NotFound
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra import files
from portal.infra.db import database_now
from portal.infra.forms import idempotency_key, parse_id
from portal.infra.polling import asked_so_far, poll_after
from portal.infra.web import htmx
from portal.infra.wording import day, local
from portal.receipts import bulk
from portal.receipts.views import NOTHING_RUNS
from portal.sales import lists
from portal.sales.search import Wanted
from portal.tenants import queries as tenants

blueprint = Blueprint("downloads", __name__)
FOLLOWED_SECONDS = 3600
PIECE = 64 * 1024
MEDIA_TYPES = {Form.ZIP: "application/zip", Form.PDF: "application/pdf"}
FILTERS = ("q", "state", "branch", "dates", "from", "to")


@blueprint.get("/downloads")
@requires(Permission.TAKE_DOWNLOADS)
def list_downloads() -> str:
    """The latest downloads."""
    return render_template("downloads/list.html", downloads=queries.newest())


@blueprint.get("/downloads/new")
@requires(Permission.TAKE_DOWNLOADS)
def new() -> ResponseReturnValue:
    """What would go in, of the invoices that a filter finds."""
    return _confirm(request.args, idempotency_key(None))


@blueprint.post("/downloads/chosen")
@requires(Permission.TAKE_DOWNLOADS)
def chosen() -> ResponseReturnValue:
    """What would go in, of the invoices that were ticked; nothing is handed out yet."""
    return _confirm(request.form, idempotency_key(None))


@blueprint.post("/downloads")
@requires(Permission.TAKE_DOWNLOADS)
def ask() -> ResponseReturnValue:
    """Hand these receipts out and have their file made."""
    key = idempotency_key(request.form.get("idempotency_key"))
    form = Form.PDF if request.form.get("form") == Form.PDF else Form.ZIP
    # A form that says neither is not this page's: it must not mean everything there is.
    ids, words = _wanted(request.form) if {"chosen", "filter"} & set(request.form) else ([], _("Nothing"))
    wish = Wish(ids, form, request.form.get("originals") != "no", words)
    try:
        download = services.ask(current_actor(), wish, key)
    except BadInput as problem:
        return _confirm(request.form, key, problem.sentence)
    return redirect(url_for(".show", download_id=download.id), 303)


@blueprint.get("/downloads/<uuid:download_id>")
@requires(Permission.TAKE_DOWNLOADS)
def show(download_id: UUID) -> str:
    """How far it is; the page follows it, and may be left."""
    progress = queries.progress(download_id)
    poll = poll_after(asked_so_far(), progress.is_making, FOLLOWED_SECONDS)
    return render_template("downloads/_progress.html" if htmx else "downloads/show.html", progress=progress, poll=poll)


@blueprint.get("/downloads/<uuid:download_id>/file")
@requires(Permission.TAKE_DOWNLOADS)
def file(download_id: UUID) -> ResponseReturnValue:
    """The file, as often as it is asked for within its seven days."""
    download = queries.download(download_id)
    path = files.path_of(download.storage_key) if download.storage_key else None
    if download.state != "ready" or download.expires_at <= database_now() or path is None or not path.is_file():
        raise NotFound(_("This file is not there any more. Make the download again."))
    headers = {
        "Content-Disposition": f'attachment; filename="{_file_name(download)}"',
        "Content-Length": str(path.stat().st_size),
        "Content-Security-Policy": NOTHING_RUNS,
    }
    return current_app.response_class(_pieces(path), mimetype=MEDIA_TYPES[Form(download.form)], headers=headers)


@blueprint.post("/downloads/<uuid:download_id>/remove")
@requires(Permission.TAKE_DOWNLOADS)
def remove(download_id: UUID) -> ResponseReturnValue:
    """The file goes now instead of after seven days."""
    services.remove(current_actor(), download_id)
    flash(_("The file is gone."))
    return redirect(url_for(".list_downloads"), 303)


def _pieces(path: Path) -> Iterator[bytes]:
    """The file piece by piece: a hundred people saving theirs do not fill the memory."""
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _confirm(given: MultiDict[str, str], key: str, problem: str = "") -> ResponseReturnValue:
    """The page that says what would be handed out, before it is."""
    ids, words = _wanted(given)
    papers = bulk.next_papers(ids)
    originals = sum(paper.is_original for paper in papers)
    if len(ids) > MOST_RECEIPTS:
        problem = problem or _("These are more than 1,000 receipts. Choose fewer days, then download the rest.")
    context: dict[str, Any] = {
        "words": words,
        "total": len(papers),
        "originals": originals,
        "copies": len(papers) - originals,
        "may_take_originals": services.may_take_originals(current_actor()),
        "carried": _carried(given),
        "key": key,
        "problem": problem,
        "form": given.get("form", Form.ZIP.value),
        "takes_originals": given.get("originals") != "no",
        "choose_href": f"{url_for('sales.list_documents')}?{urlencode({**_filters(given), 'choose': '1'})}",
    }
    return render_template("downloads/new.html", **context), 422 if problem else 200


def _wanted(given: MultiDict[str, str]) -> tuple[Sequence[UUID], str]:
    """The documents that are asked for, one more than fit at most, and what they are in words."""
    if "chosen" in given:
        ids = [found for text in given.getlist("document")[: MOST_RECEIPTS + 1] if (found := parse_id(text))]
        count = len(set(ids))
        return list(dict.fromkeys(ids)), ngettext("%(num)s chosen invoice", "%(num)s chosen invoices", count)
    wanted = Wanted.of(given, local(database_now()).date()).whole()
    return lists.signed_ids(wanted, MOST_RECEIPTS + 1), _in_words(wanted)


def _in_words(wanted: Wanted) -> str:
    """`Signed invoices, 1 Nov 2026 to 20 Nov 2026, Moi Avenue`."""
    words = [_("Signed invoices and credit notes")]
    if wanted.days:
        first, last = wanted.days
        words.append(day(first) if first == last else _("%(first)s to %(last)s", first=day(first), last=day(last)))
    branches = {branch.id: branch.name for branch in tenants.open_branches()}
    if wanted.branch_id in branches:
        words.append(branches[wanted.branch_id])
    if wanted.words:
        words.append(_("“%(words)s”", words=wanted.words))
    return ", ".join(words)


def _carried(given: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What the form must say again: the ticks, or the filter."""
    if "chosen" in given:
        ticked = given.getlist("document")[: MOST_RECEIPTS + 1]
        return [("chosen", "1"), *(("document", text) for text in ticked if parse_id(text))]
    return [("filter", "1"), *_filters(given).items()]


def _filters(given: MultiDict[str, str]) -> dict[str, str]:
    """The filters of the list of invoices that were given."""
    return {name: given[name] for name in FILTERS if given.get(name)}


def _file_name(download: Download) -> str:
    return f"receipts-{local(download.asked_at):%Y-%m-%d-%H%M}-{download.total}.{download.form}"
