"""Examples of bodies and answers, worked out from the OpenAPI document itself."""

from __future__ import annotations

from typing import Any

from portal.api.members import resolved

SOME_ID = "3f0c7a52-4d0f-4a53-9f7e-0c1c2b5d9a11"
BY_FORMAT = {"uuid": SOME_ID, "date-time": "2026-11-20T14:05:09+03:00", "date": "2026-11-20"}
BY_TYPE = {"string": "…", "integer": 1, "number": 1, "boolean": True, "null": None}


def example_of(document: dict[str, Any], schema: dict[str, Any] | None) -> Any:
    """A value that the schema allows: its own examples where it has some."""
    if schema is None:
        return None
    schema = resolved(document, schema)
    if examples := schema.get("examples"):
        return examples[0]
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return example_of(document, schema[choice][0])
    if values := [one for one in schema.get("enum", []) if one is not None]:
        return values[0]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    return _of_type(document, schema)


def body_example(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """A body for an operation: the one it gives itself, else one that its schema allows; None where it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return content["example"] if "example" in content else example_of(document, content["schema"])


def _of_type(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    kind = schema.get("type", "object")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "array":
        return [example_of(document, schema.get("items", {}))]
    if kind == "object":
        if "properties" in schema:
            return {name: example_of(document, inner) for name, inner in schema["properties"].items()}
        more = schema.get("additionalProperties")
        return {"B": example_of(document, more)} if isinstance(more, dict) and more else {}
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(kind))

