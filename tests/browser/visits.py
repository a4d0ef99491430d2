"""Every page that the owner of a business can open, with something on it.

The pages are those of tests/rules/cases.py, so a new one is visited by itself; what is no page of its own is named here.
An address with ids is made by VISITS for the shop of these tests, otherwise by the CASES of the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from portal.downloads import services as downloads
from portal.identity import operators
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from portal.receipts.models import HandOut
from portal.sharing import services as sharing
from portal.sharing.addresses import new_token_of
from portal.sharing.services import Share, Way
from tests.browser.shop import Shop
from tests.rules.cases import CASES, Ids, actor_of
from tests.rules.test_access_table import table
from tests.support.world import new_business, signed_in

# Answered with a part of a page, only ever to htmx.
FRAGMENTS = {
    "catalogue.search", "catalogue.search_classes", "customers.search", "customers.kra_says",
    "devices.progress", "devices.follow_contact", "devices.follow_test", "sales.document_status",
}  # fmt: skip
OPERATORS = {"operator.show_attention"}
NO_PAGES = {
    "ops.health", "ops.ready", "receipts.file", "unsigned.file", "public_receipt.file", "downloads.file", "api_docs.openapi",
}  # fmt: skip
GETS = {call.split()[1] for call in table() if call.startswith("GET ")}
PAGES = sorted(each for each in GETS - FRAGMENTS - NO_PAGES if not each.startswith("api."))


@dataclass(frozen=True, slots=True)
class Visit:
    """An address, and the session of somebody who may open it."""

    address: str
    session: str


@dataclass(frozen=True, slots=True)
class Furnished:
    """A shop with a document in every state that the pages show."""

    shop: Shop
    signed: UUID
    credited: UUID
    note: UUID
    refused: UUID
    draft: UUID
    customer: UUID
    visits: dict[str, Visit] = field(default_factory=dict)


def furnished(shop: Shop) -> Furnished:
    """The shop after a morning: signed, credited and refused documents, a draft, a customer, and a notice of KRA."""
    shop.goes_wrong("code:910", message="Request parameter error: [itemList]")
    refused = shop.settled(shop.sells(buyer="Baraka Café"))
    signed = shop.sells((shop.flour, "3"), (shop.pens, "2"), (shop.delivery, "1"))
    credited = shop.settled(shop.sells((shop.pens, "1")))
    note = shop.settled(shop.credits(credited))
    customer = shop.adds_customer("Lake View Academy", "P051111111B")
    return Furnished(shop, shop.settled(signed), credited, note, refused, shop.drafts(), customer)


Where = dict[str, Any]


def _copy_that_is_being_made(there: Furnished) -> Where:
    """A hand-out that nobody was asked to draw."""
    with there.shop.open():
        row = HandOut(tenant_id=there.shop.business.tenant_id, document_id=there.note, copy_no=7, way="download", by_name="Grace")
        db.session.add(row)
        db.session.commit()
        return {"hand_out_id": row.id}


def _reset_link(there: Furnished) -> Where:
    there.shop.forgets_the_password()
    return {"token": there.shop.link_by_mail("reset").rpartition("/")[2]}


def _shared(there: Furnished) -> UUID:
    """The link by which the signed invoice went to a customer, made at the first visit."""
    key = f"shared-with-a-customer-{there.shop.business.pin}"
    with there.shop.open():
        wanted = Share(Way.WHATSAPP, "+254712345678")
        return sharing.share(actor_of(there.shop.business), there.signed, wanted, key).id


def _link(there: Furnished) -> Where:
    return {"link_id": _shared(there)}


def _token(there: Furnished) -> Where:
    link_id = _shared(there)
    with there.shop.open():
        return {"token": new_token_of(there.shop.business.tenant_id, link_id)}


def _download(there: Furnished) -> Where:
    """The receipts of this shop in one file that was just asked for."""
    with there.shop.open():
        wish = downloads.Wish([there.signed, there.note], downloads.Form.ZIP, originals=True, describes="Two receipts")
        return {"download_id": downloads.ask(actor_of(there.shop.business), wish, f"download-of-{there.shop.business.pin}").id}


def _document(there: Furnished) -> Where:
    return {"document_id": there.signed}


def _draft(there: Furnished) -> Where:
    return {"draft_id": there.draft}


def _customer(there: Furnished) -> Where:
    return {"customer_id": there.customer}


def _item(there: Furnished) -> Where:
    return {"item_id": there.shop.flour}


def _device(there: Furnished) -> Where:
    return {"device_id": there.shop.business.device_id}


VISITS: dict[str, Callable[[Furnished], Where]] = {
    "catalogue.edit_item": _item,
    "catalogue.list_items": lambda there: {},
    "catalogue.show_item": _item,
    "customers.edit_customer": _customer,
    "customers.list_customers": lambda there: {},
    "customers.show_customer": _customer,
    "devices.edit_branch": lambda there: {"branch_id": there.shop.business.branch_id},
    "devices.progress": _device,
    "devices.setup_of": _device,
    "devices.show_device": _device,
    "downloads.show": _download,
    "identity.confirm_email": lambda there: {"token": there.shop.link_by_mail("confirm").rpartition("/")[2]},
    "identity.reset_password": _reset_link,
    "public_receipt.show": _token,
    "receipts.show_papers": _document,
    "receipts.wait": _copy_that_is_being_made,
    "sales.document_status": _document,
    "sharing.new_share": _document,
    "sharing.show_link": _link,
    "sales.ask_for_right_pin": _document,
    "sales.new_credit_note": _document,
    "sales.preview_draft": _draft,
    "sales.show_document": _document,
    "sales.show_draft": _draft,
    "stock.add_form": _item,
    "stock.count_form": _item,
    "stock.list_stock": lambda there: {},
    "stock.show_item": _item,
    "submissions.show_case": lambda there: {"submission_id": there.shop.submission_of(there.refused)},
}
# The same page in another state.
MORE: dict[str, tuple[str, Callable[[Furnished], Where]]] = {
    "a credit note": ("sales.show_document", lambda there: {"document_id": there.note}),
    "a credited invoice": ("sales.show_document", lambda there: {"document_id": there.credited}),
    "a refused invoice": ("sales.show_document", lambda there: {"document_id": there.refused}),
    "a search without a match": ("sales.list_documents", lambda there: {"q": "zebra"}),
    "a receipt by e-mail": ("sharing.new_share", lambda there: {**_document(there), "way": "email"}),
    "invoices to choose": ("sales.list_documents", lambda there: {"choose": 1}),
    "drafts": ("sales.list_documents", lambda there: {"state": "draft"}),
    "dates to choose": ("sales.list_documents", lambda there: {"dates": "choose"}),
}


def visit(page: str, there: Furnished) -> Visit:
    """Where to find a page, by its endpoint or by its name in MORE; the same each time."""
    if page not in there.visits:
        there.visits[page] = _visit(page, there)
    return there.visits[page]


def _visit(page: str, there: Furnished) -> Visit:
    if page in OPERATORS:
        return Visit(_address(there.shop, page, {}), _session_of_an_operator(there.shop))
    endpoint, where = MORE.get(page, (page, VISITS.get(page)))
    if where is not None or endpoint not in CASES:
        return Visit(_address(there.shop, endpoint, where(there) if where else {}), there.shop.session())
    business = new_business(there.shop.portal.app)
    ids: Ids = CASES[endpoint](business)
    cookie = signed_in(business.app, business.owner_id, business.tenant_id).get_cookie("session")
    assert cookie is not None
    return Visit(_address(there.shop, endpoint, {**ids.path, **ids.query}), cookie.value)


def _session_of_an_operator(shop: Shop) -> str:
    """The cookie of somebody who runs the portal."""
    app = shop.portal.app
    with app.app_context(), acting_for_nobody():
        person_id = operators.add("staff@example.test", "test", "maji ni uhai wetu")
    cookie = signed_in(app, person_id).get_cookie("session")
    assert cookie is not None
    return cookie.value


def _address(shop: Shop, endpoint: str, where: Where) -> str:
    with shop.portal.app.test_request_context():
        return shop.portal.app.url_for(endpoint, **where)
