"""The description of the API: as OpenAPI for programs, and as a page for people, drawn here without anybody's script."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from portal.api.examples import body_example, example_of
from portal.api.members import members_of
from portal.api.openapi import description
from portal.identity.access import public

blueprint = Blueprint("api_docs", __name__)
METHODS = ("get", "post", "put", "delete")
KINDS = {"uuid": "an id of ours", "date": "a day like 2026-11-20"}


@blueprint.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI document."""
    return Response(json.dumps(description(current_app), indent=1), mimetype="application/json")


@blueprint.get("/api/docs")
@public
def show() -> str:
    """The same as a page."""
    document = description(current_app)
    return render_template("api/docs.html", document=document, groups=_groups(document))


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations under their tags, in the order of the tags."""
    found = [
        _operation(document, path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    return [
        {**tag, "operations": [one for one in found if one["tag"] == tag["name"]]}
        for tag in document["tags"]
        if any(one["tag"] == tag["name"] for one in found)
    ]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = body_example(document, operation)
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = sorted(operation["responses"].items(), key=lambda one: str(one[0]))
    return {
        "tag": operation["tags"][0],
        "id": f"{method}{path.replace('/', '-').replace('{', '').replace('}', '')}",
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "scope": operation.get("x-scope"),
        "parameters": _parameters(document, path, operation),
        "body": _pretty(body) if body is not None else None,
        "members": members_of(document, schema),
        "answers": [_answer(document, str(status), answer) for status, answer in answers],
    }


def _parameters(document: dict[str, Any], path: str, operation: dict[str, Any]) -> list[tuple[str, str]]:
    """(name and place, what it is) of each part of the address and query."""
    listed = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return [(f"{one['name']} ({one['in']}{', needed' if one.get('required') else ''})", _words(one)) for one in listed]


def _words(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    said = parameter.get("description") or schema.get("description") or ""
    values = [str(one) for one in schema.get("enum", []) if one is not None]
    return f"{said} {'One of: ' + ', '.join(values) if values else ''}".strip() or KINDS.get(schema.get("format"), "")


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, Any]:
    content = answer.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return {
        "status": status,
        "description": answer.get("description", ""),
        "media": next(iter(content), ""),
        "example": _pretty(example_of(document, schema)) if schema else None,
        "members": members_of(document, schema),
    }


@blueprint.app_template_filter("marked")
def marked(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, with whether each is code: what stands between backticks."""
    return [(part, bool(place % 2)) for place, part in enumerate(text.replace("**", "").split("`")) if part]


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
