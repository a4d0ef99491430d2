"""A person's own page: the password, the browsers, the look, the name."""

from uuid import UUID

import pytest
from flask import Flask

from tests.support.people import PASSWORD, email_of, person_with_password, psql
from tests.support.stack import TestDatabase
from tests.support.world import Visitor, new_person, signed_in, visitor

NEW = "samaki mkunje angali mbichi"


@pytest.fixture
def grace(app: Flask) -> UUID:
    return person_with_password(app)


def change(client: Visitor, current: str = PASSWORD, new: str = NEW) -> int:
    return client.post("/account/password", data={"current": current, "new": new}).status_code


def logs_in(app: Flask, person_id: UUID, password: str) -> bool:
    return visitor(app).post("/login", data={"email": email_of(app, person_id), "password": password}).status_code == 303


def test_a_changed_password_ends_every_other_session_at_its_next_request(app: Flask, grace: UUID) -> None:
    here, elsewhere = signed_in(app, grace), signed_in(app, grace)
    assert elsewhere.get("/account").status_code == 200
    assert change(here) == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").location == "/login?next=/account"
    assert not logs_in(app, grace, PASSWORD)
    assert logs_in(app, grace, NEW)


def test_a_letter_says_that_the_password_was_changed(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    change(signed_in(app, grace))
    assert psql(dsns, "SELECT kind, link_id FROM letter") == [("password_changed", None)]


def test_whoever_does_not_know_the_password_does_not_change_it_and_is_slowed(app: Flask, grace: UUID) -> None:
    client = signed_in(app, grace)
    assert [change(client, current="a wild guess of it") for _ in range(6)] == [422] * 5 + [429]
    assert change(client) == 429


@pytest.mark.parametrize("new", ["short", "x" * 129, "Qwertyuiop12345", "person1example!"])
def test_a_password_that_is_guessed_first_is_refused(app: Flask, grace: UUID, new: str) -> None:
    assert change(signed_in(app, grace), new=new) == 422
    assert logs_in(app, grace, PASSWORD)


def test_one_browser_is_signed_out_and_the_others_stay(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    here, lost = signed_in(app, grace), signed_in(app, grace)
    (lost_id,) = psql(dsns, "SELECT id FROM person_session ORDER BY signed_in_at DESC LIMIT 1")[0]
    assert f"/account/sessions/{lost_id}/end" in here.get("/account").text
    assert here.post(f"/account/sessions/{lost_id}/end").status_code == 303
    assert lost.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    assert here.post(f"/account/sessions/{lost_id}/end").status_code == 404


def test_every_other_browser_is_signed_out_at_once(app: Flask, grace: UUID) -> None:
    here, others = signed_in(app, grace), [signed_in(app, grace) for _ in range(2)]
    bystander = signed_in(app, new_person(app))
    here.post("/account/sessions/end-others")
    assert [other.get("/account").status_code for other in others] == [303, 303]
    assert here.get("/account").status_code == bystander.get("/account").status_code == 200


def test_somebody_elses_session_is_not_there(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    victim = signed_in(app, grace)
    (victims_id,) = psql(dsns, "SELECT id FROM person_session")[0]
    assert signed_in(app, new_person(app)).post(f"/account/sessions/{victims_id}/end").status_code == 404
    assert victim.get("/account").status_code == 200


@pytest.mark.parametrize(
    "aged",
    ["last_seen_at = now() - interval '31 minutes'", "signed_in_at = now() - interval '12 hours 1 minute'", "ended_at = now()"],
)
def test_a_session_ends_after_half_an_hour_of_quiet_and_after_twelve_hours(
    app: Flask, grace: UUID, dsns: TestDatabase, aged: str
) -> None:
    client = signed_in(app, grace)
    psql(dsns, f"UPDATE person_session SET {aged}")
    assert client.get("/account").status_code == 303


def test_a_closed_account_is_thrown_out_at_its_next_request(app: Flask, grace: UUID, dsns: TestDatabase) -> None:
    client = signed_in(app, grace)
    psql(dsns, "UPDATE person SET disabled_at = now()")
    assert client.get("/account").status_code == 303


def test_an_expired_session_under_htmx_leads_to_the_log_in_and_not_into_the_page(app: Flask) -> None:
    answer = visitor(app).get("/account", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/account"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/account")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_look_follows_the_person_and_else_the_device(app: Flask, grace: UUID, theme: str) -> None:
    client = signed_in(app, grace)
    assert "data-bs-theme" not in client.get("/account").text.split(">", 2)[1]
    client.post("/account/theme", data={"theme": theme})
    assert f'<html lang="en" data-bs-theme="{theme}">' in signed_in(app, grace).get("/account").text
    client.post("/account/theme", data={"theme": "nonsense\x00"})
    assert '<html lang="en">' in client.get("/account").text


@pytest.mark.parametrize(("typed", "status"), [("Grace  Wanjiru ", 303), ("", 422), ("x" * 61, 422), ("a\x00b", 422)])
def test_the_name_is_changed_when_it_can_be_printed(
    app: Flask, grace: UUID, dsns: TestDatabase, typed: str, status: int
) -> None:
    assert signed_in(app, grace).post("/account/name", data={"name": typed}).status_code == status
    (kept,) = psql(dsns, "SELECT name FROM person")[0]
    assert (kept == "Grace Wanjiru") is (status == 303)
