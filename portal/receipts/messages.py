"""What the documents worker and its rendering child say to each other: one line of JSON, then that many bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

LONGEST_LINE = 4096
MOST_BYTES = 64 * 1024 * 1024
READY = "ready"
FOLDER_PREFIX = "risiti-press-"
# How the child ends when it does not go on: the worker tells these apart from a crash.
NO_TEXT_LIBRARY, REFUSED_ADDRESS, OUT_OF_MEMORY = 71, 72, 73


class Reader(Protocol):
    """Something to read bytes from: fewer than asked for mean that it has ended."""

    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


def packed(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A message as bytes."""
    return json.dumps({**head, "size": len(body)}).encode() + b"\n" + body


def unpacked(source: Reader) -> tuple[dict[str, Any], bytes]:
    """The next message; raises EOFError when the other side is gone."""
    line = source.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise EOFError
    head: dict[str, Any] = json.loads(line)
    size = head.pop("size")
    if not 0 <= size <= MOST_BYTES:
        raise EOFError
    body = source.read(size) if size else b""
    if len(body) < size:
        raise EOFError
    return head, body


Sender = Callable[[bytes], object]
