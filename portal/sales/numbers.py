"""The numbers that people know documents by."""

from __future__ import annotations

from portal.fiscal.labels import DocumentKind, Label, original_label
from portal.fiscal.numbering import PREFIXES, trader_number

HEAD_OFFICE = "00"


def number_of(kind: DocumentKind | str, trader_no: int, branch_code: str) -> str:
    """INV-000105 at the head office, INV-01-000105 at branch 01: each branch counts for itself, yet no two are alike."""
    return _written(original_label(DocumentKind(kind)), trader_no, branch_code)


def unsigned_number(label: Label | str, number: int, branch_code: str) -> str:
    """PRO-000007, TRN-01-000003: training and proforma have series of their own."""
    return _written(Label(label), number, branch_code)


def _written(label: Label, number: int, branch_code: str) -> str:
    prefix = PREFIXES[label]
    return trader_number(label, number, prefix if branch_code == HEAD_OFFICE else f"{prefix}-{branch_code}")
