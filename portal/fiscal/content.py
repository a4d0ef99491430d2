"""Values as JSON and back, exactly: what is frozen at Issue must read the same in ten years."""

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from portal.fiscal.errors import FiscalError

T = TypeVar("T")


class ContentError(FiscalError):
    """Stored content that is not what this version wrote."""


def encode(value: Any) -> Any:
    """The value as plain JSON: decimals as strings with their zeros, days and moments (in UTC) in ISO form."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(encode(key)): encode(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    return value


def decode(kind: type[T], content: Any) -> T:
    """The value of this type that `encode` wrote; raises ContentError when a part is missing, unknown or misshapen."""
    decoded: T = _decode(kind, content, kind.__name__)
    return decoded


def canonical_json(content: Any) -> bytes:
    """The content as bytes that do not depend on the order of its keys."""
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise ContentError("The document holds something that cannot be stored.") from error


def content_sha256(content: Mapping[str, Any]) -> bytes:
    """The SHA-256 of the canonical form: the same for the same content, in whatever order a database returns it."""
    return hashlib.sha256(canonical_json(content)).digest()


def _decode(kind: Any, content: Any, path: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_optional(kind, content, path)
    if origin is tuple:
        _expect(isinstance(content, list), path)
        (one,) = (argument for argument in get_args(kind) if argument is not Ellipsis)
        return tuple(_decode(one, part, f"{path}[{index}]") for index, part in enumerate(content))
    if origin is not None:
        _expect(isinstance(content, dict), path)
        key, one = get_args(kind)
        return {_decode(key, name, path): _decode(one, part, f"{path}.{name}") for name, part in content.items()}
    if is_dataclass(kind):
        return _decode_dataclass(kind, content, path)
    return _decode_scalar(kind, content, path)


def _decode_optional(kind: Any, content: Any, path: str) -> Any:
    if content is None:
        return None
    (one,) = (argument for argument in get_args(kind) if argument is not types.NoneType)
    return _decode(one, content, path)


def _decode_dataclass(kind: Any, content: Any, path: str) -> Any:
    hints = _hints(kind)
    # A part with a default may be missing: it was added after the content was written.
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    _expect(isinstance(content, dict) and needed <= content.keys() <= hints.keys(), path)
    parts = {name: _decode(hints[name], part, f"{path}.{name}") for name, part in content.items()}
    try:
        return kind(**parts)
    except (ValueError, FiscalError) as error:
        raise ContentError(f"The stored content does not hold together at {path}.") from error


def _decode_scalar(kind: Any, content: Any, path: str) -> Any:
    if kind in (str, int, bool):
        _expect(type(content) is kind, path)
        return content
    _expect(isinstance(content, str), path)
    read: Callable[[str], Any] = kind.fromisoformat if kind in (date, datetime) else kind
    try:
        return read(content)
    except (ValueError, InvalidOperation) as error:
        raise ContentError(f"The stored content cannot be read at {path}.") from error


def _expect(holds: bool, path: str) -> None:
    if not holds:
        raise ContentError(f"The stored content cannot be read at {path}.")


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
