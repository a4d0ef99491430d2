"""A receipt by e-mail: the stored PDF and its link, sent by a worker, once; what cannot be delivered is said on the page."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import pytest
from flask_mailman import EmailMessage

from portal.infra import mail
from tests.receipts.reading import words
from tests.sharing.acts import open_as_customer, path_on, share
from tests.support.papers import signed_sale
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business

Work = Callable[[], None]
TO = "asha@example.test"


def due_again(dsns: TestDatabase) -> None:
    psql(dsns, "UPDATE outbox SET not_before = now()")


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(mail, "send_letter", refused)


def test_one_mail_with_the_original_that_the_link_opens(
    business: Business, work: Work, mails: list[EmailMessage], dsns: TestDatabase
) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "email", email=TO)
    for _ in range(3):
        due_again(dsns)
        work()
    (sent,) = mails
    assert sent.to == [TO] and sent.subject.startswith("Tax invoice INV-000105 from ")
    assert "MFANO TRADERS LIMITED" in sent.from_email.upper() and "no-reply@" in sent.from_email
    assert path_on(client, page) in sent.body and "Ksh 7,645.00" in sent.body and "Hello Jirani Hotel Limited," in sent.body
    ((name, attached, kind),) = sent.attachments
    assert (name, kind) == ("INV-000105.pdf", "application/pdf") and "END OF LEGAL RECEIPT" in words(attached)
    assert open_as_customer(business, f"{path_on(client, page)}/receipt.pdf").data == attached
    assert f"Mailed to {TO}" in client.get(page).text
    assert "by e-mail to asha@example.test" in client.get(f"/invoices/{document_id}/papers").text


def test_a_mail_server_that_is_away_is_tried_again_and_gets_one_mail(
    business: Business, work: Work, mails: list[EmailMessage], dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "email", email=TO)
    with monkeypatch.context() as away:
        refuse(away, ConnectionRefusedError())
        for _ in range(3):
            due_again(dsns)
            work()
    assert mails == [] and "is on its way" in client.get(page).text
    for _ in range(2):
        due_again(dsns)
        work()
    assert [one.to for one in mails] == [[TO]]


def test_a_refused_address_is_said_and_the_same_paper_goes_to_the_right_one(
    business: Business, work: Work, mails: list[EmailMessage], dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "email", email="ahsa@example.test")
    with monkeypatch.context() as wrong:
        refuse(wrong, SMTPRecipientsRefused({"ahsa@example.test": (550, b"no such mailbox")}))
        for _ in range(3):
            due_again(dsns)
            work()
    assert "was not delivered" in client.get(page).text
    assert "not delivered" in client.get(f"/invoices/{document_id}/papers").text
    assert client.post(f"{page}/mail", data={"email": "nobody"}).status_code == 422
    assert client.post(f"{page}/mail", data={"email": TO}).status_code == 303
    due_again(dsns)
    work()
    assert [one.to for one in mails] == [[TO]]
    assert client.post(f"{page}/mail", data={"email": TO}).status_code == 422, "what arrived is not sent again"
    assert psql(dsns, "SELECT copy_no, way FROM hand_out") == [(0, "email")]


def test_after_a_day_without_a_mail_server_it_is_given_up(
    business: Business, work: Work, dsns: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "email", email=TO)
    refuse(monkeypatch, ConnectionRefusedError())
    work()
    psql(dsns, "UPDATE receipt_mail SET asked_at = now() - interval '25 hours'")
    due_again(dsns)
    work()
    assert "could not be reached for a day" in client.get(page).text
    assert psql(dsns, "SELECT count(*) FROM outbox WHERE kind = 'mail_receipt' AND done_at IS NULL") == [(0,)]


def test_a_link_that_was_taken_back_is_not_mailed(
    business: Business, work: Work, mails: list[EmailMessage], dsns: TestDatabase
) -> None:
    client, document_id = business.client(), signed_sale(business)
    page = share(client, document_id, "email", email=TO)
    client.post(f"{urlsplit(page).path}/revoke")
    for _ in range(3):
        due_again(dsns)
        work()
    assert mails == []
