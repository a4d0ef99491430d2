"""Customers, items, branches, control units, submissions and the log through the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.support.program import Program, problem, program_of
from tests.support.world import Business, new_business

ITEM = {"code": "RICE-2", "name": "Pishori rice 2 kg", "class": "50221101", "type": "goods", "band": "B", "price": "450.00"}


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


@pytest.fixture
def program(business: Business) -> Program:
    return program_of(business)


def test_a_customer_is_added_and_found(program: Program) -> None:
    body = {"name": "Wanjiku Stores", "pin": "p051234567x", "phone": "0712345678", "email": "w@example.com"}
    made = program.post("/customers", body)
    assert made.status_code == 201
    added = made.get_json()
    assert (added["pin"], added["phone"], added["address"]) == ("P051234567X", "+254712345678", None)
    assert program.get("/customers", q="wanjiku").get_json()["items"] == [added]
    assert program.get("/customers", pin="P051234567X").get_json()["items"] == [added]
    assert program.get("/customers", q="otieno").get_json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\ud800b"}, "name"),
        ({"name": 5}, "name"),
        ({"name": "A", "pin": "P05"}, "pin"),
        ({"name": "A", "phone": "1"}, "phone"),
        ({"name": "A", "email": "nobody"}, "email"),
        ({"name": "A", "colour": "red"}, "colour"),
    ],
)
def test_a_customer_that_cannot_be_kept_is_refused(program: Program, body: dict[str, Any], field: str) -> None:
    assert problem(program.post("/customers", body), 422)["field"] == field


def test_a_pin_belongs_to_one_customer_and_never_to_the_business_itself(program: Program, business: Business) -> None:
    assert program.post("/customers", {"name": "A", "pin": "P051234567X"}).status_code == 201
    assert problem(program.post("/customers", {"name": "B", "pin": "P051234567X"}), 422)["field"] == "pin"
    assert problem(program.post("/customers", {"name": "B", "pin": business.pin}), 422)["field"] == "pin"


def test_a_list_goes_on_where_the_page_before_ended(program: Program) -> None:
    names = [f"Customer {number:02}" for number in range(7)]
    for name in names:
        assert program.post("/customers", {"name": name}).status_code == 201
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = program.get("/customers", limit=3, **after).get_json()
        found += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == names


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "ten"},
        {"limit": "9" * 4400},
        {"after": "x"},
        {"after": "WyJhIl0"},
        {"after": "W10"},
        {"after": "\x00"},
        {"colour": "red"},
        {"q": "a\x00"},
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(program: Program, query: dict[str, str]) -> None:
    assert problem(program.get("/customers", **query), 422)["field"] == next(iter(query))


def test_an_item_is_added_with_its_opening_stock(program: Program, item_class: str) -> None:
    made = program.post("/items", ITEM | {"class": item_class, "opening_stock": "40"})
    assert made.status_code == 201, made.get_data(as_text=True)
    added = made.get_json()
    assert (added["code"], added["price"], added["unit"], added["package"]) == ("RICE-2", "450.00", "NO", "NT")
    assert added["stock"] == {"00": "40"}
    assert added["kra_code"] is None
    assert program.get("/items", code="RICE-2").get_json()["items"] == [added]
    told = program.get("/submissions").get_json()["items"]
    assert [row["kind"] for row in told] == ["item", "stock_movement", "stock_level"]
    assert told[1]["waits_for"] == [told[0]["id"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"class": "99999999"}, "class"),
        ({"type": "thing"}, "type"),
        ({"unit": "ZZ"}, "unit"),
        ({"package": "ZZ"}, "package"),
        ({"origin": "ZZ"}, "origin"),
        ({"price": 450}, "price"),
        ({"price": None}, "price"),
        ({"opening_stock": "1.12345"}, "opening_stock"),
        ({"opening_stock": "5", "branch": "07"}, "branch"),
        ({"opening_stock": "5", "price": "0.00"}, "price"),
        ({"prices": "maybe"}, "prices"),
        ({"kra_code": "KE2"}, "kra_code"),
    ],
)
def test_an_item_that_cannot_be_kept_is_refused(program: Program, item_class: str, change: dict[str, Any], field: str) -> None:
    answer = program.post("/items", {**ITEM, "class": item_class, **change})
    assert problem(answer, 404 if field == "branch" else 422)["field"] == field
    assert program.get("/items").get_json()["items"] == []


def test_a_code_belongs_to_one_item(program: Program, item_class: str) -> None:
    assert program.post("/items", ITEM | {"class": item_class}).status_code == 201
    assert problem(program.post("/items", ITEM | {"class": item_class}), 422)["field"] == "code"


def test_a_business_without_vat_has_no_items_with_vat(app: Flask, item_class: str) -> None:
    program = program_of(new_business(app, vat_registered=False))
    assert problem(program.post("/items", ITEM | {"class": item_class}), 422)["field"] == "band"


def test_a_new_branch_gets_its_control_unit(program: Program) -> None:
    made = program.post("/branches", {"code": "01", "name": "Ngong Road", "transport": "oscu"})
    assert made.status_code == 201, made.get_data(as_text=True)
    device = made.get_json()["device"]
    assert (device["branch"], device["transport"], device["status"]) == ("01", "oscu", "setting_up")
    assert [branch["code"] for branch in program.get("/branches").get_json()["items"]] == ["00", "01"]
    assert [one["id"] for one in program.get("/devices").get_json()["items"]][1] == device["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A"}, "code"),
        ({"code": "00", "name": "A"}, "code"),
        ({"code": "x1", "name": "A"}, "code"),
        ({"code": 1, "name": "A"}, "code"),
        ({"code": "01"}, "name"),
        ({"code": "01", "name": "A", "transport": "fax"}, "transport"),
    ],
)
def test_a_branch_that_cannot_be_opened_is_refused(program: Program, body: dict[str, Any], field: str) -> None:
    assert problem(program.post("/branches", body), 422)["field"] == field


def test_a_branch_code_is_used_once(program: Program) -> None:
    body = {"code": "01", "name": "Ngong Road"}
    assert program.post("/branches", body).status_code == 201
    assert problem(program.post("/branches", body), 422)["field"] == "code"


def test_a_question_to_kra_is_answered_later_when_no_worker_is_there(program: Program, business: Business) -> None:
    answer = program.post(f"/devices/{business.device_id}/test-connection")
    assert answer.status_code == 202
    assert answer.get_json()["answered"] is False


def test_a_control_unit_that_is_ready_stays_ready(program: Program, business: Business) -> None:
    answer = program.post(f"/devices/{business.device_id}/initialise", wait=1)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ready")


@pytest.mark.parametrize("path", ["/devices/{}/initialise", "/devices/{}/test-connection"])
def test_what_another_business_has_does_not_exist(program: Program, app: Flask, path: str) -> None:
    other = new_business(app)
    foreign = problem(program.post(path.format(other.device_id)), 404)
    missing = problem(program.post(path.format(uuid4())), 404)
    assert foreign["detail"] == missing["detail"]
    problem(program.post(path.format("not-an-id")), 404)


def test_submissions_are_filtered_by_their_seven_states(program: Program, item_class: str) -> None:
    program.post("/items", ITEM | {"class": item_class})
    for state in ("queued", "sending", "unknown", "accepted", "refused", "held", "void"):
        found = program.get("/submissions", state=state).get_json()["items"]
        assert [row["state"] for row in found] == (["queued"] if state == "queued" else [])
    assert problem(program.get("/submissions", state="signed"), 422)["field"] == "state"


def test_the_log_says_what_the_program_did(program: Program) -> None:
    program.post("/customers", {"name": "Wanjiku"})
    rows = program.get("/logs").get_json()["items"]
    assert (rows[0]["actor"], rows[0]["action"], rows[0]["object"]) == ("Test till (API)", "customer added", "Wanjiku")
    assert program.get("/logs", action="API token made").get_json()["items"][0]["branch"] is None
    page = program.get("/logs", limit=1).get_json()
    assert program.get("/logs", after=page["next"]).get_json()["items"] == rows[1:]


def test_health_is_open_to_anyone(app: Flask) -> None:
    assert Program(app).get("/health").get_json()["environment"] == "simulator"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/customers", 405)])
def test_an_address_that_is_not_there_is_a_problem_document(app: Flask, method: str, path: str, status: int) -> None:
    problem(Program(app).call(method, path), status)
