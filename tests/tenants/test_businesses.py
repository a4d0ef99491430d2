"""Businesses to choose from, to enter and to open; their details, their people, and the word on VAT."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditRow
from portal.identity.access import Actor
from portal.identity.models import PersonSession
from portal.identity.permissions import Role
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from portal.tenants import services
from portal.tenants.models import Tenant
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business, new_person, signed_in

DETAILS = {
    "name": "Mfano Traders",
    "phone": "0712 345 678",
    "address": "Moi Avenue, Nairobi",
    "trade_name": "Duka la Mama",
    "top_message": "Karibu",
    "bottom_message": "Asante",
}


@pytest.fixture
def shop(app: Flask) -> Business:
    return new_business(app, vat_registered=None)


def join(dsns: TestDatabase, business: Business, person_id: object, role: str = "biller") -> None:
    psql(dsns, f"INSERT INTO membership (tenant_id, person_id, role) VALUES ('{business.tenant_id}', '{person_id}', '{role}')")


def actions(business: Business) -> list[str]:
    with business.app.app_context(), acting_for(business.tenant_id):
        return list(db.session.execute(select(AuditRow.action).order_by(AuditRow.seq)).scalars())


def owner(business: Business) -> Actor:
    session = PersonSession()
    return Actor(business.owner_id, "Grace", business.tenant_id, Role.OWNER, session.id)


# --- choosing ---------------------------------------------------------------------------------------------------


def test_who_belongs_to_one_business_is_in_it_at_once(shop: Business) -> None:
    assert shop.pin in signed_in(shop.app, shop.owner_id).get("/settings").text


def test_who_belongs_to_two_chooses_and_goes_where_they_wanted(app: Flask, shop: Business, dsns: TestDatabase) -> None:
    other = new_business(app)
    join(dsns, other, shop.owner_id, "owner")
    client = signed_in(app, shop.owner_id)
    answer = client.get("/settings?a=1")
    assert answer.location == "/switch?next=/settings?a%3D1"
    page = client.get(answer.location).text
    assert shop.pin in page and other.pin in page
    assert 'name="next" value="/settings?a=1"' in page
    entered = client.post(f"/switch/{other.tenant_id}", data={"next": "/settings?a=1"})
    assert entered.location == "/settings?a=1"
    assert other.pin in client.get("/settings").text


def test_a_switch_gives_a_new_session_id_and_forms_of_the_former_business_no_longer_pass(
    app: Flask, shop: Business, dsns: TestDatabase
) -> None:
    other = new_business(app)
    join(dsns, other, shop.owner_id, "owner")
    client = shop.client()
    page = client.get("/settings").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    before = client.get_cookie("session")
    client.post(f"/switch/{other.tenant_id}", csrf=False, data={"csrf_token": token})
    after = client.get_cookie("session")
    assert before and after and before.value != after.value
    late = client.post("/settings", csrf=False, data={**DETAILS, "csrf_token": token})
    assert late.status_code == 400
    assert "This page was open for too long" in late.text


def test_nobody_enters_a_business_they_do_not_belong_to(app: Flask, shop: Business) -> None:
    other = new_business(app)
    client = shop.client()
    assert client.post(f"/switch/{other.tenant_id}").status_code == 404
    assert shop.pin in client.get("/settings").text


def test_a_suspended_member_is_thrown_out_at_the_next_request(app: Flask, shop: Business, dsns: TestDatabase) -> None:
    client = shop.client("admin")
    assert client.get("/settings").status_code == 200
    psql(dsns, "UPDATE membership SET suspended_at = now() WHERE role = 'admin'")
    assert client.get("/settings").location == "/switch?next=/settings"
    assert "You belong to no business yet" in client.get("/switch").text
    assert client.post(f"/switch/{shop.tenant_id}").status_code == 404


def test_a_changed_role_counts_from_the_next_request(app: Flask, shop: Business, dsns: TestDatabase) -> None:
    client = shop.client("admin")
    psql(dsns, "UPDATE membership SET role = 'viewer' WHERE role = 'admin'")
    assert client.get("/settings").status_code == 403


def test_a_closed_business_is_not_offered(app: Flask, shop: Business, dsns: TestDatabase) -> None:
    psql(dsns, "UPDATE tenant SET closed_at = now()")
    assert shop.pin not in shop.client().get("/switch").text
    assert shop.client().post(f"/switch/{shop.tenant_id}").status_code == 404


# --- opening another ----------------------------------------------------------------------------------------------

SECOND = {"business": "Duka la Pili", "pin": "P051365947M", "phone": "0712 345 678"}


def test_somebody_with_an_account_opens_another_business_once_however_often_it_is_pressed(
    app: Flask, shop: Business, dsns: TestDatabase
) -> None:
    client = shop.client()
    answers = [client.post("/businesses/new", data=SECOND) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "P051365947M" in client.get("/settings").text
    assert psql(dsns, "SELECT count(*) FROM tenant WHERE kra_pin = 'P051365947M'") == [(1,)]


def test_a_pin_of_somebody_elses_business_opens_nothing(app: Flask, shop: Business) -> None:
    other = new_business(app)
    answer = shop.client().post("/businesses/new", data=SECOND | {"pin": other.pin})
    assert answer.status_code == 422
    assert "This PIN is already on Risiti. Ask its owner to invite you, or tell us it is yours." in answer.text
    assert 'value="Duka la Pili"' in answer.text


def test_who_signs_up_while_signed_in_opens_another_business(shop: Business) -> None:
    assert shop.client().get("/sign-up").location == "/businesses/new"


# --- details ------------------------------------------------------------------------------------------------------


def test_the_details_are_kept_and_recorded_once(shop: Business) -> None:
    client = shop.client()
    assert [client.post("/settings", data=DETAILS).status_code for _ in range(2)] == [303, 303]
    page = client.get("/settings").text
    assert all(f'value="{value}"' in page for name, value in DETAILS.items() if name != "phone")
    assert 'value="0712 345678"' in page
    assert actions(shop) == ["business details changed"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("name", "x" * 61), ("phone", ""), ("phone", "12"), ("address", "x" * 201), ("trade_name", "x" * 21),
        ("top_message", "a\x00b"), ("bottom_message", "\u202eabc"),
    ],
)  # fmt: skip
def test_details_that_cannot_be_printed_are_refused_and_the_rest_is_kept(shop: Business, field: str, typed: str) -> None:
    answer = shop.client().post("/settings", data=DETAILS | {field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert all(f'value="{value}"' in answer.text for name, value in DETAILS.items() if name != field)
    assert actions(shop) == []


def vat_of(business: Business) -> tuple[object, ...]:
    with business.app.app_context(), acting_for(business.tenant_id):
        return tuple(db.session.execute(select(Tenant.vat_registered, Tenant.vat_said_by, Tenant.vat_since)).one())


def test_the_business_says_whether_it_is_registered_for_vat(shop: Business, dsns: TestDatabase) -> None:
    client = shop.client()
    assert client.post("/settings/vat", data={"registered": "perhaps"}).status_code == 422
    assert client.post("/settings/vat", data={"registered": "no"}).status_code == 303
    ((today,),) = psql(dsns, "SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    assert vat_of(shop) == (False, "owner", today)
    assert actions(shop) == ["VAT registration said"]


def test_the_same_answer_twice_is_one_answer(shop: Business) -> None:
    with shop.app.app_context(), acting_for(shop.tenant_id):
        services.say_vat(owner(shop), True, since=date(2026, 1, 1))
        services.say_vat(owner(shop), True)
    assert vat_of(shop) == (True, "owner", date(2026, 1, 1))
    assert actions(shop) == ["VAT registration said"]


def test_kras_word_on_vat_counts_until_the_business_has_answered(shop: Business) -> None:
    def kra_says(registered: bool) -> bool:
        with shop.app.app_context(), acting_for(shop.tenant_id), transaction():
            return services.kra_said_vat(registered)

    assert kra_says(True)
    assert vat_of(shop)[:2] == (True, "kra")
    shop.client().post("/settings/vat", data={"registered": "no"})
    assert not kra_says(True)
    assert vat_of(shop)[:2] == (False, "owner")


# --- people -------------------------------------------------------------------------------------------------------


def test_people_are_listed_with_role_and_what_it_may_do(app: Flask, shop: Business, dsns: TestDatabase) -> None:
    newcomer = new_person(app)
    join(dsns, shop, newcomer, "accountant")
    psql(dsns, f"UPDATE person SET name = 'Otieno Odhiambo' WHERE id = '{newcomer}'")
    stranger = new_business(app)
    psql(dsns, f"UPDATE person SET name = 'Nobody Here' WHERE id = '{stranger.owner_id}'")
    page = shop.client().get("/people").text
    assert "Otieno Odhiambo" in page and "Accountant" in page and "Reads everything, takes reports" in page
    assert "Nobody Here" not in page


def test_the_phones_tab_leads_to_everything_the_role_may_see(shop: Business) -> None:
    assert 'href="/settings"' in shop.client().get("/more").text
    page = shop.client("viewer").get("/more").text
    assert 'href="/settings"' not in page
    assert 'href="/account"' in page and 'href="/switch"' in page and 'action="/logout"' in page
