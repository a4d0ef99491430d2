"""The bell that documents workers answer: papers and letters; no arguments, no result, harmless to ring twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from portal.identity import letters
from portal.infra import doors, outbox
from portal.infra.tenancy import acting_for_nobody
from portal.receipts import making, unsigned
from portal.receipts.errors import PressBroken, PressMissing
from portal.receipts.press import the_press
from portal.receipts.sizes import PaperSize

log = structlog.get_logger()
AT_MOST = timedelta(seconds=45)  # one more job may take a minute, and RQ ends us after two
AT_ONCE = 20


def drain_documents() -> None:
    """Do every wish of the documents queue that is due, and mail every letter, for about a minute."""
    ends = time.monotonic() + AT_MOST.total_seconds()
    _send_letters()
    while time.monotonic() < ends:
        with acting_for_nobody():
            due = doors.due_outbox("documents", AT_ONCE)
        if not due:
            return
        for tenant_id, row_id in due:
            if time.monotonic() < ends:
                outbox.do(tenant_id, row_id)


def _send_letters() -> None:
    """Mail what is due; a letter that cannot be sent holds no paper up."""
    try:
        letters.send_due()
    except Exception:
        log.exception("letters_failed")


@outbox.handles("render_receipt")
def render_receipt(document_id: UUID) -> None:
    """The original of a signed document on the paper of its branch, stored."""
    with press_trouble():
        making.make_original(the_press(), document_id)


@outbox.handles("stamp_copy")
def stamp_copy(hand_out_id: UUID) -> None:
    """The paper of a hand-out, stored: a copy, or the original on the paper that it was handed out on."""
    with press_trouble():
        making.make_handed_out(the_press(), hand_out_id)


@outbox.handles("render_unsigned_a4")
def render_unsigned_a4(document_id: UUID) -> None:
    """The A4 paper of a training or proforma document, stored."""
    with press_trouble():
        unsigned.make(the_press(), document_id, PaperSize.A4)


@outbox.handles("render_unsigned_roll")
def render_unsigned_roll(document_id: UUID) -> None:
    """Its paper of 80 mm, stored."""
    with press_trouble():
        unsigned.make(the_press(), document_id, PaperSize.ROLL)


@contextmanager
def press_trouble() -> Iterator[None]:
    """What is not the paper's fault is tried again later."""
    try:
        yield
    except PressMissing as problem:
        raise outbox.Later(str(problem)) from problem
    except PressBroken as problem:
        log.error("press_broken", problem=str(problem))
        raise outbox.Later(f"The rendering child failed: {problem}") from problem
