"""The one field that takes two shapes: the id of an item, or the item itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from portal.api.v1.items import InlineItem
from portal.infra.forms import parse_id

REFERENCE = {"$ref": "#/components/schemas/InlineItem"}


class ItemField(fields.Field):
    """An item by its id, as UUID, or inline, as the loaded InlineItem."""

    default_error_messages = {"shape": "Send the id of an item, or the item itself as an object."}

    def __init__(self, **kwargs: Any) -> None:
        shapes = [{"type": "string", "format": "uuid"}, REFERENCE]
        super().__init__(metadata={"oneOf": shapes, "description": "The id of an item, or the item itself"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return self._id(value)
        if isinstance(value, dict):
            # Raises with the tree of messages, so that the path goes on: `lines[0].item.name`.
            return InlineItem().load(value)
        raise self.make_error("shape")

    def _id(self, value: str) -> UUID:
        found = parse_id(value)
        if found is None:
            raise ValidationError("This is not an id of ours. Send an id, or the item itself as an object.")
        return found
