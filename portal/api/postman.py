"""A Postman collection of the whole workflow, made from the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.api.examples import body_example

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
PARAMETER = re.compile(r"\{(\w+)\}")
KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the workflow; `keeps` names what of its answer later calls need, as a path into the JSON."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_path(self) -> str:
        return f"/api/v1{self.path}"


WAIT = {"wait": "10"}
WORKFLOW = (
    Step("GET", "/health"),
    Step("POST", "/tax/calculate"),
    Step("GET", "/branches"),
    Step("GET", "/devices", keeps={"device_id": "items.0.id"}),
    Step("POST", "/devices/{device_id}/initialise", WAIT),
    Step("POST", "/devices/{device_id}/test-connection", WAIT),
    Step("POST", "/items"),
    Step("GET", "/items"),
    Step("POST", "/customers"),
    Step("GET", "/customers"),
    Step("POST", "/invoices", WAIT, {"document_id": "id"}),
    Step("GET", "/invoices/{document_id}"),
    Step("GET", "/invoices/{document_id}/receipt.pdf"),
    Step("POST", "/invoices/{document_id}/copies", keeps={"copy_no": "copy"}),
    Step("GET", "/invoices/{document_id}/copies/{copy_no}.pdf"),
    Step("POST", "/invoices/{document_id}/credit-notes", WAIT),
    Step("GET", "/invoices", {"kind": "all"}),
    Step("GET", "/submissions", {"state": "accepted"}),
    Step("GET", "/dashboard"),
    Step("GET", "/logs"),
)
# What may be there only once, so that the workflow can be run again.
FRESH: Mapping[tuple[str, str], Mapping[str, str | None]] = {
    ("POST", "/api/v1/items"): {"code": "RICE-{{$timestamp}}"},
    ("POST", "/api/v1/customers"): {"pin": None},
}


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """The collection: the workflow in its order, and every operation under its tag."""
    return {
        "info": {"name": document["info"]["title"], "description": document["info"]["description"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": name, "value": value} for name, value in variables(document).items()],
        "item": [{"name": "The whole workflow", "item": [call(document, step) for step in WORKFLOW]}, *_folders(document)],
    }


def variables(document: dict[str, Any]) -> dict[str, str]:
    """The variables of the collection; the first two are for people to fill in."""
    named = {name for path in document["paths"] for name in PARAMETER.findall(path)}
    return {"base_url": "http://127.0.0.1:8000", "token": "", **dict.fromkeys(sorted(named), "")}


def call(document: dict[str, Any], step: Step) -> dict[str, Any]:
    """One request of the collection, with the lines that keep what later ones need."""
    operation = document["paths"][step.full_path][step.method.lower()]
    request = {
        "method": step.method,
        "header": _headers(operation),
        "url": _url(step),
        "description": operation.get("description", ""),
    }
    body = body_of(document, step)
    if body is not None:
        request["body"] = {"mode": "raw", "raw": json.dumps(body, indent=2), "options": {"raw": {"language": "json"}}}
    if operation.get("security") == []:
        request["auth"] = {"type": "noauth"}
    made: dict[str, Any] = {"name": operation["summary"], "request": request}
    if step.keeps:
        made["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": _keeping(step.keeps)}}]
    return made


def body_of(document: dict[str, Any], step: Step) -> Any:
    """The body of a request, which can be sent again and again; None where it takes none."""
    body = body_example(document, document["paths"][step.full_path][step.method.lower()])
    if not isinstance(body, dict):
        return body
    fresh = {**body, **FRESH.get((step.method, step.full_path), {})}
    return {name: value for name, value in fresh.items() if value is not None}


def _folders(document: dict[str, Any]) -> list[dict[str, Any]]:
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "tags" in operation:
                step = Step(method.upper(), path.removeprefix("/api/v1"))
                by_tag.setdefault(operation["tags"][0], []).append(call(document, step))
    return [{"name": tag["name"], "description": tag["description"], "item": by_tag[tag["name"]]} for tag in document["tags"]]


def _headers(operation: dict[str, Any]) -> list[dict[str, str]]:
    headers = [{"key": "Content-Type", "value": "application/json"}] if "requestBody" in operation else []
    if any(one.get("name") == KEY for one in operation.get("parameters", [])):
        headers.append({"key": KEY, "value": "{{$guid}}"})
    return headers


def _url(step: Step) -> dict[str, Any]:
    path = PARAMETER.sub(r"{{\1}}", step.full_path)
    query = [{"key": name, "value": value} for name, value in step.query.items()]
    raw = "{{base_url}}" + path + ("?" + "&".join(f"{name}={value}" for name, value in step.query.items()) if query else "")
    return {"raw": raw, "host": ["{{base_url}}"], "path": path.strip("/").split("/")} | ({"query": query} if query else {})


def _keeping(keeps: Mapping[str, str]) -> list[str]:
    """Lines of Postman's own language that keep parts of the answer as variables."""
    return [f'pm.collectionVariables.set("{name}", pm.response.json(){_accessor(path)});' for name, path in keeps.items()]


def _accessor(path: str) -> str:
    """`items.0.id` as `.items[0].id`."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))
