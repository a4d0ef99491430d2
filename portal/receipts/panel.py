"""What a document's page shows of its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.infra.forms import idempotency_key
from portal.receipts import queries
from portal.receipts.models import HandOut

MOST_SHOWN = 9


@dataclass(frozen=True, slots=True)
class Panel:
    """The newest copies and the original, newest first; `keys` are for the forms of the next ones."""

    hand_outs: Sequence[HandOut]
    keys: tuple[str, str]

    @property
    def next_is_copy(self) -> bool:
        return bool(self.hand_outs)


def panel_of(document_id: UUID) -> Panel | None:
    """The papers of a document; None while KRA has not signed it."""
    if not queries.is_signed(document_id):
        return None
    found = queries.hand_outs(document_id)
    original, copies = found[:1], found[1:]
    return Panel([*copies[: -MOST_SHOWN - 1 : -1], *original], (idempotency_key(None), idempotency_key(None)))
