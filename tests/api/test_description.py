"""The description of the API: complete, drawn without anybody's script, and the same as the Postman collection in docs/."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from portal.api.openapi import description
from portal.api.postman import PARAMETER, WORKFLOW, body_of
from portal.cli.postman import text_of
from portal.identity.access import PUBLIC, access_of
from portal.tokens.scopes import SCOPES
from tests.api.conftest import Till

ROOT = Path(__file__).parents[2]


def test_the_document_is_served_to_anyone(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    document = answer.get_json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "Risiti API"


def test_every_route_of_the_api_is_described_with_its_scope(app: Flask) -> None:
    document = description(app)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    assert len(rules) > 20
    for rule in rules:
        path = document["paths"][rule.rule.replace("<uuid:", "{").replace("<int(min=1):", "{").replace(">", "}")]
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        operation = path[method.lower()]
        access = access_of(app, rule.endpoint)
        assert operation["summary"] and "422" in operation["responses"]
        if access == PUBLIC:
            assert operation["security"] == []
        else:
            assert operation["x-scope"] == SCOPES[access]  # type: ignore[index]


def test_the_page_describes_every_operation_without_a_script_of_its_own(app: Flask) -> None:
    page = app.test_client().get("/api/docs").get_data(as_text=True)
    for path, operations in description(app)["paths"].items():
        for method in operations.keys() & {"get", "post"}:
            assert f"{method.upper()} {path}" in page
    assert "https://" not in page.replace("https://etims-sbx.kra.go.ke", "")


def test_the_postman_collection_in_docs_is_the_one_that_is_generated(app: Flask) -> None:
    kept = (ROOT / "docs" / "postman_collection.json").read_text(encoding="utf-8")
    assert kept == text_of(app), "run: bin/flask postman docs/postman_collection.json"


def test_the_workflow_of_the_collection_runs_from_one_end_to_the_other(till: Till, draw: Callable[[], None]) -> None:
    document, kept = description(till.program.app), {}
    for step in WORKFLOW:
        path = PARAMETER.sub(lambda found: kept[found[1]], step.full_path)
        query = {name: "0" if name == "wait" else value for name, value in step.query.items()}
        answer = till.program.call(step.method, path, body_of(document, step), query=query)
        assert answer.status_code < 300, (step, answer.get_data(as_text=True))
        for name, place in step.keeps.items():
            kept[name] = str(_at(answer.get_json(), place))
        till.work()
        draw()


def _at(value: Any, place: str) -> Any:
    for part in place.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


def test_the_collection_has_every_operation(app: Flask) -> None:
    made = json.loads(text_of(app))
    calls = {(item["request"]["method"], item["request"]["url"]["raw"]) for folder in made["item"][1:] for item in folder["item"]}
    described = description(app)["paths"]
    assert len(calls) == sum(len(operations.keys() & {"get", "post"}) for operations in described.values())
