"""How KRA misbehaves in the rig: of a share of all calls, each kind equally often."""

from __future__ import annotations

from typing import Any

# KRA's slowest commit stays below the quarantine of the rig: that is the one thing an operator must get right.
OF_SALES = [
    "timeout_before", "timeout_after", "late_commit:400", "late_commit:1800", "http_before:503", "http_after:504", "http:500",
    "http:429", "html", "empty", "broken_json", "broken_json_before", "reset_before", "reset_after", "duplicate_reply",
    "slow:300", "trickle:400", "code:894", "code_after:894", "code:896",
]  # fmt: skip
OF_LOOK_UPS = ["timeout_before", "http:504", "html", "empty", "broken_json", "reset_after", "code:894", "slow:300"]
OF_THE_REST = ["timeout_before", "timeout_after", "http:503", "reset_before", "reset_after", "broken_json", "code:894"]
OPERATIONS = {
    "save_sale": OF_SALES,
    "invoice_details": OF_LOOK_UPS,
    "save_item": OF_THE_REST,
    "save_stock_io": OF_THE_REST,
    "save_stock_master": OF_THE_REST,
}


# What signs twice where nobody waits: answers that come to nothing before KRA has stored the sale.
OF_THE_CONTROL = {"save_sale": ["late_commit:1500", "late_commit:2500", "timeout_after"]}


def plan(share: float, seed: int, control: bool = False) -> list[dict[str, Any]]:
    """The faults to post: together they strike `share` of the calls of each operation."""
    planned: list[dict[str, Any]] = []
    for operation, kinds in (OF_THE_CONTROL if control else OPERATIONS).items():
        each = share / len(kinds)
        for place, kind in enumerate(kinds):
            # The first fault that strikes is played, so a later one must strike more often among what is left.
            planned.append({"operation": operation, "fault": kind, "probability": each / (1 - place * each), "seed": seed})
    return planned
