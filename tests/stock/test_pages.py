"""Stock in the browser: what is there, adding, counting, and how it came to be."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import pytest

from portal.fiscal.document import ItemType
from portal.infra.db import transaction
from portal.stock import services
from tests.catalogue.shop import HAIRCUT


@pytest.fixture
def owner(shop):
    return shop.business.client()


def available(shop, item_id):
    with shop.open():
        return services.available(shop.business.branch_id, [item_id])[item_id]


def test_the_list_shows_what_can_be_sold_of_goods_and_leaves_services_out(shop, owner):
    shop.adds(have="12.5")
    shop.adds("Salt")
    shop.adds("Haircut", item_type=ItemType.SERVICE, class_code=HAIRCUT)
    page = owner.get("/stock").text
    assert "12.5" in page and "None left" in page and "Haircut" not in page
    assert "Nothing matches" in owner.get("/stock?q=zebra").text


def test_without_goods_the_list_says_so(owner):
    assert "No goods yet" in owner.get("/stock").text


def test_stock_is_added_and_the_page_shows_it_on_its_way_to_kra(shop, owner):
    sugar = shop.adds(have="2")
    answer = owner.post(f"/stock/{sugar}/add", data={"quantity": "1,000", "note": "Delivery 77"})
    assert answer.status_code == 303
    page = owner.get(answer.location).text
    assert "Delivery 77" in page and "+1,000" in page and "Waiting to send" in page and "figure is not ours yet" in page
    assert available(shop, sugar) == 1002


@pytest.mark.parametrize("act", ["add", "count"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter how many"),
        ("-1", "cannot be negative"),
        ("many", "Write the quantity in figures"),
        ("1e9", "Write the quantity in figures"),
        ("9" * 50, "too large"),
        ("\x00", "Write the quantity in figures"),
        ("1.23456", "at most 4 decimals"),
        ("0.0001", "worth nothing"),
    ],
)
def test_a_refused_quantity_says_why_and_keeps_the_note(shop, owner, act, typed, sentence):
    sugar = shop.adds(have="0" if act == "count" else "2", price=Decimal(1))
    answer = owner.post(f"/stock/{sugar}/{act}", data={"quantity": typed, "note": "Delivery 77"})
    assert answer.status_code == 422 and sentence in answer.text and 'value="Delivery 77"' in answer.text
    assert "Error: " in answer.text


def test_a_quantity_beyond_what_a_figure_holds_is_a_sentence(shop, owner):
    sugar = shop.adds(have="2", price=Decimal("9999999999"))
    answer = owner.post(f"/stock/{sugar}/add", data={"quantity": "9999999999"})
    assert answer.status_code == 422 and "too large" in answer.text


def test_adding_nothing_is_refused_counting_nothing_is_a_count(shop, owner):
    sugar = shop.adds(have="2")
    assert owner.post(f"/stock/{sugar}/add", data={"quantity": "0"}).status_code == 422
    assert owner.post(f"/stock/{sugar}/count", data={"quantity": "0"}).status_code == 303
    assert available(shop, sugar) == 0


def test_a_count_is_checked_against_what_its_page_showed(shop, owner):
    sugar = shop.adds(have="5")
    form = owner.get(f"/stock/{sugar}/count").text
    seen = re.search(r'name="seen" value="([^"]*)"', form)[1]
    with shop.open(), transaction():
        services.reserve(shop.business.branch_id, {sugar: Decimal(1)})
    answer = owner.post(f"/stock/{sugar}/count", data={"quantity": "4", "seen": seen})
    assert answer.status_code == 422 and "Count again" in answer.text
    again = re.search(r'name="seen" value="([^"]*)"', answer.text)[1]
    assert again == "4"


def test_goods_without_a_price_are_sent_to_their_price_first(shop, owner):
    free = shop.adds("Sample", price=Decimal(0))
    answer = owner.post(f"/stock/{free}/add", data={"quantity": "5"})
    assert answer.status_code == 422 and "Give Sample a price above 0 first" in answer.text


def test_a_service_has_no_stock_page(shop, owner):
    haircut = shop.adds("Haircut", item_type=ItemType.SERVICE, class_code=HAIRCUT)
    assert owner.get(f"/stock/{haircut}").status_code == 404
    assert owner.post(f"/stock/{haircut}/add", data={"quantity": "1"}).status_code in (404, 422)


def test_an_unknown_branch_is_not_found(shop, owner):
    sugar = shop.adds(have="5")
    assert owner.get(f"/stock/{sugar}?branch={uuid4()}").status_code == 404


def test_the_history_comes_in_pages_newest_first(shop, owner):
    sugar = shop.adds(have="1")
    with shop.open():
        for number in range(30):
            services.add_stock(shop.actor, shop.business.branch_id, sugar, Decimal(1), f"Delivery {number}")
    page = owner.get(f"/stock/{sugar}").text
    assert "Delivery 29" in page and "Delivery 4<" not in page
    older = re.search(r'href="([^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
    rest = owner.get(older, headers={"HX-Request": "true"}).text
    assert "Delivery 4" in rest and "Opening stock" in rest and "<html" not in rest


def test_stock_can_be_added_from_inside_an_invoice(shop, owner):
    sugar = shop.adds()
    dialog = owner.get(f"/stock/{sugar}/add?for=invoice", headers={"HX-Request": "true"}).text
    assert "<dialog" in dialog and "<html" not in dialog
    sent = {"quantity": "5", "for": "invoice"}
    answer = owner.post(f"/stock/{sugar}/add", data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "dialog-close" in answer.headers["HX-Trigger"]
    back = owner.post(f"/stock/{sugar}/add", data={"quantity": "5", "back": "/items"})
    assert back.location == f"/items?stock={sugar}"


def test_a_viewer_sees_stock_and_books_none(shop):
    sugar, viewer = shop.adds(have="1"), shop.business.client("viewer")
    assert viewer.get("/stock").status_code == viewer.get(f"/stock/{sugar}").status_code == 200
    assert viewer.post(f"/stock/{sugar}/add", data={"quantity": "1"}).status_code == 403
