"""Logging in: the same words for everybody who is not let in, and a wait that grows."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.people import PASSWORD, email_of, person_with_password, psql
from tests.support.stack import TestDatabase
from tests.support.world import Visitor, new_business, visitor


def log_in(client: Visitor, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/login", data={"email": email, "password": password, **more})


def without_what_was_typed(answer: TestResponse, email: str) -> str:
    page = answer.get_data(as_text=True).replace(email, "")
    return "\n".join(line for line in page.splitlines() if "csrf" not in line.lower())


def test_the_right_password_opens_the_business(app: Flask) -> None:
    business = new_business(app)
    person_with_password(app, business.owner_id)
    client = visitor(app)
    answer = log_in(client, email_of(app, business.owner_id).upper())
    assert (answer.status_code, answer.location) == (303, "/")
    assert business.pin in client.get("/settings").get_data(as_text=True)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask) -> None:
    known = email_of(app, person_with_password(app))
    wrong = log_in(visitor(app), known, "not my password at all")
    unknown = log_in(visitor(app), "nobody@example.test", "not my password at all")
    assert wrong.status_code == unknown.status_code == 422
    assert "The e-mail or the password is not right." in wrong.get_data(as_text=True)
    assert without_what_was_typed(wrong, known) == without_what_was_typed(unknown, "nobody@example.test")


def test_an_account_that_was_closed_is_not_let_in_and_says_no_more(app: Flask, dsns: TestDatabase) -> None:
    known = email_of(app, person_with_password(app))
    psql(dsns, "UPDATE person SET disabled_at = now()")
    assert log_in(visitor(app), known).status_code == 422


def test_five_tries_are_free_and_then_the_wait_doubles_up_to_fifteen_minutes(app: Flask, dsns: TestDatabase) -> None:
    known = email_of(app, person_with_password(app))
    assert [log_in(visitor(app), known, "wrong wrong wrong").status_code for _ in range(5)] == [422] * 5
    for minutes in (1, 2, 4, 8, 15, 15):
        shut = log_in(visitor(app), known)
        assert shut.status_code == 429
        assert 60 * minutes - 5 <= int(shut.headers["Retry-After"]) <= 60 * minutes
        assert f"Wait {minutes} minute" in shut.get_data(as_text=True)
        psql(dsns, "UPDATE throttle SET shut_until = now() - interval '1 second'")
        assert log_in(visitor(app), known, "wrong wrong wrong").status_code == 422
    psql(dsns, "UPDATE throttle SET shut_until = now() - interval '1 second'")
    assert log_in(visitor(app), known).status_code == 303


def test_an_unknown_address_is_shut_like_a_known_one(app: Flask) -> None:
    answers = [log_in(visitor(app), "nobody@example.test", "wrong wrong wrong").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_the_account_begins_anew_after_the_right_password(app: Flask) -> None:
    known = email_of(app, person_with_password(app))
    for _ in range(3):
        assert [log_in(visitor(app), known, "wrong wrong wrong").status_code for _ in range(4)] == [422] * 4
        assert log_in(visitor(app), known).status_code == 303


def test_fifty_failures_in_an_hour_slow_a_neighbourhood_and_no_other(app: Flask, dsns: TestDatabase) -> None:
    psql(dsns, "INSERT INTO throttle (scope, key_sha256, failures) VALUES ('sign_in_address', sha256('127.0.0.0/24'), 49)")
    assert log_in(visitor(app), "one@example.test").status_code == 422
    assert log_in(visitor(app), "two@example.test").status_code == 429
    elsewhere = Visitor(app, app.response_class)
    elsewhere.environ_base["REMOTE_ADDR"] = "10.0.0.1"
    assert log_in(elsewhere, "two@example.test").status_code == 422
    psql(dsns, "UPDATE throttle SET window_began_at = now() - interval '61 minutes', shut_until = NULL")
    assert log_in(visitor(app), "two@example.test").status_code == 422


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/no-such-page",
        "http:evil",
        "\x00",
        "/login\r\nX: y",
    ],
)
def test_a_redirect_never_leaves_the_house(app: Flask, wanted: str) -> None:
    known = email_of(app, person_with_password(app))
    assert log_in(visitor(app), known, next=wanted).location in ("/", "/loginX:%20y")
    assert "evil" not in visitor(app).get("/login", query_string={"next": wanted}).get_data(as_text=True)


def test_the_page_that_was_wanted_is_shown_after_logging_in(app: Flask) -> None:
    business = new_business(app)
    person_with_password(app, business.owner_id)
    client = visitor(app)
    to_login = client.get("/settings?a=1")
    assert to_login.location == "/login?next=/settings?a%3D1"
    assert 'name="next" value="/settings?a=1"' in client.get(to_login.location).get_data(as_text=True)
    assert log_in(client, email_of(app, business.owner_id), next="/settings?a=1").location == "/settings?a=1"


def test_logging_in_gives_a_new_session_id_and_ends_the_former(app: Flask) -> None:
    known = email_of(app, person_with_password(app))
    client = visitor(app)
    log_in(client, known)
    first = client.get_cookie("session")
    log_in(client, known)
    second = client.get_cookie("session")
    assert first and second and first.value != second.value
    client.set_cookie("session", first.value)
    assert client.get("/account").status_code == 303


def test_logging_out_ends_the_session_in_the_database(app: Flask) -> None:
    known = email_of(app, person_with_password(app))
    client = visitor(app)
    log_in(client, known)
    kept = client.get_cookie("session")
    assert kept
    assert client.get("/account").status_code == 200
    answer = client.post("/logout")
    assert answer.location == "/login?bye=1"
    client.set_cookie("session", kept.value)
    assert client.get("/account").status_code == 303


def test_a_weaker_hash_is_made_anew_at_log_in(app: Flask, dsns: TestDatabase) -> None:
    from argon2 import PasswordHasher

    person_id = person_with_password(app)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    psql(dsns, f"UPDATE person SET password_hash = '{weak}'")
    assert log_in(visitor(app), email_of(app, person_id)).status_code == 303
    (kept,) = psql(dsns, "SELECT password_hash FROM person")[0]
    assert "m=19456,t=2,p=1" in kept
