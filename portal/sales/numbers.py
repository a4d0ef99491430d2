"""The numbers that people know documents by."""

from __future__ import annotations

from portal.fiscal.labels import DocumentKind, original_label
from portal.fiscal.numbering import PREFIXES, trader_number

HEAD_OFFICE = "00"


def number_of(kind: DocumentKind | str, trader_no: int, branch_code: str) -> str:
    """INV-000105 at the head office, INV-01-000105 at branch 01: each branch counts for itself, yet no two are alike."""
    prefix = PREFIXES[original_label(DocumentKind(kind))]
    return trader_number(DocumentKind(kind), trader_no, prefix if branch_code == HEAD_OFFICE else f"{prefix}-{branch_code}")
