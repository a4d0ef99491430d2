"""Schemathesis makes up requests from the OpenAPI document, right ones and wrong ones: none ends in a fault of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks as openapi_checks

from tests.api.conftest import Till
from tests.api.test_invoices import invoice, signed

EXAMPLES = 20
KEEPS_ITS_WORD = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.fixture
def described(till: Till, draw: Callable[[], None]) -> Any:
    """The API of a business that has sold something and handed out its receipt."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", till.program.app, config=SchemathesisConfig())
    sale = signed(till, invoice(customer={"name": "Achieng"}))
    (device,) = till.program.get("/devices").get_json()["items"]
    assert till.program.post(f"/invoices/{sale['id']}/copies").status_code == 201
    draw()
    known = {"document_id": sale["id"], "device_id": device["id"], "copy_no": 1}

    @schema.hook
    def map_path_parameters(_context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        """Every other address is one of what there is: behind it stands more to go wrong."""
        if not path_parameters or hash(str(path_parameters)) % 2:
            return path_parameters
        return {name: known.get(name, value) for name, value in path_parameters.items()}

    @schema.hook
    def map_query(_context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
        """Nobody works meanwhile, so nothing is waited for."""
        return {**query, "wait": 0} if query and isinstance(query.get("wait"), int) else query

    schema.token = till.program.token
    return schema


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_ends_in_a_fault_of_ours(described: Any, mode: GenerationMode) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 20
    tried = {operation.label: _try_many(operation, mode, described.token) for operation in operations}
    assert all(tried.values()) if mode is GenerationMode.POSITIVE else sum(map(bool, tried.values())) > 15


def _try_many(operation: Any, mode: GenerationMode, token: str) -> int:
    """Try an operation with requests of one kind; returns how many there were."""
    tried, headers = 0, {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps_its_word(case: Any) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(headers=headers, checks=KEEPS_ITS_WORD)

    with contextlib.suppress(Unsatisfiable):  # an operation that asks for nothing cannot be asked wrongly
        keeps_its_word()
    return tried
