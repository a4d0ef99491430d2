"""`flask tenants` and `flask tokens`: a business and its token in one call, for scripts and operators."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from click.testing import Result
from flask import Flask

from tests.support.people import psql
from tests.support.program import Program, problem
from tests.support.stack import TestDatabase
from tests.support.world import visitor

ASKED = {"name": "Wanjiku Stores", "pin": "P051234567X", "email": "owner@till.test", "password": "maji ni uhai wetu"}


def run(app: Flask, *arguments: str, **options: str) -> Result:
    parts = [part for name, value in options.items() for part in (f"--{name}", value)]
    return app.test_cli_runner().invoke(args=[*arguments, *parts])


def created(app: Flask, *more: str, **options: str) -> Result:
    return run(app, "tenants", "create", "--wait", "0", *more, **{**ASKED, **options})


def test_a_business_is_made_with_everything_it_needs(app: Flask) -> None:
    made = json.loads(created(app, "--json").output)
    assert list(made) == ["tenant", "pin", "branch", "device", "user", "token"]
    assert (made["pin"], made["branch"]) == ("P051234567X", "00")
    program = Program(app, made["token"])
    (device,) = program.get("/devices").get_json()["items"]
    assert (device["id"], device["transport"], device["status"]) == (made["device"], "vscu", "setting_up")
    business = program.get("/dashboard").get_json()["business"]
    assert business == {"id": made["tenant"], "name": "Wanjiku Stores", "pin": "P051234567X", "vat_registered": True}


def test_the_owner_can_log_in(app: Flask) -> None:
    created(app)
    browser = visitor(app)
    sent = browser.post("/login", data={"email": ASKED["email"], "password": ASKED["password"]})
    assert sent.status_code == 303
    assert browser.get("/settings/tokens").status_code == 200


def test_another_kind_of_control_unit_and_no_vat(app: Flask) -> None:
    made = json.loads(created(app, "--json", "--no-vat", device="oscu").output)
    program = Program(app, made["token"])
    assert program.get("/devices").get_json()["items"][0]["transport"] == "oscu"
    assert program.get("/dashboard").get_json()["business"]["vat_registered"] is False


def test_many_businesses_are_made_in_a_row_also_for_one_owner(app: Flask, dsns: TestDatabase) -> None:
    for number in range(3):
        assert created(app, pin=f"P05123456{number}X").exit_code == 0
    assert psql(dsns, "SELECT count(*) FROM tenant") == [(3,)]
    assert psql(dsns, "SELECT count(*) FROM person") == [(1,)]


@pytest.mark.parametrize(
    "options", [{"pin": "P05"}, {"password": "short"}, {"email": "nobody"}, {"name": " "}, {"name": "a\x00"}, {"phone": "1"}]
)
def test_what_cannot_be_used_is_said_in_one_line(app: Flask, dsns: TestDatabase, options: dict[str, str]) -> None:
    result = created(app, **options)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    assert psql(dsns, "SELECT count(*) FROM person") == [(0,)]


@pytest.mark.parametrize("options", [{"email": "other@till.test"}, {"pin": "P059999999X", "password": "another long password"}])
def test_a_pin_and_an_address_are_taken_once(app: Flask, options: dict[str, str]) -> None:
    assert created(app).exit_code == 0
    assert created(app, **options).exit_code == 1


def test_a_token_is_made_listed_and_revoked(app: Flask) -> None:
    created(app)
    who: Sequence[str] = ("--email", "OWNER@till.test")
    made = json.loads(run(app, "tokens", "create", *who, "--scope", "catalogue:read", "--json", name="Till 2").output)
    program = Program(app, made["token"])
    assert program.get("/customers").status_code == 200
    problem(program.get("/dashboard"), 403)
    listed = run(app, "tokens", "list", *who).output
    assert "Till 2" in listed and made["token"] not in listed
    assert run(app, "tokens", "revoke", made["id"], *who).exit_code == 0
    problem(program.get("/customers"), 401)


def test_a_plain_token_is_printed_alone(app: Flask) -> None:
    created(app)
    printed = run(app, "tokens", "create", email="owner@till.test").output
    assert Program(app, printed.strip()).get("/logs").status_code == 200


@pytest.mark.parametrize("options", [{"email": "nobody@till.test"}, {"email": "owner@till.test", "pin": "P059999999X"}])
def test_a_token_needs_somebody_who_answers_for_it(app: Flask, options: dict[str, str]) -> None:
    created(app)
    assert run(app, "tokens", "create", **options).exit_code == 1
