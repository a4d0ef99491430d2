"""Number and time of a copy, set into the empty field of its stored body as real, tagged text (`PERFORMANCE.md` §5).

The field has a fixed length, so that no place in the file moves: filling it costs nothing, while opening a PDF to write on
it would cost a fortieth of a render.
"""

from __future__ import annotations

CHARACTERS = " /0123456789:COPYNoPrinted"
# The text of an empty field, as it stands in the file: as many bytes as the longest stamp.
EMPTY = b"(" + b" " * 64 + b")"


class NoField(Exception):
    """The body has no empty field: it is no copy body."""


def stamped(body: bytes, number: int, printed_at: str) -> bytes:
    """The copy of that number: `COPY No: 2   Printed: 22/11/2026 10:31:40` in the field of the body."""
    text = f"COPY No: {number}   Printed: {printed_at}"
    if not set(text) <= set(CHARACTERS) or len(text) > len(EMPTY) - 2:
        raise ValueError(f"the stamp has no letters or no room for {text!r}")
    before, field, after = body.partition(EMPTY)
    if not field or EMPTY in after:
        raise NoField
    filled = f"({text})".ljust(len(EMPTY)).encode("ascii")
    return before + filled + after
