"""The receipt behind a link: no log-in, nothing else of the business, and looking at it changes no document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal.identity import throttle
from portal.identity.access import public
from portal.identity.throttle import HOUR, MINUTE, Limit
from portal.infra import doors
from portal.infra.crypto import sha256
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from portal.receipts import queries as receipts
from portal.receipts import services as papers
from portal.receipts.views import NOTHING_RUNS
from portal.sharing import queries, services
from portal.sharing.addresses import LENGTH
from portal.sharing.receipt_page import ReceiptPage, receipt_page

blueprint = Blueprint("public_receipt", __name__)
# Guesses count per neighbourhood and stop nobody whose link is right; a link itself is not to be hammered.
GUESSES = Limit("receipt_link_guessed", 30, HOUR, [MINUTE])
OPENINGS = Limit("receipt_link_opened", 300, HOUR, [MINUTE])
NOT_TO_BE_FOUND = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
# What fetches a page to draw a preview of it, or without anybody looking.
NOT_A_PERSON = re.compile(
    r"whatsapp|facebookexternalhit|facebot|telegram|twitterbot|slack|discord|skype|linkedin|pinterest|viber|signal|preview"
    r"|bot\b|bots\b|crawl|spider|monitor|curl|wget|python|headless|\bjava/|okhttp|go-http",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that opens: whose it is and which."""

    tenant_id: UUID
    link_id: UUID


@blueprint.get("/r/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The receipt as a page; the same plain words for a link that was never made, was taken back, or is too old."""
    opened = _opened(token)
    if opened is None:
        return _gone()
    with _receipt_behind(opened) as page:
        if page is not None and _is_a_person(opened):
            services.record_opening(opened.link_id)
    return _answer(render_template("sharing/receipt.html", page=page, token=token)) if page else _gone()


@blueprint.get("/r/<token>/receipt.pdf")
@public
def file(token: str) -> ResponseReturnValue:
    """The paper of this link: the same bytes as often as they are asked for."""
    opened = _opened(token)
    if opened is None:
        return _gone()
    with acting_for(opened.tenant_id):
        handed_out = receipts.hand_out(queries.link(opened.link_id).hand_out_id)
        number = receipts.signed_document(handed_out.document_id).issued.trader_number
        name = f"{number}.pdf" if handed_out.is_original else f"{number}-copy-{handed_out.copy_no}.pdf"
        pdf = papers.pdf_of(handed_out)
    if pdf is None:
        return _answer(render_template("sharing/pdf_waits.html", token=token, number=number), 202)
    response = current_app.response_class(pdf, mimetype="application/pdf")
    response.headers.update(NOT_TO_BE_FOUND)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    return response


def _opened(token: str) -> Opened | None:
    """Whose link this is; None, counted as a guess, for one that opens nothing. Raises TooManyTries."""
    found = doors.whose_receipt_link(sha256(token)) if len(token) == LENGTH else None
    db.session.commit()
    with transaction():
        if found is None:
            throttle.count(GUESSES, throttle.network_of(request.remote_addr))
            return None
        throttle.count(OPENINGS, str(found[1]))
    return Opened(*found)


@contextmanager
def _receipt_behind(opened: Opened) -> Iterator[ReceiptPage | None]:
    """What the link shows, while its business is being acted for; None when it was taken back a moment ago."""
    with acting_for(opened.tenant_id):
        shared = queries.shared_link(opened.link_id)
        handed_out = receipts.hand_out(shared.link.hand_out_id)
        page = receipt_page(receipts.signed_document(shared.link.document_id), handed_out) if shared.is_open else None
        db.session.commit()
        yield page


def _is_a_person(opened: Opened) -> bool:
    """Whether somebody looks who is neither a preview or scanner nor of the business itself."""
    visit = g.get("person")
    is_own = visit is not None and visit.entered_tenant_id == opened.tenant_id
    fetched_ahead = "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", ""))
    browser = request.user_agent.string
    return request.method == "GET" and not is_own and not fetched_ahead and bool(browser) and not NOT_A_PERSON.search(browser)


def _gone() -> Response:
    return _answer(render_template("sharing/gone.html"), 404)


def _answer(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers.update(NOT_TO_BE_FOUND)
    return response
