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
     b'{"format": "risiti-business", "version": 1, "items": {}, "customers": [], "business": {}, "settings": {}}'],
)  # fmt: skip
def test_another_file_is_refused_with_a_sentence(real: Shop, data: bytes) -> None:
    answer = brings(real.business.client(), data)
    assert answer.status_code == 422 and "not a file that Risiti exported" in answer.text


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
