"""KRA is asked for the name of a PIN while the form goes on; the answer fills it in when it comes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal import registry
from portal.customers.models import Customer
from portal.devices.models import Device, KraQuestion
from portal.devices.units import control_unit
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.simulator.taxpayers import taxpayer_name
from tests.devices.newcomer import work
from tests.support.world import new_business

PIN, UNKNOWN, INACTIVE = "P051365947M", "P051365940Z", "P051365940D"


@pytest.fixture
def shop(app, simulator):
    registry.load_worker_parts()
    made = new_business(app)
    with app.app_context(), acting_for(made.tenant_id):
        gateway = control_unit(db.session.get_one(Device, (made.tenant_id, made.device_id))).gateway()
        db.session.rollback()
        assert gateway.initialise().value is not None
    return made


@pytest.fixture
def owner(shop):
    return shop.client()


def kra_answers(shop):
    """A worker asks what is waiting."""
    with shop.app.app_context(), acting_for(shop.tenant_id):
        work()


def poll_address(page):
    found = re.search(r'hx-get="(/customers/kra/[^"]+)" hx-trigger="load delay:(\d+)s"', page)
    return found and (found[1].replace("&amp;", "&"), int(found[2]))


def test_the_name_comes_into_an_empty_field_and_stays_with_the_customer(shop, owner):
    page = owner.post("/customers/check-pin", data={"pin": PIN}).text
    assert "Asking KRA for the name." in page
    address, _delay = poll_address(page)
    assert "Asking KRA" in owner.get(address).text
    kra_answers(shop)
    answer = owner.get(f"{address}&name=").text
    name = taxpayer_name(PIN)
    assert f"KRA knows this PIN: {name}." in answer and poll_address(answer) is None
    assert 'hx-swap-oob="innerHTML:#customer-name-slot"' in answer and f'value="{name}"' in answer
    owner.post("/customers/new", data={"name": "My own name for them", "pin": PIN})
    with shop.app.app_context(), acting_for(shop.tenant_id):
        kept = db.session.execute(select(Customer)).scalar_one()
        assert (kept.name, kept.kra_name, kept.kra_status) == ("My own name for them", name, "A")


def test_a_name_that_was_typed_is_left_alone(shop, owner):
    address, _delay = poll_address(owner.post("/customers/check-pin", data={"pin": PIN}).text)
    kra_answers(shop)
    assert "hx-swap-oob" not in owner.get(f"{address}&name=Lake+View").text


def test_the_form_goes_on_after_eight_seconds_without_an_answer(shop, owner):
    page, waited = owner.post("/customers/check-pin", data={"pin": PIN}).text, 0
    while found := poll_address(page):
        waited += found[1]
        page = owner.get(found[0]).text
    assert waited <= 8 and "You can go on without it" in page
    assert owner.post("/customers/new", data={"name": "Lake View", "pin": PIN}).status_code == 303


@pytest.mark.parametrize(
    ("pin", "sentence"), [(UNKNOWN, "KRA does not know this PIN"), (INACTIVE, "KRA says that this PIN is not active")]
)
def test_a_pin_that_kra_does_not_know_or_has_closed_is_said_and_stops_nobody(shop, owner, pin, sentence):
    address, _delay = poll_address(owner.post("/customers/check-pin", data={"pin": pin}).text)
    kra_answers(shop)
    assert sentence in owner.get(address).text
    assert owner.post("/customers/new", data={"name": "Lake View", "pin": pin}).status_code == 303


def test_kra_being_away_is_said_without_blame(shop, owner, simulator):
    simulator.control.down()
    address, _delay = poll_address(owner.post("/customers/check-pin", data={"pin": PIN}).text)
    kra_answers(shop)
    assert "KRA has not answered. You can go on without it." in owner.get(address).text


def test_a_pin_that_is_a_customers_already_is_not_asked_for(shop, owner):
    owner.post("/customers/new", data={"name": "Lake View", "pin": PIN})
    owner.post("/customers/check-pin", data={"pin": PIN})
    with shop.app.app_context(), acting_for(shop.tenant_id):
        assert db.session.execute(select(KraQuestion)).first() is None


def test_without_javascript_a_button_asks_and_the_second_press_fills_the_name(shop, owner):
    typed = {"name": "", "pin": PIN, "phone": "0712", "action": "look-up"}
    first = owner.post("/customers/new", data=typed)
    assert first.status_code == 200 and "Asking KRA" in first.text and "things to correct" not in first.text
    assert 'value="0712"' in first.text
    kra_answers(shop)
    second = owner.post("/customers/new", data=typed).text
    assert f'value="{taxpayer_name(PIN)}"' in second


def test_before_the_first_set_up_nothing_is_asked(app):
    beginner = new_business(app, ready=False)
    page = beginner.client().post("/customers/check-pin", data={"pin": PIN}).text
    assert "This looks right." in page and "Asking KRA" not in page
