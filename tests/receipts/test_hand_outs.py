"""Handing out: the first one is the original, each further one a numbered copy, and GET changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditRow
from portal.identity.access import Actor
from portal.identity.permissions import Role
from portal.infra import outbox
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.receipts import services
from portal.receipts.models import HandOut
from portal.receipts.services import Way
from tests.fiscal.examples import SALE_SIGNATURE, mixed_sale
from tests.receipts.reading import reader, words
from tests.support.papers import issued_document, of_business, sign, signed_sale
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, Visitor, new_business

Work = Callable[[], None]


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


def ask_for_original(business: Business, document_id: UUID) -> None:
    """What the signature's event does."""
    with business.app.app_context(), acting_for(business.tenant_id):
        outbox.wish_now("documents", "render_receipt", document_id)


def take(client: Visitor, document_id: UUID, way: str = "download", key: str | None = None) -> str:
    """Press a button; returns where it leads."""
    form = {"way": way} | ({"idempotency_key": key} if key else {})
    answer = client.post(f"/invoices/{document_id}/papers", data=form)
    assert answer.status_code == 303
    return answer.headers["Location"]


def pdf_at(client: Visitor, address: str, work: Work) -> bytes:
    """The PDF that an address leads to once the worker has worked."""
    work()
    answer = client.get(address, follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return answer.data


def test_the_first_hand_out_is_the_original_and_the_next_ones_are_copies(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    ask_for_original(business, document_id)
    work()
    original = pdf_at(client, take(client, document_id), work)
    first, second = (pdf_at(client, take(client, document_id), work) for _ in range(2))
    assert "END OF LEGAL RECEIPT" in words(original) and "COPY" not in words(original)
    assert "COPY No: 1" in words(first) and "COPY No: 2" in words(second)


def test_an_address_serves_the_same_bytes_as_often_as_asked(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    ask_for_original(business, document_id)
    addresses = [take(client, document_id) for _ in range(2)]
    for address in addresses:
        first = pdf_at(client, address, work)
        assert all(client.get(address, follow_redirects=True).data == first for _ in range(10))
    assert len(handed_out(business)) == 2


def handed_out(business: Business) -> list[tuple[int, str, str]]:
    """Number, way and name of what was handed out."""
    with business.app.app_context(), acting_for(business.tenant_id):
        found = select(HandOut.copy_no, HandOut.way, HandOut.by_name).order_by(HandOut.copy_no)
        return [(number, way, name) for number, way, name in db.session.execute(found)]


def test_a_form_that_was_sent_twice_hands_out_once(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    key = "k" * 24
    assert take(client, document_id, key=key) == take(client, document_id, key=key)
    assert [number for number, _way, _name in handed_out(business)] == [0]


def actor_of(business: Business) -> Actor:
    return Actor(business.owner_id, "Grace", business.tenant_id, Role.OWNER, business.owner_id)


def test_two_at_once_take_the_original_and_the_first_copy(business: Business) -> None:
    document_id, numbers, barrier = signed_sale(business), [], threading.Barrier(2)

    def press_the_button() -> None:
        with business.app.app_context(), acting_for(business.tenant_id):
            barrier.wait(10)
            numbers.append(services.hand_out(actor_of(business), document_id, Way.PRINT).copy_no)

    threads = [threading.Thread(target=press_the_button) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(numbers) == [0, 1]


def test_who_when_and_how_are_kept(business: Business) -> None:
    document_id, client = signed_sale(business), business.client("biller")
    take(client, document_id, "print")
    ((number, way, name),) = handed_out(business)
    assert (number, way) == (0, "print") and name.startswith("Person")
    with business.app.app_context(), acting_for(business.tenant_id):
        (row,) = db.session.execute(select(AuditRow.action, AuditRow.object, AuditRow.detail))
    assert tuple(row) == ("receipt handed out", "the original of INV-000105", {"way": "print"})


def test_nothing_is_handed_out_before_kra_has_signed(business: Business) -> None:
    document_id = issued_document(business, of_business(business, mixed_sale()))
    client = business.client()
    answer = client.post(f"/invoices/{document_id}/papers", data={"way": "download"})
    assert answer.status_code == 409 and "KRA has not signed this yet" in answer.text
    assert client.get(f"/invoices/{document_id}/papers").status_code == 409
    assert handed_out(business) == []


def test_the_database_itself_refuses_papers_of_an_unsigned_document(business: Business, dsns: TestDatabase) -> None:
    document_id = issued_document(business, of_business(business, mixed_sale()))
    statement = (
        f"INSERT INTO hand_out (tenant_id, document_id, copy_no, way, by_name)"
        f" VALUES ('{business.tenant_id}', '{document_id}', 0, 'print', 'x')"
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="has not signed"):
        psql(dsns, statement)
    sign(business, document_id, SALE_SIGNATURE)
    psql(dsns, statement)


def test_a_pdf_that_is_not_made_yet_says_so_and_comes(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    ask_for_original(business, document_id)
    address = take(client, document_id)
    waiting = client.get(address)
    assert waiting.status_code == 202 and "The PDF of INV-000105 is being made" in waiting.text
    polled = client.get(address, headers={"HX-Request": "true"})
    assert polled.status_code == 202 and 'hx-trigger="load delay:700ms"' in polled.text
    work()
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"].endswith(".pdf")


@pytest.mark.parametrize("way", ["", "email", "carrier pigeon", "\x00"])
def test_a_way_that_we_do_not_know_is_refused(business: Business, way: str) -> None:
    document_id = signed_sale(business)
    assert business.client().post(f"/invoices/{document_id}/papers", data={"way": way}).status_code == 422


def test_the_file_is_an_attachment_that_may_run_nothing(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    ask_for_original(business, document_id)
    work()
    headers = client.get(take(client, document_id)).headers
    assert headers["Content-Disposition"] == 'attachment; filename="INV-000105.pdf"'
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["Cache-Control"] == "private, no-store"


def test_the_part_of_the_page_offers_a_copy_after_the_first(business: Business) -> None:
    document_id, client = signed_sale(business), business.client()
    before = client.get(f"/invoices/{document_id}/papers", headers={"HX-Request": "true"}).text
    take(client, document_id)
    after = client.get(f"/invoices/{document_id}/papers", headers={"HX-Request": "true"}).text
    assert "Download" in before and "Download a copy" not in before and "is the original" in before
    assert "Download a copy" in after and "Print a copy" in after and "Original" in after


def test_a_roll_can_be_chosen_for_the_original_and_for_each_copy(business: Business, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    client.post(f"/branches/{business.branch_id}", data={"name": "Head office", "paper": "roll"})
    original = pdf_at(client, take(client, document_id), work)
    sheet = client.post(f"/invoices/{document_id}/papers", data={"way": "print", "paper": "a4"}).headers["Location"]
    on_a4, on_roll = pdf_at(client, sheet, work), pdf_at(client, take(client, document_id), work)
    assert [width_of(pdf) for pdf in (original, on_a4, on_roll)] == [80, 210, 80]
    assert "END OF LEGAL RECEIPT" in words(original)
    assert "COPY No: 1" in words(on_a4) and "COPY No: 2" in words(on_roll)
    assert client.post(f"/invoices/{document_id}/papers", data={"way": "print", "paper": "a3"}).status_code == 422


def width_of(pdf: bytes) -> int:
    """The width of the first page in millimetres."""
    return round(float(reader(pdf).pages[0].mediabox.width) * 25.4 / 72)
