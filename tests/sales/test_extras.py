"""Due date, order number and a note: typed on the form, frozen on the document, printed, and taken along by a duplicate."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from portal.sales import queries
from tests.sales.conftest import Shop, form


def test_what_is_typed_beside_the_figures_is_frozen_and_goes_along_with_a_duplicate(shop: Shop):
    service = str(shop.item("Delivery", "350.00"))
    extras = {"due": "2027-01-31", "reference": "PO-778", "note": "Pay within 30 days"}
    answer = shop.client.post("/invoices/drafts", data=form({"item_id": service, "prc": "350", "qty": "1"}, **extras))
    with shop.open():
        document = queries.issued_of(queries.document(UUID(answer.headers["Location"].rpartition("/")[2]))).document
    assert (document.due_on, document.reference, document.customer_note) == (date(2027, 1, 31), "PO-778", "Pay within 30 days")
    again = shop.client.post(f"{answer.headers['Location']}/duplicate")
    page = shop.client.get(again.headers["Location"]).get_data(as_text=True)
    assert "PO-778" in page
    assert "2027-01-31" not in page


def test_a_day_that_is_none_is_refused_at_its_field(shop: Shop):
    service = str(shop.item("Delivery", "350.00"))
    answer = shop.client.post("/invoices/drafts", data=form({"item_id": service, "prc": "350", "qty": "1"}, due="31 January"))
    assert answer.status_code == 422
    assert "Enter a day, like 2026-12-20." in answer.get_data(as_text=True)
