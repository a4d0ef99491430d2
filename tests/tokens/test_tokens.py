"""API tokens: shown once, kept as a hash, limited by scopes and by their maker, ended at once."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.errors import BadInput
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra import doors
from portal.infra.crypto import sha256
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.tokens import queries
from portal.tokens.scopes import Scope
from portal.tokens.services import make_token
from tests.support.people import psql
from tests.support.program import Program, problem, program_of, token_of
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


def test_only_the_hash_of_a_token_is_kept(business: Business, dsns: TestDatabase) -> None:
    token = token_of(business)
    (row,) = psql(dsns, "SELECT token_sha256, last_four, api_token::text FROM api_token")
    assert (row[0], row[1]) == (sha256(token), token[-4:])
    assert token not in row[2]
    assert token not in str(psql(dsns, "SELECT array_agg(audit::text) FROM audit"))


def test_the_door_says_whose_a_token_is_and_nothing_else(business: Business, app: Flask) -> None:
    token = token_of(business)
    with app.app_context(), acting_for_nobody():
        found = doors.whose_token(sha256(token))
        assert found is not None and found[0] == business.tenant_id
        assert doors.whose_token(sha256(token + "x")) is None
        assert db.session.execute(db.text("SELECT count(*) FROM api_token")).scalar_one() == 0
        assert len(db.session.execute(db.text("SELECT * FROM whose_token(:hash)"), {"hash": sha256(token)}).one()) == 2


def test_a_revoked_token_is_refused_with_the_next_request(business: Business) -> None:
    program = program_of(business)
    assert program.get("/customers").status_code == 200
    owner = business.client()
    (address,) = re.findall(r"/settings/tokens/[0-9a-f-]{36}/revoke", owner.get("/settings/tokens").get_data(as_text=True))
    assert owner.post(address).status_code == 303
    assert problem(program.get("/customers"), 401)["title"] == "Unauthorized"
    assert owner.post(address).status_code == 303


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nobodys", "Basic dTpw", "Bearer " + "x" * 5000, "\xff \xfe"])
def test_without_a_token_that_works_nobody_gets_in(app: Flask, header: str) -> None:
    answer = Program(app).call("GET", "/customers", headers={"Authorization": header} if header else {})
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_opens_nothing_of_the_api(business: Business) -> None:
    browser = business.client()
    assert browser.get("/items").status_code == 200
    assert browser.get("/api/v1/items").status_code == 401


def test_the_api_sets_no_cookie(business: Business) -> None:
    assert "Set-Cookie" not in program_of(business).get("/customers").headers


def test_a_token_reaches_no_further_than_its_scopes(business: Business) -> None:
    program = program_of(business, [Scope.READ_CATALOGUE])
    assert program.get("/customers").status_code == 200
    assert "invoices" not in problem(program.post("/customers", {"name": "Wanjiku"}), 403)["detail"]
    problem(program.get("/logs"), 403)


def test_a_token_does_no_more_than_its_maker_may_do_now(business: Business, dsns: TestDatabase) -> None:
    maker = business.person("admin")
    program = program_of(business, person_id=maker)
    assert program.post("/customers", {"name": "Wanjiku"}).status_code == 201
    psql(dsns, f"UPDATE membership SET role = 'viewer' WHERE person_id = '{maker}'")
    assert program.get("/customers").status_code == 200
    problem(program.post("/customers", {"name": "Otieno"}), 403)
    psql(dsns, f"UPDATE membership SET suspended_at = now() WHERE person_id = '{maker}'")
    problem(program.get("/customers"), 401)


def test_nobody_makes_a_token_that_may_do_more_than_they_may(business: Business, app: Flask) -> None:

    biller = business.person("biller")
    with app.app_context(), acting_for(business.tenant_id), pytest.raises(BadInput):
        make_token(Actor(biller, "Biller", business.tenant_id, Role.BILLER, biller), "Till", [Scope.WRITE_DEVICES])


def test_a_token_of_one_business_sees_nothing_of_another(business: Business, app: Flask) -> None:
    other = new_business(app)
    assert program_of(business).post("/customers", {"name": "Wanjiku"}).status_code == 201
    assert program_of(other).get("/customers").get_json()["items"] == []
    with app.app_context(), acting_for(other.tenant_id):
        assert [token.tenant_id for token, _maker in queries.tokens()] == [other.tenant_id]


def test_the_page_shows_a_new_token_once(business: Business, app: Flask) -> None:
    owner = business.client()
    made = owner.post("/settings/tokens", data={"name": "Till 2", "scopes": [Scope.READ_CATALOGUE, "nonsense"]})
    (token,) = re.findall(r"risiti_[A-Za-z0-9_-]{43}", made.get_data(as_text=True))[:1]
    assert Program(app, token).get("/customers").status_code == 200
    again = owner.get("/settings/tokens").get_data(as_text=True)
    assert token not in again and "Till 2" in again


@pytest.mark.parametrize("form", [{"name": ""}, {"name": "Till 2"}, {"name": "\x00", "scopes": "logs:read"}, {"name": "x" * 41}])
def test_a_form_that_is_not_complete_comes_back(business: Business, form: dict[str, str]) -> None:
    assert business.client().post("/settings/tokens", data=form).status_code == 422
