"""Headers on every answer, and no act that another site could have caused."""

import pytest
from flask import Flask

from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, Visitor, new_business, visitor

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


@pytest.fixture
def shop(app: Flask) -> Business:
    return new_business(app)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/login", 200), ("/settings", 200), ("/no-such-page", 404), ("/logout", 405), ("/healthz", 200), ("/reset/x", 404)],
)
def test_every_answer_carries_the_headers(shop: Business, path: str, status: int) -> None:
    client = shop.client() if path == "/settings" else visitor(shop.app)
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["X-Request-ID"]


def test_the_cookies_are_out_of_reach_of_scripts_and_of_other_sites(app: Flask) -> None:
    client = visitor(app)
    form = {
        "business": "Duka",
        "pin": "P051365947M",
        "phone": "0712345678",
        "email": "g@mfano.example",
        "password": "maji ni uhai wetu",
    }
    cookies = client.post("/sign-up", data=form).headers.getlist("Set-Cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith("session=")]
    assert "HttpOnly" in session and "SameSite=Lax" in session and "Path=/" in session
    assert all("HttpOnly" in cookie for cookie in cookies)


ACTS = ["/login", "/logout", "/sign-up", "/reset", "/settings", "/account/password", "/businesses/new"]


@pytest.mark.parametrize("path", ACTS)
def test_an_act_without_its_token_is_refused(shop: Business, path: str) -> None:
    answer = shop.client().post(path, csrf=False, data={"name": "x"})
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text


@pytest.mark.parametrize("path", ACTS)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_an_act_that_another_site_caused_is_refused_even_with_a_token(shop: Business, path: str, site: str) -> None:
    assert shop.client().post(path, headers={"Sec-Fetch-Site": site}).status_code == 400


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_an_act_of_our_own_pages_passes(shop: Business, site: str | None) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert shop.client().post("/account/theme", data={"theme": "dark"}, headers=headers).status_code == 303


def test_a_token_of_another_browser_does_not_pass(shop: Business) -> None:
    theirs = visitor(shop.app).get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    mine = shop.client()
    mine.get("/account")
    assert mine.post("/account/theme", csrf=False, data={"theme": "dark", "csrf_token": theirs}).status_code == 400


def test_the_form_as_it_was_drawn_passes(app: Flask) -> None:
    client = visitor(app)
    token = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"email": "a@b.ke", "password": "x", "csrf_token": token}
    assert client.post("/login", csrf=False, data=data).status_code == 422


@pytest.mark.parametrize("cookie", ["", "x", "x" * 4000, "ü", "' OR 1=1 --"])
def test_a_cookie_that_is_no_session_is_a_visitor(app: Flask, cookie: str) -> None:
    client = visitor(app)
    client.set_cookie("session", cookie)
    assert client.get("/account").status_code == 303


def test_only_the_hash_of_a_session_is_kept(shop: Business, dsns: TestDatabase) -> None:
    client: Visitor = shop.client()
    cookie = client.get_cookie("session")
    assert cookie and len(cookie.value) >= 43
    assert psql(dsns, f"SELECT token_sha256 = sha256('{cookie.value}'::bytea) FROM person_session") == [(True,)]
