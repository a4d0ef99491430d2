"""Mailing a receipt, in the documents worker: the stored PDF and the link, sent once, given up in words."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPDataError, SMTPHeloError, SMTPRecipientsRefused, SMTPSenderRefused
from uuid import UUID

import structlog
from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import func, update

from portal.errors import NotFound
from portal.infra import mail, outbox
from portal.infra.db import database_now, db, transaction
from portal.receipts import queries as receipts
from portal.receipts import services as papers
from portal.receipts.models import HandOut
from portal.sharing import queries
from portal.sharing.addresses import message_of
from portal.sharing.models import ReceiptLink, ReceiptMail

log = structlog.get_logger()
TRIED_FOR = timedelta(hours=24)
PERMANENT = range(500, 600)


@outbox.handles("mail_receipt")
def mail_receipt(link_id: UUID) -> None:
    """The mail of a link is sent, or given up; safe to run twice, because one that went out is not sent again."""
    try:
        link = queries.link(link_id)
    except NotFound:
        return  # the clock removed it
    waiting = queries.mail_of(link)
    if waiting is None or waiting.sent_at or waiting.failed_at or link.revoked_at:
        return
    handed_out = receipts.hand_out(link.hand_out_id)
    pdf = papers.pdf_of(handed_out)
    if pdf is None:
        papers.make_again(handed_out)
        raise outbox.Later("The PDF is not made yet.")
    letter = _letter(link, handed_out, waiting.address, pdf)
    db.session.commit()  # no transaction is open while the mail server is talked to
    try:
        mail.send_letter(letter)
    except OSError as error:
        _not_sent(waiting, error)
    except ValueError:  # no address at all, or a line break in one
        _give_up(waiting, _("This is no address that mail can be sent to."))
    else:
        _settle(waiting, sent_at=func.now())


def _letter(link: ReceiptLink, handed_out: HandOut, address: str, pdf: bytes) -> mail.Letter:
    issued = receipts.signed_document(link.document_id).issued
    message = message_of(issued, queries.shared_link(link.id).address or "")
    seller, buyer, is_copy = issued.document.seller, issued.document.buyer, not handed_out.is_original
    body = render_template("sharing/mail/receipt.txt", message=message, seller=seller, buyer=buyer, is_copy=is_copy)
    # The same id again when a worker died between sending and noting it: mailboxes then keep one of the two.
    reference = f"receipt-{link.id}-{int(queries.mail_of(link).asked_at.timestamp())}"  # type: ignore[union-attr]
    name = f"{issued.trader_number}-copy-{handed_out.copy_no}.pdf" if is_copy else f"{issued.trader_number}.pdf"
    return mail.Letter(address, message.subject, body, reference, seller.name, ((name, pdf, "application/pdf"),))


def _not_sent(waiting: ReceiptMail, error: OSError) -> None:
    """Later while it may help; given up when the server refused for good, or a day has passed. Raises outbox.Later."""
    log.warning("receipt_not_mailed", link_id=str(waiting.link_id), problem=type(error).__name__)
    if _is_final(error):
        _give_up(waiting, _("The mail server refused this address. Check it and send again."))
        return
    if database_now() - waiting.asked_at > TRIED_FOR:
        _give_up(waiting, _("The mail server could not be reached for a day."))
        return
    raise outbox.Later(f"The mail was not taken: {type(error).__name__}")


def _is_final(error: OSError) -> bool:
    match error:
        case SMTPRecipientsRefused():
            return all(code in PERMANENT for code, _text in error.recipients.values())
        case SMTPSenderRefused() | SMTPHeloError():
            return False  # that is about us, not about the customer
        case SMTPDataError():
            return error.smtp_code in PERMANENT
    return False


def _give_up(waiting: ReceiptMail, sentence: str) -> None:
    _settle(waiting, failed_at=func.now(), problem=sentence)


def _settle(waiting: ReceiptMail, **values: object) -> None:
    with transaction():
        mine = update(ReceiptMail).where(ReceiptMail.tenant_id == waiting.tenant_id, ReceiptMail.link_id == waiting.link_id)
        db.session.execute(mine.where(ReceiptMail.asked_at == waiting.asked_at).values(values))
