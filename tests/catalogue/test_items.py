"""Items in the browser: added, found, changed, archived; every refusal says why and keeps what was typed."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from portal.catalogue import queries
from portal.catalogue.models import Item
from portal.infra.db import db
from portal.stock.levels import available
from tests.catalogue.shop import BREAD, HEADING, RICE, SUGAR, SUGAR_FORM, new_shop


def items_of(shop):
    with shop.open():
        found = db.session.execute(select(Item).order_by(Item.search_name)).scalars().all()
        db.session.expunge_all()
        return found


def test_an_item_is_kept_and_its_registration_with_kra_queued_by_itself(shop, owner):
    answer = owner.post("/items/new", data=SUGAR_FORM | {"sku": "SUG-1", "barcode": "6161100000017"})
    assert answer.status_code == 303
    (item,) = items_of(shop)
    assert (item.name, item.price, item.band, item.class_code, item.item_type) == ("Sugar 1kg", Decimal(180), "B", SUGAR, "2")
    (told,) = shop.told("item")
    assert (told.subject_id, told.device_id, told.state) == (item.id, shop.business.device_id, "queued")
    page = owner.get(answer.location).text
    assert "Sugar 1kg" in page and "Tax band B (16%)" in page and "Waiting to send" in page


def test_the_answer_to_how_many_do_you_have_now_is_booked_before_the_first_sale(shop, owner):
    owner.post("/items/new", data=SUGAR_FORM | {"opening": "12.5"})
    (item,) = items_of(shop)
    with shop.open():
        assert available(shop.business.branch_id, [item.id]) == {item.id: Decimal("12.5")}
    (registration,), (movement,), (level,) = shop.told("item"), shop.told("stock_movement"), shop.told("stock_level")
    assert movement.waits_for == [registration.id]
    assert level.waits_for == [movement.id] and level.subject_id == item.id


def test_a_service_is_asked_nothing_about_stock(shop, owner):
    haircut = SUGAR_FORM | {"name": "Haircut", "kind": "service", "class": "", "class_code": "9110170001", "opening": "many"}
    assert owner.post("/items/new", data=haircut).status_code == 303
    assert items_of(shop)[0].item_type == "3"
    assert shop.told("stock_movement") == []


def test_a_form_sent_twice_adds_one_item(shop, owner):
    once = SUGAR_FORM | {"id": str(uuid4()), "opening": "3"}
    first, second = (owner.post("/items/new", data=once).location for _ in range(2))
    assert first == second
    assert len(items_of(shop)) == len(shop.told("item")) == len(shop.told("stock_movement")) == 1


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Enter what you sell"),
        ("name", "x" * 10_240, "at most 200 characters"),
        ("name", "Su\x00gar", "cannot be printed"),
        ("kind", "weapon", "Say whether these are goods or a service"),
        ("price", "", "Enter the price"),
        ("price", "-5", "cannot be negative"),
        ("price", "ten", "Write the amount in figures"),
        ("price", "1e9", "Write the amount in figures"),
        ("price", "9" * 40, "too large"),
        ("price", "1.999", "at most 2 decimals"),
        ("band", "Z", "Choose a tax band"),
        ("prices", "maybe", "Say whether the price includes VAT"),
        ("class_code", "0000000000", "Choose the class that fits best"),
        ("quantity_unit", "U", "Choose a unit from the list"),
        ("package_unit", "BX", "Choose a packaging from the list"),
        ("origin", "XX", "Choose a country from the list"),
        ("sku", "s" * 41, "at most 40 characters"),
        ("barcode", "1" * 21, "at most 20 characters"),
        ("opening", "-1", "cannot be negative"),
        ("opening", "1.23456", "at most 4 decimals"),
        ("opening", "99999999999", "too large"),
        ("opening", "0.00001", "at most 4 decimals"),
        ("branch", "00000000-0000-0000-0000-000000000000", "Choose one of your branches"),
    ],
)
def test_a_refused_field_says_why_and_keeps_the_rest(shop, owner, field, typed, sentence):
    answer = owner.post("/items/new", data=SUGAR_FORM | {"sku": "KEPT-1", "opening": "7", field: typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Error: Add an item" in answer.text
    for kept in {"KEPT-1"} if field != "sku" else {"Sugar 1kg"}:
        assert f'value="{kept}"' in answer.text
    assert items_of(shop) == [] and shop.told("item") == []


def test_a_field_sent_twice_is_refused(owner):
    answer = owner.post("/items/new", data={**SUGAR_FORM, "price": ["1", "2"]})
    assert answer.status_code == 422 and "This came twice" in answer.text


def test_stock_that_is_worth_nothing_is_refused_at_the_price(shop, owner):
    answer = owner.post("/items/new", data=SUGAR_FORM | {"price": "0", "opening": "5"})
    assert answer.status_code == 422 and "worth nothing" in answer.text
    assert owner.post("/items/new", data=SUGAR_FORM | {"price": "0", "opening": "0"}).status_code == 303


def test_stock_worth_less_than_a_cent_is_refused_and_adds_no_item(shop, owner):
    answer = owner.post("/items/new", data=SUGAR_FORM | {"price": "1", "opening": "0.0001"})
    assert answer.status_code == 422 and "worth nothing" in answer.text
    assert items_of(shop) == []


def test_a_sku_belongs_to_one_item(shop, owner):
    owner.post("/items/new", data=SUGAR_FORM | {"sku": "A1"})
    answer = owner.post("/items/new", data=SUGAR_FORM | {"name": "Salt", "sku": "A1"})
    assert answer.status_code == 422 and "Another item has this SKU" in answer.text and 'value="Salt"' in answer.text


class TestTheClass:
    def test_it_is_found_by_the_beginnings_of_its_words_in_any_order(self, owner):
        options = owner.get("/items/classes?q=pack+ric").text
        assert f'data-value="{RICE}"' in options and SUGAR not in options
        assert "Tax band B (16%)" in options

    def test_it_is_found_by_its_code(self, owner):
        assert f'data-value="{RICE}"' in owner.get(f"/items/classes?q={RICE[:6]}").text

    def test_headings_of_the_tree_are_not_offered_eight_digits_are(self, owner):
        assert HEADING not in owner.get("/items/classes?q=cereal").text
        assert BREAD in owner.get("/items/classes?q=bread").text

    @pytest.mark.parametrize("typed", ["'", "a & b", "!", "rice:*", "(", "\\", "<->", "%", "ﬁ", "1'2"])
    def test_any_words_are_answered(self, owner, typed):
        assert owner.get("/items/classes", query_string={"q": typed}).status_code == 200

    def test_words_without_a_choice_bring_the_classes_to_choose_from(self, owner):
        """The way without JavaScript: type words, send, choose, send again."""
        words = SUGAR_FORM | {"class": "rice", "class_code": ""}
        answer = owner.post("/items/new", data=words)
        assert answer.status_code == 422 and "Choose the class that fits best" in answer.text
        assert re.search(rf'type="radio"[^>]*name="class_choice" value="{RICE}"', answer.text)
        assert owner.post("/items/new", data=words | {"class_choice": RICE}).status_code == 303

    def test_other_words_typed_over_a_picked_class_are_searched_anew(self, shop, owner):
        answer = owner.post("/items/new", data=SUGAR_FORM | {"class": "rice"})
        assert answer.status_code == 422 and f'value="{RICE}"' in answer.text

    def test_a_code_typed_by_hand_is_taken(self, shop, owner):
        assert owner.post("/items/new", data=SUGAR_FORM | {"class": RICE, "class_code": ""}).status_code == 303
        assert items_of(shop)[0].class_code == RICE

    def test_words_that_no_class_has_say_so(self, owner):
        answer = owner.post("/items/new", data=SUGAR_FORM | {"class": "xylophonist", "class_code": ""})
        assert answer.status_code == 422 and "No class of KRA has these words" in answer.text


class TestClassAndBand:
    MAIZE = SUGAR_FORM | {"class": "", "class_code": "9901100101", "band": "B"}

    def test_a_band_that_kra_does_not_expect_for_the_class_must_be_confirmed(self, shop, owner):
        answer = owner.post("/items/new", data=self.MAIZE)
        assert answer.status_code == 422
        assert "KRA lists “Unprocessed maize and rice grain” under Tax band A (exempt)" in answer.text
        assert 'name="confirm_band"' in answer.text
        assert owner.post("/items/new", data=self.MAIZE | {"confirm_band": "1"}).status_code == 303

    def test_the_expected_band_needs_no_word(self, owner):
        assert owner.post("/items/new", data=self.MAIZE | {"band": "A"}).status_code == 303

    def test_the_guard_speaks_while_choosing(self, owner):
        assert "You chose Tax band B (16%)" in owner.post("/items/check-band", data=self.MAIZE).text
        assert "You chose" not in owner.post("/items/check-band", data=self.MAIZE | {"band": "A"}).text

    def test_a_confirmed_band_is_not_asked_again_when_the_price_changes(self, owner):
        page = owner.post("/items/new", data=self.MAIZE | {"confirm_band": "1"}).location
        assert owner.post(f"{page}/edit", data=self.MAIZE | {"price": "200"}).status_code == 303


class TestWithoutVat:
    @pytest.fixture
    def shop(self, app):
        return new_shop(app, vat_registered=False)

    def test_vat_bands_are_not_offered_and_items_default_to_d(self, owner):
        form = owner.get("/items/new").text
        assert 'value="B"' not in form and 'value="E"' not in form
        assert re.search(r'<option value="D" selected>Tax band D \(outside VAT\)', form)
        assert 'name="prices"' not in form

    def test_a_vat_band_sent_all_the_same_is_refused(self, shop, owner):
        answer = owner.post("/items/new", data=SUGAR_FORM)
        assert answer.status_code == 422 and "not registered for VAT" in answer.text
        assert owner.post("/items/new", data=SUGAR_FORM | {"band": "D"}).status_code == 303

    def test_an_item_from_the_time_with_vat_must_be_given_a_band_anew(self, app):
        shop = new_shop(app)
        item, owner = shop.adds(), shop.business.client()
        with shop.open():
            db.session.execute(text("UPDATE tenant SET vat_registered = false"))
            db.session.commit()
        form = owner.get(f"/items/{item}/edit").text
        assert re.search(r'<option value="">Choose a tax band</option>', form) and " selected>Tax band" not in form
        assert owner.post(f"/items/{item}/edit", data=SUGAR_FORM | {"band": ""}).status_code == 422


def test_an_item_is_changed_and_kra_is_told_with_the_registration_that_still_waits(shop, owner):
    page = owner.post("/items/new", data=SUGAR_FORM).location
    answer = owner.post(f"{page}/edit", data=SUGAR_FORM | {"name": "Sugar 2kg", "price": "350", "quantity_unit": "KG"})
    assert answer.status_code == 303
    assert (items_of(shop)[0].name, items_of(shop)[0].quantity_unit) == ("Sugar 2kg", "KG")
    assert shop.told("item_change") == []


def test_the_edit_form_shows_what_is_there(owner):
    page = owner.post("/items/new", data=SUGAR_FORM | {"sku": "A1"}).location
    form = owner.get(f"{page}/edit").text
    for value in ("Sugar 1kg", "180.00", "Sugar, retail pack", SUGAR, "A1"):
        assert f'value="{value}"' in form
    assert "How many do you have now" not in form


def test_an_archived_item_is_out_of_sight_and_can_come_back(shop, owner):
    page = owner.post("/items/new", data=SUGAR_FORM).location
    assert owner.post(f"{page}/archive").status_code == 303
    with shop.open():
        assert queries.search_items("sugar") == []
    assert "Sugar 1kg" in owner.get("/items?show=archived").text
    assert owner.post(f"{page}/restore").status_code == 303
    assert "Sugar 1kg" in owner.get("/items").text


@pytest.mark.parametrize("typed", ["sug", "SUGAR  1", "A-1", "a-1", "6161100000017"])
def test_an_item_is_found_by_name_sku_or_barcode(shop, owner, typed):
    owner.post("/items/new", data=SUGAR_FORM | {"sku": "A-1", "barcode": "6161100000017"})
    owner.post("/items/new", data=SUGAR_FORM | {"name": "Rice", "class": "", "class_code": RICE})
    with shop.open():
        assert [found.name for found in queries.search_items(typed)] == ["Sugar 1kg"]
    page = owner.get("/items", query_string={"q": typed}).text
    assert "Sugar 1kg" in page and ">Rice<" not in page


def test_a_scanned_barcode_is_marked_as_the_exact_one(owner):
    owner.post("/items/new", data=SUGAR_FORM | {"barcode": "6161100000017"})
    assert "data-exact" in owner.get("/items/search?q=6161100000017").text
    assert "data-exact" not in owner.get("/items/search?q=sugar").text


@pytest.mark.parametrize("typed", ["%", "\x00", "\udcff", "é" * 500, "'", "\\"])
def test_any_search_is_answered(owner, typed):
    owner.post("/items/new", data=SUGAR_FORM)
    for address in ("/items", "/items/search", "/stock"):
        query = {"q": typed.encode("utf-8", "surrogatepass")}
        assert owner.get(address, query_string=query).status_code == 200


@pytest.mark.parametrize(
    "address", ["/items?after=x&seen=y", "/items?after=00000000-0000-4000-8000-000000000000", "/stock?branch=1"]
)
def test_an_address_made_up_by_hand_is_no_fault(owner, address):
    assert owner.get(address).status_code in (200, 404)


def test_the_list_says_when_there_is_nothing_and_when_nothing_fits(owner):
    assert "What do you sell?" in owner.get("/items").text
    owner.post("/items/new", data=SUGAR_FORM)
    assert "Nothing matches" in owner.get("/items?q=zebra").text
    assert 'id="results"' in owner.get("/items?q=sugar", headers={"HX-Request": "true"}).text
    assert "<html" not in owner.get("/items?q=sugar", headers={"HX-Request": "true"}).text


def test_only_two_letter_units_and_packaging_that_kra_really_takes_are_offered(owner):
    form = owner.get("/items/new").text
    assert "Piece (NO)" in form and "Carton (CT)" in form and "No packaging (NT)" in form
    for refused in ("(BX)", "(CTN)", "(U)", "(4B)"):
        assert refused not in form


def test_a_viewer_sees_items_and_changes_none(shop):
    viewer = shop.business.client("viewer")
    assert viewer.get("/items").status_code == 200
    assert viewer.get("/items/new").status_code == 403
    assert viewer.post("/items/new", data=SUGAR_FORM).status_code == 403


class TestWhileAnInvoiceIsBeingFilled:
    def test_the_dialog_hands_the_new_item_to_the_line_that_waits(self, shop, owner):
        dialog = owner.get("/items/new?for=invoice&into=l1-item&name=Sugar", headers={"HX-Request": "true"}).text
        assert "<dialog" in dialog and 'value="Sugar"' in dialog and 'name="into" value="l1-item"' in dialog
        sent = SUGAR_FORM | {"for": "invoice", "into": "l1-item"}
        answer = owner.post("/items/new", data=sent, headers={"HX-Request": "true"})
        assert f'"into": "l1-item", "value": "{items_of(shop)[0].id}"' in answer.headers["HX-Trigger"]

    def test_without_javascript_the_way_leads_back_with_the_new_item(self, shop, owner):
        answer = owner.post("/items/new", data=SUGAR_FORM | {"back": "/items"})
        assert answer.location == f"/items?item={items_of(shop)[0].id}"

    def test_a_foreign_address_to_go_back_to_is_ignored(self, owner):
        assert owner.post("/items/new", data=SUGAR_FORM | {"back": "https://evil.example"}).location.startswith("/items/")
