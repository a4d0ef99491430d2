"""Customers: added, found, changed and archived; a PIN belongs to one of them."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from portal.customers import queries, services
from portal.customers.errors import PinTaken
from portal.customers.forms import NewCustomer
from portal.customers.models import Customer
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from tests.support.world import new_business

PIN = "P051365947M"
LAKE_VIEW = {"name": "Lake View Academy", "pin": PIN, "phone": "0712 345 678", "email": "desk@lakeview.ac.ke"}


@pytest.fixture
def shop(app):
    return new_business(app)


@pytest.fixture
def owner(shop):
    return shop.client()


def customers_of(shop):
    with shop.app.app_context(), acting_for(shop.tenant_id):
        found = db.session.execute(select(Customer).order_by(Customer.search_name)).scalars().all()
        db.session.expunge_all()
        return found


def test_a_customer_is_kept_as_typed_with_pin_and_phone_in_one_form(shop, owner):
    answer = owner.post("/customers/new", data=LAKE_VIEW | {"pin": " p051365947m "})
    assert answer.status_code == 303
    (kept,) = customers_of(shop)
    assert (kept.name, kept.pin, kept.phone) == ("Lake View Academy", PIN, "+254712345678")
    page = owner.get(answer.location).text
    assert "Lake View Academy" in page and PIN in page


def test_a_customer_needs_nothing_but_a_name(shop, owner):
    assert owner.post("/customers/new", data={"name": "Mama Njeri"}).status_code == 303
    assert customers_of(shop)[0].pin is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Enter the customer"),
        ("name", "x" * 10_240, "too long"),
        ("name", "Lake\x00View", "cannot be printed"),
        ("pin", "X051365947M", "A KRA PIN is A or P"),
        ("pin", "P05136594", "A KRA PIN is A or P"),
        ("pin", "|P051365947M", "A KRA PIN is A or P"),
        ("phone", "12", "Enter a phone number"),
        ("email", "desk", "Enter an e-mail address"),
        ("email", "x" * 60 + "@example.com", "at most 50 characters"),
        ("address", "y" * 201, "at most 200 characters"),
    ],
)
def test_a_refused_field_says_why_and_keeps_the_rest(shop, owner, field, typed, sentence):
    answer = owner.post("/customers/new", data=LAKE_VIEW | {field: typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Error: Add a customer" in answer.text
    kept = "desk@lakeview.ac.ke" if field != "email" else "Lake View Academy"
    assert kept in answer.text
    assert customers_of(shop) == []


def test_a_field_sent_twice_is_refused(owner):
    answer = owner.post("/customers/new", data={**LAKE_VIEW, "name": ["A", "B"]})
    assert answer.status_code == 422 and "This came twice" in answer.text


def test_a_pin_that_is_here_leads_to_its_customer(shop, owner):
    first = owner.post("/customers/new", data=LAKE_VIEW).location
    answer = owner.post("/customers/new", data=LAKE_VIEW | {"name": "Lakeview"})
    assert answer.status_code == 422
    assert "Another customer has this PIN already." in answer.text
    assert f'href="{first}"' in answer.text
    assert 'value="Lakeview"' in answer.text


def test_a_business_is_not_its_own_customer(shop, owner):
    answer = owner.post("/customers/new", data=LAKE_VIEW | {"pin": shop.pin})
    assert answer.status_code == 422 and "PIN of your own business" in answer.text


def test_two_people_who_add_the_same_pin_at_once_make_one_customer(shop):
    actor = Actor(shop.owner_id, "Grace", shop.tenant_id, Role.OWNER, shop.owner_id)
    start, outcomes = threading.Barrier(2), []

    def add(name):
        with shop.app.app_context(), acting_for(shop.tenant_id):
            start.wait()
            try:
                services.add_customer(actor, NewCustomer(name=name, pin=PIN))
                outcomes.append("added")
            except PinTaken as refusal:
                outcomes.append(refusal.sentence)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("Lake View", "Lakeview")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Another customer has this PIN already.", "added"]
    assert len(customers_of(shop)) == 1


def test_a_change_is_saved_and_a_new_pin_forgets_what_kra_said_of_the_old_one(shop, owner):
    page = owner.post("/customers/new", data=LAKE_VIEW).location
    with shop.app.app_context(), acting_for(shop.tenant_id):
        db.session.execute(db.update(Customer).values(kra_name="LAKE VIEW ACADEMY LTD", kra_status="A"))
        db.session.commit()
    assert owner.post(f"{page}/edit", data=LAKE_VIEW | {"name": "Lake View School"}).status_code == 303
    assert customers_of(shop)[0].kra_name == "LAKE VIEW ACADEMY LTD"
    assert owner.post(f"{page}/edit", data=LAKE_VIEW | {"pin": "A012345678Z"}).status_code == 303
    assert customers_of(shop)[0].kra_name is None


def test_an_archived_customer_is_out_of_sight_frees_the_pin_and_can_come_back(shop, owner):
    page = owner.post("/customers/new", data=LAKE_VIEW).location
    assert owner.post(f"{page}/archive").status_code == 303
    assert "Lake View Academy" not in owner.get("/customers/search?q=lake").text.replace("Add “lake”", "")
    assert "Lake View Academy" in owner.get("/customers?show=archived").text
    assert owner.post(f"{page}/restore").status_code == 303
    assert "Lake View Academy" in owner.get("/customers").text


def test_an_archived_customer_does_not_come_back_while_another_has_the_pin(owner):
    page = owner.post("/customers/new", data=LAKE_VIEW).location
    owner.post(f"{page}/archive")
    owner.post("/customers/new", data=LAKE_VIEW | {"name": "Lake View Two"})
    answer = owner.post(f"{page}/restore")
    assert answer.status_code == 422 and "Another customer has this PIN already." in answer.text


@pytest.mark.parametrize("typed", ["lake", "LAKE  view", PIN.lower(), "0712345678", "+254 712 345678"])
def test_a_customer_is_found_by_the_beginning_of_the_name_the_pin_or_the_phone(shop, owner, typed):
    owner.post("/customers/new", data=LAKE_VIEW)
    owner.post("/customers/new", data={"name": "Jirani Hotel", "phone": "0722000000"})
    with shop.app.app_context(), acting_for(shop.tenant_id):
        assert [found.name for found in queries.search(typed)] == ["Lake View Academy"]
    page = owner.get("/customers", query_string={"q": typed}).text
    assert "Lake View Academy" in page and "Jirani Hotel" not in page


@pytest.mark.parametrize("typed", ["%", "_", "\x00", "\udcff", "é" * 500, "(", "\\"])
def test_any_search_is_answered(owner, typed):
    owner.post("/customers/new", data=LAKE_VIEW)
    assert owner.get("/customers", query_string={"q": typed.encode("utf-8", "surrogatepass")}).status_code == 200


def test_the_list_says_when_there_is_nothing_and_when_nothing_fits(owner):
    assert "Your customers stand here" in owner.get("/customers").text
    owner.post("/customers/new", data=LAKE_VIEW)
    assert "Nothing matches" in owner.get("/customers?q=zebra").text


def test_a_long_list_comes_in_pages_without_gap_or_repeat(shop, owner):
    with shop.app.app_context(), acting_for(shop.tenant_id):
        # Equal names too: the id decides their order.
        names = [f"Customer {number // 2:03}" for number in range(60)]
        db.session.add_all(Customer(tenant_id=shop.tenant_id, name=name, search_name=name.lower()) for name in names)
        db.session.commit()
    seen, address = [], "/customers"
    while address:
        page = owner.get(address).text
        seen += [part.split('"')[0] for part in page.split('<a href="/customers/')[1:]]
        marks = [part.split('"')[0] for part in page.split('href="/customers?')[1:] if "after=" in part.split('"')[0]]
        address = "/customers?" + marks[0].replace("&amp;", "&") if marks else ""
    seen = [one for one in seen if one not in ("new",)]
    assert len(seen) == len(set(seen)) == 60
    assert "60 of 60 shown" in page


def test_show_more_answers_rows_and_the_next_link_only(shop, owner):
    with shop.app.app_context(), acting_for(shop.tenant_id):
        db.session.add_all(Customer(tenant_id=shop.tenant_id, name=f"C{n}", search_name=f"c{n:02}") for n in range(30))
        db.session.commit()
    last = customers_of(shop)[24]
    answer = owner.get(f"/customers?after={last.id}&seen=25", headers={"HX-Request": "true"}).text
    assert answer.count("<tr") == 5 and "<html" not in answer and "hx-swap-oob" in answer


def test_a_viewer_sees_customers_and_changes_none(shop):
    viewer = shop.client("viewer")
    assert viewer.get("/customers").status_code == 200
    assert viewer.get("/customers/new").status_code == 403
    assert viewer.post("/customers/new", data=LAKE_VIEW).status_code == 403


class TestWhileAnInvoiceIsBeingFilled:
    def test_the_combobox_offers_to_add_what_was_typed(self, owner):
        options = owner.get("/customers/search?q=Lake&into=buyer").text
        assert 'data-value="new"' in options and "Add “Lake”" in options and 'id="buyer-option-new"' in options

    def test_the_dialog_hands_the_new_customer_to_the_combobox(self, owner):
        dialog = owner.get("/customers/new?for=invoice&into=buyer&name=Lake+View", headers={"HX-Request": "true"}).text
        assert "<dialog" in dialog and "<html" not in dialog and 'value="Lake View"' in dialog
        sent = LAKE_VIEW | {"for": "invoice", "into": "buyer"}
        answer = owner.post("/customers/new", data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert '"combo-pick": {"into": "buyer"' in answer.headers["HX-Trigger"]
        assert '"dialog-close"' in answer.headers["HX-Trigger"]

    def test_the_dialog_stays_open_with_its_errors(self, owner):
        sent = {"name": "", "pin": "P1", "for": "invoice", "into": "buyer"}
        answer = owner.post("/customers/new", data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 422 and "<dialog" in answer.text and "2 things to correct" in answer.text

    def test_without_javascript_the_way_leads_back_with_the_new_customer(self, shop, owner):
        form = owner.get("/customers/new?back=/customers%3Fq%3Dx").text
        assert 'name="back" value="/customers?q=x"' in form
        answer = owner.post("/customers/new", data=LAKE_VIEW | {"back": "/customers?q=x"})
        assert answer.location == f"/customers?q=x&customer={customers_of(shop)[0].id}"

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/nowhere", "javascript:x"])
    def test_the_way_back_never_leaves_the_portal(self, shop, owner, back):
        answer = owner.post("/customers/new", data=LAKE_VIEW | {"back": back})
        assert answer.location == f"/customers/{customers_of(shop)[0].id}"


class TestThePinField:
    def test_a_pin_of_the_right_form_looks_right_and_is_never_called_verified(self, owner):
        answer = owner.post("/customers/check-pin", data={"pin": "p051365947m"}).text
        assert "This looks right" in answer and "verified" not in answer

    def test_a_wrong_pin_says_how_one_looks(self, owner):
        answer = owner.post("/customers/check-pin", data={"pin": "12"})
        assert answer.status_code == 200 and "A KRA PIN is A or P" in answer.text

    def test_a_pin_in_use_names_its_customer(self, owner):
        page = owner.post("/customers/new", data=LAKE_VIEW).location
        assert page in owner.post("/customers/check-pin", data={"pin": PIN}).text
        own = owner.post("/customers/check-pin", data={"pin": PIN, "customer": page.rpartition("/")[2]}).text
        assert "has this PIN" not in own


def test_a_form_sent_twice_adds_one_customer(shop, owner):
    once = {"name": "Mama Njeri", "id": "5f0c5f0e-0000-4000-8000-000000000001"}
    first, second = (owner.post("/customers/new", data=once).location for _ in range(2))
    assert first == second and len(customers_of(shop)) == 1
