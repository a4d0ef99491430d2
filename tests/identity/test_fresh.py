"""What cannot be undone asks for the password again, keeps what was typed, and gives no secret back."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from portal.devices.queries import head_office_device
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from tests.devices.newcomer import Newcomer, new_newcomer
from tests.support.people import PASSWORD, email_of, person_with_password, psql
from tests.support.stack import TestDatabase
from tests.support.world import Visitor, new_business, signed_in

KEY = "a-key-that-nobody-may-see-ABCD"
ADOPTED = {
    "kind": "oscu", "serial": "OTHERTILL01", "sdc_id": "KRACU0400009999", "mrc_number": "KRA00000001", "last_invoice": "7",
    "key": KEY,
}  # fmt: skip


@pytest.fixture
def shop(app: Flask) -> Newcomer:
    """A business whose owner has a password."""
    made = new_newcomer(app)
    person_with_password(app, made.owner_id)
    return made


@pytest.fixture
def owner(shop: Newcomer) -> Visitor:
    """Its owner, who typed the password 16 minutes ago."""
    client = shop.client()
    age(shop, "16 minutes")
    return client


def age(shop: Newcomer, how_long: str) -> None:
    with shop.app.app_context(), acting_for_nobody():
        db.session.execute(text("UPDATE person_session SET password_at = now() - CAST(:age AS interval)"), {"age": how_long})
        db.session.commit()


def unit(shop: Newcomer) -> tuple[UUID, str]:
    with shop.app.app_context(), acting_for(shop.tenant_id):
        device = head_office_device()
        return device.id, device.transport


def hidden(page: str) -> dict[str, str]:
    """What the question keeps for the act."""
    form = page.partition("<main")[2]
    return {name: value for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)}


def test_a_young_password_is_not_asked_for(shop: Newcomer, owner: Visitor) -> None:
    age(shop, "14 minutes")
    assert "Your password" not in owner.get(f"/devices/{shop.device_id}/replace").text
    assert owner.post(f"/devices/{shop.device_id}/convert", data={"transport": "oscu"}).status_code == 303


def test_the_act_goes_on_with_what_was_typed_once_the_password_is_right(shop: Newcomer, owner: Visitor) -> None:
    address = f"/devices/{shop.device_id}/convert"
    asked = owner.post(address, data={"transport": "oscu"})
    assert asked.status_code == 422 and "Is it still you?" in asked.text
    assert unit(shop) == (shop.device_id, "vscu")
    kept = hidden(asked.text)
    assert kept["transport"] == "oscu" and f'action="{address}"' in asked.text
    wrong = owner.post(address, data=kept | {"own_password": "not the password"})
    assert wrong.status_code == 422 and "This is not your password" in wrong.text and hidden(wrong.text)["transport"] == "oscu"
    assert owner.post(address, data=kept | {"own_password": ""}).status_code == 422
    assert unit(shop) == (shop.device_id, "vscu")
    assert owner.post(address, data=hidden(wrong.text) | {"own_password": PASSWORD}).status_code == 303
    assert unit(shop)[1] == "oscu"
    assert owner.post(f"/devices/{unit(shop)[0]}/convert", data={"transport": "vscu"}).status_code == 303


def test_a_secret_is_in_no_page_and_typed_once_more(shop: Newcomer, owner: Visitor) -> None:
    address = f"/devices/{shop.device_id}/adopt"
    asked = owner.post(address, data=ADOPTED)
    assert KEY not in asked.text and PASSWORD not in asked.text and "Only what is secret is not kept" in asked.text
    again = owner.post(address, data=hidden(asked.text) | {"own_password": PASSWORD})
    assert again.status_code == 422 and "Enter the communication key" in again.text
    assert all(ADOPTED[name] in again.text for name in ("serial", "sdc_id")) and "Your password" not in again.text
    assert owner.post(address, data=ADOPTED).status_code == 303


def test_a_form_with_a_secret_asks_for_the_password_at_once(shop: Newcomer, owner: Visitor) -> None:
    page = owner.get(f"/devices/{shop.device_id}/replace").text
    assert 'name="own_password"' in page
    assert owner.post(f"/devices/{shop.device_id}/adopt", data=ADOPTED | {"own_password": PASSWORD}).status_code == 303
    assert unit(shop)[1] == "oscu"


def test_whoever_guesses_is_slowed(shop: Newcomer, owner: Visitor) -> None:
    guess = {"transport": "oscu", "own_password": "a wild guess"}
    answers = [owner.post(f"/devices/{shop.device_id}/convert", data=guess) for _time in range(7)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0 and unit(shop)[1] == "vscu"


@pytest.mark.parametrize("act", ["never-arrived", "receipt"])
def test_what_settles_a_doubt_wants_the_password(shop: Newcomer, owner: Visitor, act: str) -> None:
    answer = owner.post(f"/attention/{shop.device_id}/{act}", data={"reason": "KRA has it"})
    assert answer.status_code == 422 and hidden(answer.text)["reason"] == "KRA has it"
    assert owner.post(f"/attention/units/{shop.device_id}/repaired", data={"reason": "x"}).status_code == 422


def test_another_business_of_the_same_person_does_not_make_the_password_younger(
    app: Flask, shop: Newcomer, owner: Visitor, dsns: TestDatabase
) -> None:
    other = new_business(app)
    psql(dsns, f"INSERT INTO membership (tenant_id, person_id, role) VALUES ('{other.tenant_id}', '{shop.owner_id}', 'owner')")
    for tenant in (other.tenant_id, shop.tenant_id):
        assert owner.post(f"/switch/{tenant}").status_code == 303
    assert "Is it still you?" in owner.post(f"/devices/{shop.device_id}/convert", data={"transport": "oscu"}).text


def test_logging_in_again_makes_it_young(shop: Newcomer, owner: Visitor) -> None:
    email = email_of(shop.app, shop.owner_id)
    assert owner.post("/login", data={"email": email, "password": PASSWORD}).status_code == 303
    assert owner.post(f"/devices/{shop.device_id}/convert", data={"transport": "oscu"}).status_code == 303


def test_a_member_without_the_right_is_refused_before_any_question(shop: Newcomer) -> None:
    biller = signed_in(shop.app, shop.person("biller"), shop.tenant_id)
    age(shop, "16 minutes")
    assert biller.post(f"/devices/{shop.device_id}/convert", data={"transport": "oscu"}).status_code == 403
