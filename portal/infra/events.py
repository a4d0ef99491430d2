"""Backward needs between features: synchronous, inside the caller's transaction; what leaves the database is a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """What features tell those to their right; the argument of each handler is in brackets."""

    BRANCH_OPENED = "branch opened"  # (branch, transport of its control unit)
    DEVICE_READY = "device ready"  # (device)
    DEVICE_REPLACED = "device replaced"  # (retired device, device that comes after it)
    SUBMISSION_ACCEPTED = "submission accepted"  # (submission)
    SUBMISSION_REFUSED = "submission refused"  # (submission)
    SUBMISSION_VOID = "submission void"  # (submission)
    SUBMISSION_AGAIN = "submission again"  # (submission): a refused one goes back to the queue
    ITEM_ADDED = "item added"  # (actor, item, opening stock or None)
    DOCUMENT_SIGNED = "document signed"  # (document, submission)
    UNSIGNED_ISSUED = "unsigned issued"  # (id of a training or proforma document)


Handler = Callable[..., Any]
_handlers: dict[Event, list[Handler]] = defaultdict(list)


def on(event: Event) -> Callable[[Handler], Handler]:
    """Register a handler; it runs in the order of registration, in the transaction of `tell`."""

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[event]:
            _handlers[event].append(handler)
        return handler

    return register


def tell(event: Event, *arguments: Any) -> None:
    """Run every handler of `event` now; an error in one undoes the whole act."""
    for handler in _handlers[event]:
        handler(*arguments)
