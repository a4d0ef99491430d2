"""The invoice form without JavaScript: plain posts, everything typed kept, one invoice for one press."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.receipt_parts import payment_figures
from tests.sales.conftest import Shop, form


def post(shop: Shop, data: dict[str, Any], draft: object = None) -> TestResponse:
    return shop.client.post("/invoices/drafts", data={"draft": str(draft or uuid4()), **data})


def sold(shop: Shop, **changes: str) -> dict[str, str]:
    """A line that could be issued, with changes."""
    item = shop.item("Delivery", "800.00")
    return {"item_id": str(item), "item": "Delivery", "qty": "1", "prc": "800.00", **changes}


def test_a_new_form_has_one_line_and_is_no_draft_yet(shop: Shop):
    page = shop.client.get("/invoices/new")
    assert page.status_code == 200
    assert page.text.count('class="ln"') == 1
    assert shop.documents() == []


def test_a_press_on_issue_makes_one_numbered_invoice_and_leads_to_it(shop: Shop):
    flour = shop.item("Maize flour 2kg", "185.00", band="A", stock="100")
    answer = post(shop, form({"item_id": str(flour), "item": "Maize flour 2kg", "qty": "24", "prc": "185.00"}))
    [sale] = shop.documents()
    assert answer.status_code == 303
    assert answer.location.endswith(f"/invoices/{sale.id}")
    assert (sale.state, sale.trader_no, str(sale.total_amount)) == ("issued", 1, "4440.00")


def test_two_presses_on_issue_make_one_invoice(shop: Shop):
    draft, data = uuid4(), form(sold(shop))
    first, second = post(shop, data, draft), post(shop, data, draft)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(shop.documents()) == 1


def test_the_same_key_with_another_content_is_refused(shop: Shop):
    line, key = sold(shop), uuid4().hex
    post(shop, form(line, key=key))
    answer = post(shop, form({**line, "qty": "2"}, key=key))
    assert answer.status_code == 422
    assert "INV-000001" in answer.text
    assert [one.state for one in shop.documents()] == ["issued", "draft"]


def test_a_draft_that_another_window_has_issued_leads_to_the_invoice(shop: Shop):
    draft, line = uuid4(), sold(shop)
    post(shop, form(line), draft)
    late = post(shop, form({**line, "qty": "5"}), draft)
    saved = post(shop, form({**line, "qty": "5"}, action="save"), draft)
    assert late.location.endswith(f"/invoices/{draft}")
    assert saved.location.endswith(f"/invoices/{draft}")
    assert [str(one.total_amount) for one in shop.documents()] == ["800.00"]


def test_a_line_is_added_and_removed_and_the_others_keep_what_was_typed(shop: Shop):
    draft, data = uuid4(), form({"item": "Something", "qty": "3"}, {"item": "Other", "qty": "4"}, action="add-line")
    added = shop.client.get(post(shop, data, draft).location)
    assert added.text.count('class="ln"') == 3
    data["action"] = "remove-line:l1"
    page = shop.client.get(post(shop, data, draft).location).text
    assert page.count('class="ln"') == 1
    assert 'value="Other"' in page
    assert 'value="Something"' not in page


def test_whole_names_barcodes_and_skus_are_picked_with_their_price(shop: Shop):
    shop.item("Fresh milk 500ml", "62.50", band="C", barcode="6161100000015")
    shop.item("Ballpoint pen", "580.00", sku="PEN-1")
    data = form({"item": "6161100000015"}, {"item": "PEN-1"}, {"item": "fresh  MILK 500ml"}, action="save")
    page = shop.client.get(post(shop, data).location).text
    assert page.count('value="Fresh milk 500ml"') == 2
    assert page.count('value="62.50"') == 2
    assert 'value="580.00"' in page


def test_without_javascript_a_few_letters_give_a_list_to_choose_from(shop: Shop):
    milk = shop.item("Milk 500ml", "62.50", band="C")
    shop.item("Milk 1 litre", "120.00", band="C")
    draft = uuid4()
    page = shop.client.get(post(shop, form({"item": "milk", "qty": "2"}, action="save"), draft).location)
    assert "Which one?" in page.text
    chosen = form({"item": "milk", "qty": "2"}, action="save") | {"l1-choice": str(milk)}
    page = shop.client.get(post(shop, chosen, draft).location)
    assert 'value="Milk 500ml"' in page.text
    assert 'value="62.50"' in page.text


def test_words_typed_over_a_picked_item_count(shop: Shop):
    pen = shop.item("Pen", "20.00")
    shop.item("Book", "90.00")
    page = shop.client.get(post(shop, form({"item_id": str(pen), "item": "Book", "qty": "1"}, action="save")).location)
    assert 'value="90.00"' in page.text


def test_an_exclusive_document_shows_the_items_price_without_vat(shop: Shop):
    shop.item("Delivery", "1160.00")
    data = form({"item": "Delivery"}, action="save", prices="exclusive")
    page = shop.client.get(post(shop, data).location).text
    assert 'value="1,000.00"' in page
    assert "Ksh 1,160.00" in page


def test_a_known_customer_is_filled_in(shop: Shop):
    shop.customer("Lake View Academy", pin="P222222222C", phone="+254711111111")
    page = shop.client.get(post(shop, form({"item": "x"}, action="save", buyer="lake view academy")).location).text
    assert 'value="P222222222C"' in page
    assert 'value="+254711111111"' in page


def test_a_new_customer_is_added_on_their_own_page_and_brought_back(shop: Shop):
    draft = uuid4()
    answer = post(shop, form({"item": "Pen"}, action="add-customer", buyer="Baraka Café"), draft)
    assert answer.location.startswith("/customers/new?")
    assert shop.client.get(answer.location).status_code == 200
    customer = shop.customer("Baraka Café", pin="P333333333C")
    page = shop.client.get(f"/invoices/drafts/{draft}?customer={customer}").text
    assert 'value="P333333333C"' in page
    assert 'value="Pen"' in page


def test_payments_may_be_split_and_the_open_one_takes_the_rest(shop: Shop):
    data = form(sold(shop), **{"p1-method": "cash", "p1-amount": "300", "p2-method": "mobile_money", "p2-ref": "SKJ4XX"})
    assert post(shop, data).status_code == 303
    [sale] = shop.documents()
    paid = [(one["method"], one["amount"], one["reference"]) for one in sale.content["payments"]]
    assert paid == [("cash", "300.00", None), ("mobile_money", "500.00", "SKJ4XX")]


def test_payments_that_do_not_make_up_the_total_are_refused(shop: Shop):
    data = form(sold(shop), **{"p1-method": "cash", "p1-amount": "300", "p2-method": "card", "p2-amount": "400"})
    answer = post(shop, data)
    assert answer.status_code == 422
    assert "The payments come to Ksh 700.00; the total is Ksh 800.00." in answer.text


def test_change_is_given_for_cash_and_stands_on_the_page_and_the_paper(shop: Shop):
    data = form(sold(shop), **{"p1-method": "cash", "p1-amount": "1,000"})
    assert "Change" in shop.client.post("/invoices/totals", data=data).text
    assert post(shop, data).status_code == 303
    [sale] = shop.documents()
    frozen = FiscalDocument.from_content(sale.content)
    paid = [(figure.caption, figure.amount) for figure in payment_figures(frozen)]
    assert paid == [("CASH", "1,000.00"), ("PAID", "1,000.00"), ("CHANGE", "200.00")]
    assert "Change" in shop.client.get(f"/invoices/{sale.id}").text


def test_change_is_given_for_cash_only(shop: Shop):
    answer = post(shop, form(sold(shop), **{"p1-method": "mobile_money", "p1-amount": "1000"}))
    assert answer.status_code == 422
    assert "Change is given for cash only." in answer.text
    assert 'value="1000"' in answer.text


BAD_LINES = [
    ({"qty": "two"}, "Write the quantity in figures"),
    ({"qty": ""}, "Enter a quantity"),
    ({"qty": "-1"}, "A quantity cannot be negative"),
    ({"qty": "0"}, "A quantity must be more than 0"),
    ({"qty": "1.23456"}, "at most 4 decimals"),
    ({"qty": "99999999999"}, "That quantity is too large"),
    ({"qty": "1\x002"}, "Write the quantity in figures"),
    ({"prc": "8oo"}, "Write the amount in figures"),
    ({"prc": "-5"}, "An amount cannot be negative"),
    ({"prc": "1e9"}, "Write the amount in figures"),
    ({"prc": "NaN"}, "Write the amount in figures"),
    ({"prc": "9" * 40}, "That amount is too large"),
    ({"prc": "1.999"}, "at most 2 decimals"),
    ({"prc": ""}, "Enter an amount"),
    ({"prc": "9999999999999", "qty": "9999999999"}, "Price times quantity is too large"),
    ({"dc": "900"}, "The discount is more than the price of the line"),
    ({"dc": "101%"}, "A percentage can be at most 100"),
    ({"dc": "abc"}, "Write the amount in figures"),
    ({"item_id": "", "item": "Unheard of"}, "Choose an item from your list"),
    ({"item_id": str(uuid4()), "item": "Somebody else's"}, "Choose an item from your list"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD_LINES)
def test_bad_input_in_a_line_is_answered_at_its_field_and_kept(shop: Shop, changes: dict[str, str], sentence: str):
    draft = uuid4()
    answer = post(shop, form(sold(shop, **changes), buyer="Asha"), draft)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Nothing was sent. What you typed is kept as a draft." in answer.text
    assert "Error: " in answer.text
    assert 'value="Asha"' in shop.client.get(f"/invoices/drafts/{draft}").text
    assert [one.state for one in shop.documents()] == ["draft"]


BAD_FIELDS = [
    ({"pin": "P22222222"}, "A KRA PIN is A or P"),
    ({"pin": "P222222222C"}, "Enter the buyer&#39;s name"),
    ({"buyer": "x" * 61}, "The name is too long"),
    ({"buyer": "A\x00B"}, None),
    ({"phone": "call me"}, "Enter a phone number"),
    ({"email": "nobody"}, "Enter an e-mail address"),
    ({"has_discount": "1", "discount": "900"}, "The discount of the invoice is more than its lines together"),
    ({"has_discount": "1", "discount": "x"}, "Write the amount in figures"),
    ({"branch": str(uuid4())}, None),
]


@pytest.mark.parametrize(("fields", "sentence"), BAD_FIELDS)
def test_bad_input_around_the_lines_is_a_sentence_too(shop: Shop, fields: dict[str, str], sentence: str | None):
    answer = post(shop, form(sold(shop), **fields))
    assert answer.status_code == (303 if sentence is None else 422)
    assert sentence is None or sentence in answer.text


def test_the_own_pin_is_no_buyers_pin(shop: Shop):
    answer = post(shop, form(sold(shop), buyer="Us", pin=shop.business.pin))
    assert answer.status_code == 422
    assert "This is the PIN of your own business" in answer.text


def test_500_lines_are_one_invoice_and_501_are_refused_with_all_of_them_kept(shop: Shop):
    line, draft = sold(shop), uuid4()
    refused = post(shop, form(*[line] * 501), draft)
    assert refused.status_code == 422
    assert "An invoice can have at most 500 lines" in refused.text
    assert refused.text.count('class="ln"') == 501
    issued = post(shop, form(*[line] * 500), draft)
    assert issued.status_code == 303
    assert str(shop.documents()[0].total_amount) == "400000.00"


def test_an_empty_form_says_what_is_missing(shop: Shop):
    answer = post(shop, form({}))
    assert answer.status_code == 422
    assert "Line 1: Choose what you sold." in answer.text


def test_more_than_is_in_stock_is_said_in_the_form_with_the_way_to_add_some(shop: Shop):
    flour = shop.item("Maize flour", "185.00", band="A", stock="3")
    answer = post(shop, form({"item_id": str(flour), "item": "Maize flour", "qty": "4", "prc": "185.00"}))
    assert answer.status_code == 422
    assert "Only 3 in stock." in answer.text
    assert f"/stock/{flour}/add?" in answer.text


def test_the_preview_issues_the_draft_it_shows(shop: Shop):
    draft = uuid4()
    shown = shop.client.get(post(shop, form(sold(shop), action="preview"), draft).location)
    assert shown.status_code == 200
    assert "This is a draft and no tax invoice" in shown.text
    issued = shop.client.post(f"/invoices/drafts/{draft}/issue", data={"idempotency_key": uuid4().hex})
    assert issued.location.endswith(f"/invoices/{draft}")
    again = shop.client.post(f"/invoices/drafts/{draft}/issue", data={"idempotency_key": uuid4().hex})
    assert again.location == issued.location
    assert len(shop.documents()) == 1


def test_a_preview_of_something_incomplete_is_the_form_with_what_is_missing(shop: Shop):
    draft = uuid4()
    page = shop.client.get(post(shop, form(sold(shop, qty=""), action="preview"), draft).location)
    assert page.status_code == 422
    assert "Enter a quantity" in page.text


def test_a_discarded_draft_is_gone(shop: Shop):
    draft = uuid4()
    post(shop, form(sold(shop), action="save"), draft)
    assert shop.client.post(f"/invoices/drafts/{draft}/discard").status_code == 303
    assert shop.client.get(f"/invoices/drafts/{draft}").status_code == 404
    assert shop.client.post(f"/invoices/drafts/{draft}/discard").status_code == 404


TEXT = st.text(max_size=40) | st.sampled_from(
    ["1", "0.5", "5%", "1e400", "NaN", "-0", "𝟙", "\x00", "\ud83d", "9" * 50, "1,000.00"]
)
NAMES = (
    "l1-item l1-qty l1-prc l1-dc l2-qty l2-prc pin buyer phone email discount has_discount prices branch p1-method p1-amount"
    " p2-amount p2-method idempotency_key action buyer_id row"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.sampled_from(NAMES.split()), TEXT), issue=st.booleans())
def test_nothing_that_can_be_typed_breaks_the_form(shop: Shop, fields: dict[str, str], issue: bool):
    known = {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}
    data = {"row": ["l1", "l2", "p1", "p2"], **known} | ({"action": "issue"} if issue else {})
    assert post(shop, data).status_code in (303, 422)
    assert shop.client.post("/invoices/totals", data=data).status_code == 200
