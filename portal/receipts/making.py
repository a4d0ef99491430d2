"""Making papers, in the documents worker: rendered from what was frozen, stored once, safe to ask for twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from portal.fiscal.moments import print_date, print_time
from portal.fiscal.receipt import Receipt
from portal.infra.db import db, transaction
from portal.receipts import queries, store
from portal.receipts.models import HandOut
from portal.receipts.paper import page_of
from portal.receipts.press import Press, Printed
from portal.receipts.sizes import PaperSize
from portal.receipts.stamp import stamped
from portal.receipts.store import Paper, Variant

log = structlog.get_logger()


def make_original(press: Press, document_id: UUID, size: PaperSize | None = None) -> None:
    """The original of a signed document lies in the store after this, on the paper of its branch unless one is named."""
    if size is None:
        with transaction():
            size = PaperSize(queries.branch_of(document_id).paper)
    wanted = size
    _made(
        Paper(document_id, Variant.ORIGINAL.on(wanted)),
        lambda: queries.signed_document(document_id).original(),
        lambda receipt: press.print_page(page_of(receipt, wanted), wanted),
    )


def make_handed_out(press: Press, hand_out_id: UUID) -> None:
    """The paper of that hand-out lies in the store after this; a copy is the document's copy body with number and time on it."""
    with transaction():
        hand_out = queries.hand_out(hand_out_id)
    size = PaperSize(hand_out.paper)
    if hand_out.is_original:
        make_original(press, hand_out.document_id, size)
        return
    body = _copy_body(press, hand_out.document_id, size)
    paper = Paper(hand_out.document_id, Variant.COPY.on(size), hand_out.copy_no)
    stamp = Printed(stamped(body.pdf, hand_out.copy_no, printed_at(hand_out)), body.pages)
    _made(paper, lambda: queries.signed_document(hand_out.document_id).copy(hand_out), lambda _receipt: stamp)


def printed_at(hand_out: HandOut) -> str:
    """When the copy was handed out, as it stands on the paper: `22/11/2026 10:31:40`."""
    return f"{print_date(hand_out.at)} {print_time(hand_out.at)}"


def _copy_body(press: Press, document_id: UUID, size: PaperSize) -> Printed:
    return _made(
        Paper(document_id, Variant.COPY_BODY.on(size)),
        lambda: queries.signed_document(document_id).copy(),
        lambda receipt: press.print_copy_body(page_of(receipt, size), size),
    )


def _made(paper: Paper, read: Callable[[], Receipt], draw: Callable[[Receipt], Printed]) -> Printed:
    """The stored paper; drawn now when it was never made, or its file is lost or altered."""
    with transaction():
        row = store.newest(paper)
        data = store.sound_bytes(row) if row else None
        if row is not None and data is not None:
            return Printed(data, row.pages)
        receipt = read()
    if receipt.has_unusual_signature:
        log.warning("unusual_signature", document_id=str(paper.document_id), length=len(receipt.scu.signature or ""))
    # Drawing takes long: no transaction is open meanwhile, and the connection goes back.
    db.session.close()
    printed = draw(receipt)
    store.keep(paper, receipt, printed.pdf, printed.pages)
    return printed
