"""What receipts do when something happens elsewhere."""

from __future__ import annotations

from uuid import UUID

from portal.infra import outbox
from portal.infra.events import Event, on
from portal.receipts import unsigned
from portal.receipts.sizes import PaperSize
from portal.sales.models import Document
from portal.submissions.models import Submission


@on(Event.DOCUMENT_SIGNED)
def ask_for_the_original(document: Document, _submission: Submission) -> None:
    """A signed document gets its PDF, from the documents worker; rendering never holds signing up."""
    outbox.wish("documents", "render_receipt", document.id)


@on(Event.UNSIGNED_ISSUED)
def ask_for_the_paper(document_id: UUID) -> None:
    """A training or proforma document gets its paper too, without waiting for anybody."""
    unsigned.wish(document_id, PaperSize.A4)
