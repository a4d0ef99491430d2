"""What the buttons inside the invoice form do to what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from portal.sales.typed import TypedInvoice

Act = Callable[[TypedInvoice, str], TypedInvoice]

# A button sends action=<name> or action=<name>:<row>; anything else only saves.
ACTS: dict[str, Act] = {
    "add-line": lambda typed, row: typed.with_new_line(),
    "remove-line": lambda typed, row: typed.without_line(row),
    "add-payment": lambda typed, row: typed.with_new_payment(),
    "remove-payment": lambda typed, row: typed.without_payment(row),
    "discount": lambda typed, row: replace(typed, has_discount=True),
    "no-discount": lambda typed, row: replace(typed, has_discount=False, discount=""),
}


def act(typed: TypedInvoice, action: str) -> TypedInvoice:
    """The form after the button that was pressed."""
    name, _, row = action.partition(":")
    return ACTS[name](typed, row) if name in ACTS else typed
