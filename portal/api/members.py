"""The members of a body or an answer as a flat list for people: `lines[].price`, what it is, whether it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

DEEPEST = 4
KINDS = {"uuid": "id", "date-time": "moment", "date": "day", "uri": "address"}


def members_of(document: dict[str, Any], schema: dict[str, Any] | None) -> list[tuple[str, str]]:
    """(path, words) of everything that may stand in a value of this schema."""
    return list(_members(document, schema or {}, "", 0))


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where there is only a reference to it."""
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}


def _members(document: dict[str, Any], schema: dict[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    schema = _one(document, schema)
    if schema.get("type") == "array":
        yield from _members(document, schema.get("items", {}), f"{path}[]", depth)
        return
    needed = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, _words(document, inner, name in needed)
        if depth < DEEPEST:
            yield from _members(document, inner, here, depth + 1)


def _one(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The one of several shapes that has members."""
    schema = resolved(document, schema)
    shapes = [resolved(document, one) for name in ("oneOf", "anyOf", "allOf") for one in schema.get(name, [])]
    return next((one for one in shapes if "properties" in one), schema)


def _words(document: dict[str, Any], schema: dict[str, Any], needed: bool) -> str:
    schema = resolved(document, schema)
    parts = ["needed" if needed else "", _kind(document, schema), schema.get("description", "")]
    if values := [str(one) for one in schema.get("enum", []) if one is not None]:
        parts.append("one of " + ", ".join(values))
    if examples := schema.get("examples"):
        parts.append(f"like {examples[0]}")
    return " · ".join(part for part in parts if part)


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    shapes = schema.get("oneOf") or schema.get("anyOf")
    if shapes:
        return " or ".join(_kind(document, resolved(document, one)) for one in shapes)
    kinds = schema.get("type", "object")
    text = KINDS.get(schema.get("format", ""), "text")
    words = {"string": text, "array": "list", "integer": "whole number"}
    return " or ".join(words.get(one, one) for one in ([kinds] if isinstance(kinds, str) else kinds))
