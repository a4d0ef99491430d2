"""Going live: the checklist says what is done and what waits for KRA; items, customers and settings come along whole or not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.audit.models import AuditRow
from portal.catalogue.models import Item
from portal.customers.models import Customer
from portal.fiscal.environment import Environment
from portal.golive.models import TakeOver
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales.models import Document
from portal.submissions.models import Submission
from portal.tenants.models import Tenant
from tests.catalogue.shop import HAIRCUT, Shop, new_shop
from tests.devices.newcomer import Newcomer, new_newcomer
from tests.devices.test_pages import flat
from tests.support.papers import signed_sale
from tests.support.world import Business, Visitor


@pytest.fixture
def practice(app: Flask) -> Business:
    """A business with two items and a customer on its practice portal."""
    shop = new_shop(app)
    shop.adds("Sugar 1kg", sku="SUG1")
    shop.adds("Haircut", class_code=HAIRCUT, price=Decimal("580.50"))
    with shop.open():
        db.session.add(Customer(tenant_id=shop.business.tenant_id, name="Asha", search_name="asha", pin="A012345678Z"))
        db.session.execute(text("UPDATE tenant SET phone = '+254712345678'"))
        db.session.execute(text("UPDATE branch SET trade_name = 'Duka la Asha'"))
        db.session.commit()
    return shop.business


@pytest.fixture
def real(app: Flask, practice: Business) -> Shop:
    """The business on its production portal, still empty."""
    return new_shop(app)


def exported(business: Business) -> bytes:
    answer = business.client().post("/going-live/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="risiti-business.json"'
    return answer.data


def brings(client: Visitor, data: bytes) -> Any:
    return client.post("/going-live/file", data={"file": (io.BytesIO(data), "risiti-business.json")})


def count(shop: Shop, table: type) -> int:
    with shop.open():
        found: int = db.session.execute(select(func.count()).select_from(table)).scalar_one()
        db.session.rollback()
        return found


def test_items_customers_and_settings_come_along_and_nothing_else(practice: Business, real: Shop) -> None:
    owner = real.business.client()
    answer = brings(owner, exported(practice))
    assert answer.status_code == 303
    preview = flat(owner.get(answer.location).text)
    for shown in ("Sugar 1kg", "Haircut", "Ksh 580.50", "Asha", "A012345678Z", "Duka la Asha", practice.pin):
        assert shown in preview
    assert (count(real, Item), count(real, Customer)) == (0, 0)
    assert owner.post(answer.location).status_code == 303
    assert (count(real, Item), count(real, Customer), count(real, Document)) == (2, 1, 0)
    assert [row.state for row in real.told("item")] == ["queued", "queued"]
    with real.open():
        business = db.session.get_one(Tenant, real.business.tenant_id)
        assert (business.kra_pin, business.phone) == (real.business.pin, "+254712345678")
        numbers = db.session.execute(select(Item.kra_code)).scalars().all()
    assert numbers == [None, None]


def test_the_same_file_brings_nothing_twice(practice: Business, real: Shop) -> None:
    owner, data = real.business.client(), exported(practice)
    first = brings(owner, data).location
    assert owner.post(first).status_code == 303
    assert owner.post(first).status_code == 409
    second = brings(owner, data).location
    assert "Here already" in owner.get(second).text
    assert owner.post(second).status_code == 303
    assert (count(real, Item), count(real, Customer), count(real, Submission)) == (2, 1, 2)


def test_a_row_that_cannot_be_is_named_and_nothing_is_taken(practice: Business, real: Shop) -> None:
    content = json.loads(exported(practice))
    content["items"][0] |= {"price": "ten", "band": "Z"}
    content["items"].append(content["items"][1] | {"id": "", "name": "", "sku": ""})
    content["customers"].append({"name": "Twin", "pin": "A012345678Z"})
    content["customers"].append({"name": ["no", "words"]})
    answer = brings(real.business.client(), json.dumps(content).encode())
    page = flat(answer.text)
    assert answer.status_code == 422
    for shown in ("4 rows cannot be taken over", "Item 1", "Choose a tax band.", "Item 3", "Enter what you sell", "Customer 2",
                  "Row 1 has the same PIN.", "Customer 3", "This row is damaged."):  # fmt: skip
        assert shown in page, shown
    assert (count(real, Item), count(real, TakeOver)) == (0, 0)


def test_what_changed_since_the_preview_stops_all_of_it(practice: Business, real: Shop) -> None:
    owner = real.business.client()
    path = brings(owner, exported(practice)).location
    with real.open():
        db.session.execute(text("UPDATE tenant SET vat_registered = false, vat_said_by = 'owner'"))
        db.session.commit()
    answer = owner.post(path)
    assert answer.status_code == 409 and "changed since the preview" in answer.text
    assert (count(real, Item), count(real, Customer)) == (0, 0)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"format": "other"}', b'{"format": "risiti-business", "version": 2}', b"[" * 100_000,
     b'{"format": "risiti-business", "version": 1, "items": {}, "customers": [], "business": {}, "settings": {}}',
     b"Name,Price,Tax band\r\n=1+1,180,B\r\n", b"PK\x03\x04 a workbook", '{"format": "risiti-business"}'.encode("utf-16"),
     b'{"format": "risiti-business", "note": "caf\xe9"}', b'{"format": ' + b"9" * 5000 + b"}", b"\x00" * 500],
)  # fmt: skip
def test_another_file_is_refused_with_a_sentence(real: Shop, data: bytes) -> None:
    answer = brings(real.business.client(), data)
    assert answer.status_code == 422 and "not a file that Risiti exported" in answer.text
    assert (count(real, Item), count(real, TakeOver)) == (0, 0)


def test_a_file_that_is_too_long_or_too_large_is_refused_with_a_sentence(practice: Business, real: Shop) -> None:
    owner, content = real.business.client(), json.loads(exported(practice))
    many = brings(owner, json.dumps(content | {"customers": [{}] * 100_000}).encode())
    assert many.status_code == 422 and "more than 2000 rows" in many.text
    huge = brings(owner, b" " * 2_200_000)
    assert huge.status_code == 413 and "Nothing was stored" in huge.text
    assert count(real, TakeOver) == 0


def test_other_columns_and_formulas_are_a_problem_of_their_row(practice: Business, real: Shop) -> None:
    content = json.loads(exported(practice))
    content["items"] = [{"Product": "Sugar", "Unit price": "180"}, content["items"][0] | {"price": "=1+1"}]
    content["customers"] = [{"name": "Twin", "pin": "=A1"}, "Asha", None]
    answer = brings(real.business.client(), json.dumps(content).encode())
    page = flat(answer.text)
    assert answer.status_code == 422
    for shown in ("5 rows cannot be taken over", "Enter what you sell", "Write the amount in figures", "Customer 3"):
        assert shown in page, shown
    assert (count(real, Item), count(real, TakeOver)) == (0, 0)


def test_a_file_that_an_editor_has_marked_is_read_and_markup_stays_text(practice: Business, real: Shop) -> None:
    content = json.loads(exported(practice))
    content["items"][0]["name"] = "<script>alert(1)</script>"
    owner = real.business.client()
    answer = brings(owner, b"\xef\xbb\xbf" + json.dumps(content).encode())
    page = owner.get(answer.location).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page


def test_the_preview_shows_each_setting_that_changes_and_warns_of_another_pin(practice: Business, real: Shop) -> None:
    owner = real.business.client()
    path = brings(owner, exported(practice)).location
    page = flat(owner.get(path).text)
    for shown in ("Another PIN", f"this business has PIN {real.business.pin}", "Duka la Asha now: empty", "Only these change."):
        assert shown in page, shown
    assert owner.post(path).location == path
    page = flat(owner.get(path).text)
    assert "This is done" in page and "Taken over: 2 items and 1 customer." in page
    again = flat(owner.get(brings(owner, exported(practice)).location).text)
    assert "They are the same here already." in again and "there is nothing to take over" in again


def test_a_later_file_takes_the_place_of_an_earlier_one_and_neither_is_kept(practice: Business, real: Shop) -> None:
    owner = real.business.client()
    first, second = (brings(owner, exported(practice)).location for _time in range(2))
    assert (owner.get(first).status_code, owner.post(first).status_code) == (404, 404)
    assert owner.post(second).status_code == 303
    with real.open():
        assert db.session.execute(select(TakeOver.content)).scalars().all() == [{}, {}]


def test_words_that_cannot_be_kept_are_a_problem_of_their_row(practice: Business, real: Shop) -> None:
    content = json.loads(exported(practice))
    content["items"][0]["name"] = "a\x00b"
    content["customers"][0]["name"] = "\ud800"
    answer = brings(real.business.client(), json.dumps(content).encode())
    assert answer.status_code == 422 and answer.text.count("This row is damaged") == 2


def test_an_export_stands_in_the_activity_log(app: Flask, practice: Business) -> None:
    exported(practice)
    with app.app_context(), acting_for(practice.tenant_id):
        actions = db.session.execute(select(AuditRow.action)).scalars().all()
    assert "items, customers and settings exported" in actions


# --- the checklist


@pytest.fixture
def newcomer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    """A business that signed up on a production portal."""
    made = new_newcomer(app)
    production = replace(app.extensions["settings"], kra_environment=Environment.PRODUCTION)
    monkeypatch.setitem(app.extensions, "settings", production)
    return made


def set_step(newcomer: Newcomer, state: str) -> None:
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        db.session.execute(text("UPDATE setup_step SET state = :state WHERE name = 'initialise'"), {"state": state})
        db.session.commit()


def test_paper_is_ticked_off_and_stays_so(newcomer: Newcomer) -> None:
    owner = newcomer.client()
    page = flat(owner.get("/going-live").text)
    assert "Send your own service request to KRA" in page and "KRA is being asked." in page
    for step in ("service_request", "commitment_form"):
        assert owner.post("/going-live/steps", data={"step": step, "act": "done"}).status_code == 303
    assert owner.get("/going-live").text.count("It is not done") == 2
    owner.post("/going-live/steps", data={"step": "service_request", "act": "undo"})
    assert owner.get("/going-live").text.count("It is not done") == 1
    assert owner.post("/going-live/steps", data={"step": "approval", "act": "done"}).status_code == 422


def test_the_serial_is_there_to_copy_while_kra_is_waited_for(newcomer: Newcomer) -> None:
    set_step(newcomer, "waiting_for_kra")
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        serial = newcomer.device.serial
    page = newcomer.client().get("/going-live").text
    assert serial in page and "Waits for KRA" in page
    set_step(newcomer, "done")
    page = newcomer.client().get("/going-live").text
    assert "KRA has approved it." in page and serial not in page


def test_a_practice_portal_offers_the_file_and_no_ticks(practice: Business) -> None:
    page = practice.client().get("/going-live").text
    assert "Download the file" in page and "I have done it" not in page


def test_billers_do_not_see_it(practice: Business) -> None:
    assert practice.client("biller").get("/going-live").status_code == 403


def test_it_is_found_from_settings_more_and_the_set_up(practice: Business) -> None:
    owner = practice.client()
    for page in ("/settings", "/more", "/setup"):
        assert 'href="/going-live"' in owner.get(page).text.partition("<main")[2], page


def test_when_kra_has_approved_a_press_on_the_list_goes_on(newcomer: Newcomer) -> None:
    set_step(newcomer, "waiting_for_kra")
    owner = newcomer.client()
    assert "KRA has approved it" in owner.get("/going-live").text
    assert owner.post(f"/setup/{newcomer.device_id}/steps/initialise").status_code == 303
    assert "KRA has approved it" not in owner.get("/going-live").text.replace("KRA has approved it.", "")


def test_the_list_ends_with_the_first_real_invoice(newcomer: Newcomer) -> None:
    owner = newcomer.client()
    for step in ("service_request", "commitment_form"):
        owner.post("/going-live/steps", data={"step": step, "act": "done"})
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        db.session.execute(text("UPDATE device SET status = 'ready'"))
        db.session.commit()
    page = flat(owner.get("/going-live").text)
    assert "4 of 5 done" in page and "New invoice" in page and "You are live" not in page
    signed_sale(newcomer)
    page = flat(owner.get("/going-live").text)
    assert "5 of 5 done" in page and "You are live" in page
