"""Papers are made once from what was frozen, kept with their hash, and made again alike when a file is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.catalogue.models import Item
from portal.infra import events, files, outbox
from portal.infra.crypto import sha256
from portal.infra.db import db, transaction
from portal.infra.events import Event
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for
from portal.receipts import making, queries
from portal.receipts import press as press_module
from portal.receipts.errors import NotSigned
from portal.receipts.models import ReceiptFile
from portal.receipts.press import Press
from portal.sales.models import Document
from portal.submissions.models import Submission
from portal.tenants.models import Branch, Tenant
from tests.fiscal.examples import mixed_sale
from tests.receipts.reading import lines
from tests.support.papers import issued_document, of_business, signed_credit_note, signed_sale
from tests.support.people import psql
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business

Work = Callable[[], None]


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


def make(business: Business, press: Press, document_id: UUID) -> bytes:
    """What the documents worker does for a signed document; the stored bytes."""
    with business.app.app_context(), acting_for(business.tenant_id):
        making.make_original(press, document_id)
        return files.read(kept(business, document_id)[-1][1])


def kept(business: Business, document_id: UUID) -> Sequence[tuple[int, str, bytes]]:
    """Edition, key and hash of what is kept of the original."""
    mine = select(ReceiptFile.edition, ReceiptFile.storage_key, ReceiptFile.sha256).where(ReceiptFile.document_id == document_id)
    with business.app.app_context(), acting_for(business.tenant_id):
        rows = db.session.execute(mine.where(ReceiptFile.variant == "a4").order_by(ReceiptFile.edition))
        return [(edition, key, digest) for edition, key, digest in rows]


def path_of(business: Business, key: str) -> Path:
    with business.app.app_context():
        return files.path_of(key)


def test_a_signature_asks_for_the_paper_and_the_worker_makes_it(business: Business, work: Work) -> None:
    document_id = signed_sale(business)
    with business.app.app_context(), acting_for(business.tenant_id), transaction():
        row = db.session.execute(select(Document).where(Document.id == document_id)).scalar_one()
        told = db.session.execute(select(Submission).where(Submission.subject_id == document_id)).scalar_one()
        events.tell(Event.DOCUMENT_SIGNED, row, told)
    work()
    ((edition, key, digest),) = kept(business, document_id)
    assert edition == 1 and sha256(path_of(business, key).read_bytes()) == digest


def test_making_it_twice_keeps_one(business: Business, press: Press) -> None:
    document_id = signed_sale(business)
    assert make(business, press, document_id) == make(business, press, document_id)
    assert len(kept(business, document_id)) == 1


@pytest.mark.parametrize("loss", ["gone", "altered"])
def test_a_lost_file_is_made_again_with_the_same_text(business: Business, press: Press, loss: str) -> None:
    document_id = signed_sale(business)
    first = make(business, press, document_id)
    path = path_of(business, kept(business, document_id)[0][1])
    if loss == "gone":
        path.unlink()
    else:
        path.write_bytes(first[:-1] + b"?")
    assert lines(make(business, press, document_id)) == lines(first)


def test_a_lost_file_is_never_served_but_wished_for(business: Business, press: Press, work: Work) -> None:
    document_id, client = signed_sale(business), business.client()
    first = make(business, press, document_id)
    address = client.post(f"/invoices/{document_id}/papers", data={"way": "download"}).headers["Location"]
    path_of(business, kept(business, document_id)[0][1]).write_bytes(b"%PDF-1.7 forged")
    assert client.get(address).status_code == 202
    work()
    assert lines(client.get(address).data) == lines(first)


def test_what_changes_after_issue_does_not_change_the_paper(business: Business, press: Press) -> None:
    document_id = signed_sale(business)
    first = make(business, press, document_id)
    with business.app.app_context(), acting_for(business.tenant_id):
        db.session.execute(update(Tenant).values(name="Another name", vat_registered=False))
        db.session.execute(update(Branch).values(name="Elsewhere", address="Another street"))
        db.session.execute(update(Item).values(name="Another thing", price=7, search_name="another thing"))
        db.session.commit()
    path_of(business, kept(business, document_id)[0][1]).unlink()
    assert make(business, press, document_id) == first


def test_a_credit_note_names_the_control_units_number_of_its_sale(business: Business, press: Press) -> None:
    found = lines(make(business, press, signed_credit_note(business)))
    assert "ORIGINAL CU INVOICE NO.#: KRACU0400000000/105" in found
    assert "RECEIPT COUNTER: 106/106 NC" in found


def test_nothing_is_made_for_an_unsigned_document(business: Business, press: Press) -> None:
    document_id = issued_document(business, of_business(business, mixed_sale()))
    with pytest.raises(NotSigned):
        make(business, press, document_id)
    assert kept(business, document_id) == []


def test_a_wish_for_an_unsigned_document_makes_nothing(business: Business, work: Work) -> None:
    document_id = issued_document(business, of_business(business, mixed_sale()))
    wish(business, document_id)
    work()
    assert kept(business, document_id) == []


def wish(business: Business, document_id: UUID) -> None:
    with business.app.app_context(), acting_for(business.tenant_id):
        outbox.wish_now("documents", "render_receipt", document_id)


def problem_of(business: Business) -> str | None:
    with business.app.app_context(), acting_for(business.tenant_id):
        return db.session.execute(select(OutboxRow.problem).where(OutboxRow.kind == "render_receipt")).scalar_one()


def test_without_the_text_library_receipts_wait_and_come_later(
    business: Business, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = signed_sale(business)
    wish(business, document_id)
    press_module.the_press().close()
    with monkeypatch.context() as missing:
        missing.setattr(press_module, "COMMAND", (sys.executable, "-c", "import os; os._exit(71)"))
        work()
    assert "Pango" in (problem_of(business) or "")
    with business.app.app_context(), acting_for(business.tenant_id):
        db.session.execute(update(OutboxRow).values(not_before=db.func.now()))
        db.session.commit()
    work()
    assert problem_of(business) is None and len(kept(business, document_id)) == 1


def test_a_kept_paper_is_neither_changed_nor_deleted(business: Business, press: Press, dsns: TestDatabase) -> None:
    make(business, press, signed_sale(business))
    for statement in ("UPDATE receipt_file SET size = 1", "DELETE FROM receipt_file"):
        with pytest.raises(psycopg.Error):
            psql(dsns, statement)


def test_a_copy_cannot_be_kept_without_its_hand_out(business: Business, dsns: TestDatabase) -> None:
    document_id = signed_sale(business)
    columns = "tenant_id, document_id, variant, copy_no, storage_key, sha256, receipt_sha256, size, pages"
    values = f"'{business.tenant_id}', '{document_id}', 'a4_copy', %s, 'k', sha256('a'), sha256('a'), 1, 1"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        psql(dsns, f"INSERT INTO receipt_file ({columns}) VALUES ({values.replace('%s', '1')})")
    with pytest.raises(psycopg.errors.CheckViolation):
        psql(dsns, f"INSERT INTO receipt_file ({columns}) VALUES ({values.replace('%s', '0')})")


def test_the_value_that_is_printed_is_read_from_what_was_frozen(business: Business) -> None:
    document_id = signed_sale(business)
    with business.app.app_context(), acting_for(business.tenant_id):
        receipt = queries.signed_document(document_id).original()
    assert [item.code for item in receipt.items] == [f"KE2NTNO{number:07}" for number in range(1, 7)]
    assert receipt.scu.counter == "105/105 NS"
