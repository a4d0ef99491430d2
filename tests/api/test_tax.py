"""POST /tax/calculate: VAT for anybody, by the functions that price an invoice."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.support.program import Program, problem

LINE = {"band": "B", "quantity": "1", "price": "5800.00"}


def priced(app: Flask, **body: Any) -> dict[str, Any]:
    answer = Program(app).post("/tax/calculate", {"prices": "inclusive", "lines": [LINE], **body})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_vat_is_taken_out_of_a_price_that_includes_it(app: Flask) -> None:
    assert priced(app) == {
        "lines": [
            {
                "supply_amount": "5800.00",
                "discount_amount": "0.00",
                "taxable_amount": "5000.00",
                "tax_amount": "800.00",
                "total_amount": "5800.00",
            }
        ],
        "bands": {"B": {"rate": "16.00", "taxable_amount": "5000.00", "tax_amount": "800.00", "total_amount": "5800.00"}},
        "totals": {"taxable_amount": "5000.00", "tax_amount": "800.00", "total_amount": "5800.00"},
    }


def test_prices_without_vat_and_discounts_of_both_kinds(app: Flask) -> None:
    lines = [
        {"band": "B", "quantity": "2.5", "price": "100.00", "discount_percent": "10"},
        {"band": "E", "quantity": "1", "price": "200.00", "discount_amount": "16.00", "discount_percent": "0"},
    ]
    found = priced(app, prices="exclusive", lines=lines)
    assert [line["total_amount"] for line in found["lines"]] == ["261.00", "198.72"]
    assert set(found["bands"]) == {"B", "E"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": [{**LINE, "price": 5800.0}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "5800.005"}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "5,800.00"}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "-1"}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "1\n"}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "1e3"}]}, "lines[0].price"),
        ({"lines": [{**LINE, "price": "9" * 40}]}, "lines[0].price"),
        ({"lines": [{**LINE, "quantity": 1}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "quantity": "0"}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "quantity": "1.00001"}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "quantity": "1\x00"}]}, "lines[0].quantity"),
        ({"lines": [{**LINE, "band": "F"}]}, "lines[0].band"),
        ({"lines": [{**LINE, "band": None}]}, "lines[0].band"),
        ({"lines": [{**LINE, "colour": "red"}]}, "lines[0].colour"),
        ({"lines": [LINE, {**LINE, "discount_amount": "6000.00"}]}, "lines[1].discount_amount"),
        ({"lines": [{**LINE, "discount_amount": "1.00", "discount_percent": "1"}]}, "lines[0].discount_amount"),
        ({"lines": [{**LINE, "discount_percent": "100.01"}]}, "lines[0].discount_percent"),
        ({"lines": []}, "lines"),
        ({"lines": {}}, "lines"),
        ({"lines": ["\ud800"]}, "lines[0]"),
        ({"lines": [LINE] * 501}, "lines"),
        ({"prices": "both"}, "prices"),
        ({"discount_amount": "5800.01"}, "discount_amount"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_cannot_be_used_is_named(app: Flask, change: dict[str, Any], field: str) -> None:
    answer = Program(app).post("/tax/calculate", {"prices": "inclusive", "lines": [LINE], **change})
    said = problem(answer, 422)
    assert said["field"] == field
    assert field in [one["field"] for one in said["errors"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 200_000, 400),
        (b'{"lines": NaN}', 400),
        (b'{"prices": "inclusive", "prices": "exclusive", "lines": []}', 422),
        (b"[]", 422),
        (b"null", 422),
        (b"1" * 5000, 400),
        (b"", 422),
        (b'"' + b"x" * 2_100_000 + b'"', 413),
    ],
)
def test_a_body_that_is_no_object_is_refused(app: Flask, body: bytes, status: int) -> None:
    problem(Program(app).post("/tax/calculate", body), status)


def test_a_body_that_is_not_announced_as_json_is_refused(app: Flask) -> None:
    answer = Program(app).call("POST", "/tax/calculate", b"lines=1", {"Content-Type": "application/x-www-form-urlencoded"})
    problem(answer, 415)


def test_the_page_works_the_same_out(app: Flask) -> None:
    page = app.test_client().get("/tax-calculator?prices=inclusive&band=B&quantity=1&price=5800&discount=")
    assert page.status_code == 200
    assert "800.00" in page.get_data(as_text=True)


STRANGE = ["price=x", "price=1&quantity=0", "price=1&discount=2", "price=%00", "price=1&price=2&more=1", ""]


@pytest.mark.parametrize("query", STRANGE)
def test_the_page_shows_whatever_was_typed(app: Flask, query: str) -> None:
    assert app.test_client().get(f"/tax-calculator?{query}").status_code == 200
