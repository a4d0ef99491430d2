"""One page, five inputs: an account, a business, its head office; pressed twice it is still one."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, func, select
from werkzeug.test import TestResponse

from portal.audit.models import AuditRow
from portal.identity.models import Letter, Membership, Person
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.tenants.models import Branch, Tenant
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Visitor, new_business, visitor

GOOD = {
    "business": "Mfano Traders Limited",
    "pin": "p051365947m",
    "phone": "0712 345 678",
    "email": "Grace.Wanjiru@Mfano.example",
    "password": "maji ni uhai wetu",
    "idempotency_key": "a-key-of-this-form-0001",
}


def sign_up(client: Visitor, **changes: object) -> TestResponse:
    return client.post("/sign-up", data={**GOOD, **changes})


def people(app: Flask) -> Sequence[Row[Any]]:
    columns = (Person.id, Person.email, Person.name, Person.phone, Person.password_hash)
    with app.app_context(), acting_for_nobody():
        return db.session.execute(select(*columns)).all()


def entered(client: Visitor) -> str:
    """The page after sign-up, as text."""
    return client.get("/settings").get_data(as_text=True)


def test_sign_up_makes_person_business_head_office_owner_audit_row_and_letter(app: Flask) -> None:
    client = visitor(app)
    answer = sign_up(client)
    assert answer.status_code == 303
    (person,) = people(app)
    assert (person.email, person.name, person.phone) == ("grace.wanjiru@mfano.example", "Grace Wanjiru", "+254712345678")
    with app.app_context(), acting_for_nobody():
        (tenant_id,) = db.session.execute(select(func.my_memberships(person.id))).scalars().all()
        assert db.session.execute(select(Letter.kind)).scalars().all() == ["confirm_email"]
    with app.app_context(), acting_for(tenant_id):
        business = db.session.execute(select(Tenant)).scalar_one()
        assert (business.name, business.kra_pin, business.vat_registered) == ("Mfano Traders Limited", "P051365947M", None)
        assert db.session.execute(select(Branch.code)).scalars().all() == ["00"]
        assert db.session.execute(select(Membership.role)).scalars().all() == ["owner"]
        assert db.session.execute(select(AuditRow.action)).scalars().all() == ["business opened"]
    assert "P051365947M" in entered(client)


def test_the_password_is_kept_as_argon2id_with_at_least_19456_kib_and_two_passes(app: Flask) -> None:
    sign_up(visitor(app))
    (person,) = people(app)
    assert person.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_form_pressed_twice_makes_one_business_and_both_land_in_it(app: Flask) -> None:
    first, second = visitor(app), visitor(app)
    answers = [sign_up(first), sign_up(second)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(people(app)) == 1
    assert "P051365947M" in entered(first)
    assert "P051365947M" in entered(second)


def test_the_same_form_pressed_twice_at_the_same_moment_makes_one_business(app: Flask) -> None:
    clients = [visitor(app) for _ in range(2)]
    start, answers = threading.Barrier(2), []

    def press(client: Visitor) -> None:
        start.wait()
        answers.append(sign_up(client))

    threads = [threading.Thread(target=press, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(people(app)) == 1
    assert all("P051365947M" in entered(client) for client in clients)


def test_a_pin_that_is_here_already_makes_the_account_and_says_whom_to_ask(app: Flask) -> None:
    other = new_business(app)
    client = visitor(app)
    answer = sign_up(client, pin=other.pin)
    page = client.get(answer.location).get_data(as_text=True)
    assert "This PIN is already on Risiti." in page
    assert "Ask its owner to invite you, or tell us it is yours." in page
    assert client.get("/settings").status_code == 303  # no business to enter
    again = sign_up(visitor(app), pin=other.pin)
    assert again.location == answer.location


def test_an_address_that_has_an_account_leads_to_logging_in_and_changes_nothing(app: Flask) -> None:
    sign_up(visitor(app))
    stranger = visitor(app)
    answer = sign_up(stranger, pin="P051365948N", idempotency_key="another-form-altogether")
    assert answer.status_code == 422
    assert "log in or set a new password" in answer.get_data(as_text=True)
    assert len(people(app)) == 1
    assert stranger.get("/account").status_code == 303


def test_the_key_of_somebody_elses_form_opens_nothing_without_the_password(app: Flask) -> None:
    sign_up(visitor(app))
    thief = visitor(app)
    answer = sign_up(thief, password="not the password of it")
    assert answer.status_code == 422
    assert thief.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("business", "", "Enter the business name, as KRA has it."),
        ("business", "x" * 61, "This is too long: it can have at most 60 characters."),
        ("business", "Duka\x00la Mama", "This holds a character that cannot be printed."),
        ("business", "y" * 10_240, "This is too long: it can have at most 60 characters."),
        ("business", ["One", "Two"], "This came twice. Fill it in once."),
        ("pin", "", "Enter the KRA PIN"),
        ("pin", "P05136594", "A KRA PIN is A or P, nine digits and a letter"),
        ("pin", "|P051365947M", "A KRA PIN is A or P"),
        ("pin", "Ｐ051365947M", "A KRA PIN is A or P"),
        ("phone", "12", "Enter a phone number"),
        ("phone", "call me", "Enter a phone number"),
        ("email", "grace", "Enter an e-mail address"),
        ("email", "grace@duka", "Enter an e-mail address"),
        ("email", "a@b.ke\r\nBcc: c@d.ke", "Enter an e-mail address"),
        ("password", "short", "Use 12 characters or more."),
        ("password", "x" * 129, "Use at most 128 characters."),
        ("password", "Password123456", "one of the first passwords that are tried"),
        ("password", "mfanotraders2024", "one of the first passwords that are tried"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_everything_else_is_kept(
    app: Flask, field: str, typed: object, sentence: str
) -> None:
    answer = sign_up(visitor(app), **{field: typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-err"' in page
    assert sentence in page
    for name in {"business", "pin", "phone", "email"} - {field}:
        assert f'value="{GOOD[name]}"' in page
    assert "maji ni uhai" not in page
    assert people(app) == []


@pytest.mark.parametrize("raw", [b"business=%ED%A0%80&pin=%FF", b"%00=%00", b"business=a;b&&&=&pin", b""])
def test_bytes_that_are_no_text_are_answered_with_the_form(app: Flask, raw: bytes) -> None:
    answer = visitor(app).post("/sign-up", data=raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


@pytest.mark.parametrize("typed", ["0712345678", "+254 712 345678", "254712345678", "0110 123 456", "+44 20 7946 0958"])
def test_phones_are_taken_as_people_write_them(app: Flask, typed: str) -> None:
    assert sign_up(visitor(app), phone=typed).status_code == 303


def test_the_pin_field_says_that_it_looks_right_and_never_that_it_is_verified(app: Flask) -> None:
    page = visitor(app).post("/sign-up/pin", data={"pin": "p051365947m"}).get_data(as_text=True)
    assert "This looks right. KRA checks it in the next step." in page
    assert page.strip().startswith('<div class="mb-3" id="pin-field">')


def test_too_many_sign_ups_from_one_neighbourhood_wait_and_lose_nothing_they_typed(app: Flask, dsns: TestDatabase) -> None:
    psql(dsns, "INSERT INTO throttle (scope, key_sha256, failures) VALUES ('sign_up_address', sha256('127.0.0.0/24'), 29)")
    assert sign_up(visitor(app)).status_code == 303
    shut = sign_up(visitor(app), pin="P051365948N", email="other@mfano.example", idempotency_key="another-form-altogether")
    assert shut.status_code == 429
    assert 0 < int(shut.headers["Retry-After"]) <= 60
    assert "Too many tries in a short time." in shut.text
    assert 'value="other@mfano.example"' in shut.text
