"""What htmx asks of the invoice form while somebody types."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.sales.conftest import Shop, form

HTMX = {"HX-Request": "true"}


def ask(shop: Shop, part: str, data: dict[str, Any], draft: object = None) -> TestResponse:
    """What htmx gets for a part of the form."""
    return shop.client.post(f"/invoices/drafts{part}", data={"draft": str(draft or uuid4()), **data}, headers=HTMX)


def test_totals_come_from_the_server_with_the_amount_of_each_line(shop: Shop):
    oil, flour = shop.item("Oil", "1450.00"), shop.item("Flour", "185.00", band="A")
    lines = [
        {"item_id": str(oil), "item": "Oil", "qty": "6", "prc": "1,450.00", "dc": "5%"},
        {"item_id": str(flour), "item": "Flour", "qty": "24", "prc": "185.00"},
        {"item_id": str(flour), "item": "Flour", "qty": "", "prc": "185.00"},
    ]
    answer = shop.client.post("/invoices/totals", data=form(*lines), headers=HTMX)
    assert "Ksh 12,705.00" in answer.text
    assert "1,140.00" in answer.text
    assert '<output id="l1-amt" hx-swap-oob="true">8,265.00</output>' in answer.text
    assert "l3-amt" not in answer.text


def test_totals_of_a_usual_invoice_stay_under_one_kilobyte(shop: Shop):
    item = shop.item("Oil", "1450.00")
    line = {"item_id": str(item), "item": "Oil", "qty": "6", "prc": "1,450.00", "dc": "5%"}
    answer = shop.client.post("/invoices/totals", data=form(*[line] * 8), headers=HTMX)
    assert len(gzip.compress(answer.data)) <= 1024


def test_typing_keeps_a_draft_and_gives_the_page_its_own_address(shop: Shop):
    draft = uuid4()
    answer = ask(shop, "/autosave", form({"item": "Fl"}, buyer="Asha"), draft)
    assert "Draft saved" in answer.text
    assert answer.headers["HX-Replace-Url"].endswith(f"/invoices/drafts/{draft}")
    assert [one.content["form"]["buyer"] for one in shop.documents()] == ["Asha"]


def test_an_empty_form_is_not_kept(shop: Shop):
    answer = ask(shop, "/autosave", form({}))
    assert answer.status_code == 200
    assert shop.documents() == []


def test_a_late_autosave_does_not_touch_an_issued_invoice(shop: Shop):
    draft, item = uuid4(), shop.item("Oil", "1450.00")
    line = {"item_id": str(item), "item": "Oil", "qty": "6", "prc": "1,450.00"}
    ask(shop, "", form(line), draft)
    answer = ask(shop, "/autosave", form({**line, "qty": "7"}), draft)
    assert answer.headers["HX-Redirect"].endswith(f"/invoices/{draft}")
    assert [str(one.total_amount) for one in shop.documents()] == ["8700.00"]


def test_a_picked_item_brings_its_price_band_and_stock(shop: Shop):
    oil = shop.item("Oil", "1450.00", stock="12")
    data = form({"item_id": str(oil), "item": "Oil"})
    answer = ask(shop, "/line?row=l1", data)
    assert 'value="1,450.00"' in answer.text
    assert "Tax band B 16%" in answer.text
    assert "12 in stock" in answer.text
    assert answer.headers["HX-Trigger"] == "line-changed"
    assert "l1-qty" not in answer.text, "the quantity may be typed while this answer is under way"
    assert len(shop.documents()) == 1


def test_adding_an_item_or_a_customer_opens_a_dialog_over_the_form(shop: Shop):
    item = ask(shop, "/line?row=l1", form({"item": "Soap", "item_id": "new"}))
    buyer = ask(shop, "/buyer", form({}, buyer="Baraka Café") | {"buyer_id": "new"})
    for answer in (item, buyer):
        assert answer.headers["HX-Retarget"] == "#dialog"
        assert "<dialog" in answer.text
    assert 'value="Soap"' in item.text
    assert 'value="Baraka Café"' in buyer.text


def test_a_picked_customer_fills_the_panel(shop: Shop):
    customer = shop.customer("Lake View Academy", pin="P222222222C")
    data = form({}, buyer="Lake View Academy") | {"buyer_id": str(customer)}
    answer = ask(shop, "/buyer", data)
    assert 'value="P222222222C"' in answer.text


def test_issue_by_htmx_goes_to_the_invoice(shop: Shop):
    item, draft = shop.item("Oil", "1450.00"), uuid4()
    line = {"item_id": str(item), "item": "Oil", "qty": "6", "prc": "1,450.00"}
    answer = ask(shop, "", form(line), draft)
    assert answer.headers["HX-Redirect"].endswith(f"/invoices/{draft}")
