"""What can be wrong with a request before any rule of the business is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.errors import BadInput, NotFound, PortalError
from portal.infra.problems import FieldError

LONGEST_NAME = 80
# marshmallow's words on the left, ours on the right.
WORDS = {
    "Missing data for required field.": "This is needed.",
    "Field may not be null.": "This cannot be null. Leave it out instead.",
    "Unknown field.": "There is no such field here.",
    "Not a valid string.": "Send text in quotes.",
    "Not a valid integer.": "Send a whole number.",
    "Not a valid boolean.": "Send true or false.",
    "Not a valid list.": "Send a list.",
    "Invalid input type.": "Send an object.",
    "Not a valid UUID.": "This is not an id of ours.",
    "Not a valid date.": "Send a day like 2026-11-20.",
}


class NotJson(PortalError):
    """A body that is not announced as JSON."""

    status = 415


class Unreadable(PortalError):
    """A body that is no JSON, or JSON that means two things at once."""

    status = 400


class BadFields(BadInput):
    """Fields that cannot be used; `fields` names each with its sentence."""

    def __init__(self, fields: Sequence[FieldError], sentence: str | None = None) -> None:
        first, said = fields[0]
        super().__init__(sentence or f"{first}: {said}", first)
        self.fields = fields

    @classmethod
    def of(cls, messages: Any) -> BadFields:
        """What marshmallow found, by where it stands: `lines[0].price`."""
        return cls(flattened(messages)[:20] or [("body", "Send an object.")])


class NoSuchThing(NotFound):
    """A body names by its id what this business does not have."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class MissingScope(PortalError):
    """A part of the request needs a scope that the token does not have."""

    status = 403

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def flattened(messages: Any, path: str = "") -> list[FieldError]:
    """The tree of messages as (path, sentence), in the order of the request."""
    if isinstance(messages, dict):
        return [found for key, inner in messages.items() for found in flattened(inner, _joined(path, key))]
    said = messages if isinstance(messages, list) else [messages]
    return [(path or "body", WORDS.get(str(one), str(one))) for one in said]


def _joined(path: str, key: Any) -> str:
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = "".join(one for one in str(key)[:LONGEST_NAME] if one.isprintable())
    return f"{path}.{name}" if path else name
