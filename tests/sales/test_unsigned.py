"""Training and proforma: documents of their own, never sales, never told to KRA (RECEIPTS §9, COMPLIANCE §5)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from portal.audit.models import AuditRow
from portal.errors import BadInput
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales import unsigned, unsigned_queries
from portal.sales.errors import InTraining, KeyUsedBefore, NotInTraining
from portal.sales.models import DayTotal, Document, UnsignedDocument
from portal.sales.new_invoice import NewBuyer, NewCreditNote, NewInvoice, NewLine
from portal.stock.models import StockLevel
from portal.submissions.models import Submission
from portal.tenants import services as tenants
from tests.sales.conftest import Shop, form, line

ISSUED_BY_HAND = """
    UPDATE document SET state = 'issued', trader_no = 9, content_sha256 = sha256('x'), issued_at = now(), buyer_name = 'A',
           search_name = 'a', taxable_amount = 1, tax_amount = 0, total_amount = 1 WHERE id = :id"""
ANOTHER_LIKE_IT = """
    INSERT INTO unsigned_document (tenant_id, branch_id, label, number, content, content_sha256, printed, idem_key, idem_hash,
                                   buyer_name, search_name, taxable_amount, tax_amount, total_amount)
    SELECT tenant_id, branch_id, label, 99, content, content_sha256, printed, 'another', idem_hash,
           buyer_name, search_name, taxable_amount, tax_amount, total_amount FROM unsigned_document"""


def new(shop: Shop, *lines: NewLine, **more: object) -> NewInvoice:
    more.setdefault("idempotency_key", uuid4().hex)
    return NewInvoice(branch_id=shop.business.branch_id, lines=lines, **more)  # type: ignore[arg-type]


def trains(shop: Shop, on: bool = True) -> None:
    with shop.open():
        tenants.set_training(shop.actor, shop.business.branch_id, on)


def practises(shop: Shop, *lines: NewLine) -> UUID:
    with shop.open():
        return unsigned.issue_training(shop.actor, new(shop, *lines))


def offers(shop: Shop, *lines: NewLine, **more: object) -> UUID:
    with shop.open():
        return unsigned.issue_proforma(shop.actor, new(shop, *lines, **more))


def number(shop: Shop, document_id: UUID) -> str:
    with shop.open():
        return unsigned_queries.unsigned(document_id).number


def counts(shop: Shop) -> dict[str, int]:
    with shop.open():
        return {table.__tablename__: db.session.query(table).count() for table in (Document, Submission, DayTotal)}


def test_practice_has_its_own_numbers_and_leaves_nothing_among_the_sales(shop: Shop):
    pen = shop.item("Pen", "580.00", stock="1")
    before = counts(shop)
    trains(shop)
    first, second = practises(shop, line(pen, "5")), practises(shop, line(pen))
    assert [number(shop, one) for one in (first, second)] == ["TRN-000001", "TRN-000002"]
    assert counts(shop) == before
    with shop.open():
        there = db.session.query(StockLevel).filter_by(item_id=pen).one()
        assert (there.on_hand, there.reserved) == (Decimal(1), Decimal(0))


def test_a_branch_in_training_mode_issues_nothing_real(shop: Shop):
    pen = shop.item("Pen", "580.00")
    sale = shop.sells(line(pen))
    shop.kra_signs(sale.id)
    trains(shop)
    with pytest.raises(InTraining, match="Head office is in training mode"):
        shop.sells(line(pen))
    with pytest.raises(InTraining):
        shop.credits(sale.id)
    trains(shop, on=False)
    assert shop.sells(line(pen)).number == "INV-000002"
    with shop.open(), pytest.raises(NotInTraining):
        unsigned.issue_training(shop.actor, new(shop, line(pen)))


def test_the_database_itself_keeps_practice_and_sales_apart(shop: Shop):
    pen = shop.item("Pen", "580.00")
    trains(shop)
    practice = practises(shop, line(pen))
    told = {"tenant_id": shop.business.tenant_id, "device_id": shop.business.device_id}
    with shop.open(), pytest.raises(IntegrityError, match="training and proforma are never sent"):
        db.session.execute(insert(Submission).values(**told, kind="sale", subject_id=practice))
    with shop.open(), pytest.raises(IntegrityError, match="no document changes"):
        db.session.execute(text("UPDATE unsigned_document SET total_amount = 1, taxable_amount = 1, tax_amount = 0"))
    with shop.open():
        row = Document(
            tenant_id=shop.business.tenant_id, id=uuid4(), branch_id=shop.business.branch_id, kind="sale", content={}
        )
        db.session.add(row)
        db.session.flush()
        with pytest.raises(IntegrityError, match="in training mode"):
            db.session.execute(
                text(ISSUED_BY_HAND),
                {"id": row.id},
            )
    trains(shop, on=False)
    with shop.open(), pytest.raises(IntegrityError, match="not in training mode"):
        db.session.execute(text(ANOTHER_LIKE_IT))


def test_a_practice_note_takes_back_at_most_what_was_practised(shop: Shop):
    pen = shop.item("Pen", "580.00")
    trains(shop)
    practice = practises(shop, line(pen, "3"))

    def takes(quantity: str) -> UUID:
        asked = NewCreditNote(
            original_id=practice, idempotency_key=uuid4().hex, reason_code="06", quantities={1: Decimal(quantity)}
        )
        with shop.open():
            return unsigned.issue_training_note(shop.actor, asked)

    note = takes("2")
    assert number(shop, note) == "TCN-000001"
    with pytest.raises(BadInput, match="only 1 is left"):
        takes("2")
    proforma = offers(shop, line(pen))
    with shop.open(), pytest.raises(BadInput, match="Only a training invoice"):
        unsigned_queries.creditable(proforma)


def test_deleted_practice_does_not_give_its_numbers_back_and_proformas_stay(shop: Shop):
    pen = shop.item("Pen", "580.00")
    trains(shop)
    practice = practises(shop, line(pen))
    with shop.open():
        asked = NewCreditNote(original_id=practice, idempotency_key=uuid4().hex, reason_code="06")
        unsigned.issue_training_note(shop.actor, asked)
    offers(shop, line(pen))
    with shop.open():
        assert unsigned.wipe_training(shop.actor) == 2
        assert [row.label for row in db.session.query(UnsignedDocument)] == ["PS"]
        with pytest.raises(IntegrityError, match="a proforma is kept"):
            db.session.execute(text("DELETE FROM unsigned_document"))
    assert number(shop, practises(shop, line(pen))) == "TRN-000002"


def test_a_proforma_becomes_an_invoice_and_stays(shop: Shop):
    pen = shop.item("Pen", "580.00", stock="1")
    proforma = offers(shop, line(pen, "4", discount_percent=Decimal(10)), buyer=NewBuyer(name="Jirani Hotel"))
    page = shop.client.get(f"/unsigned/{proforma}").get_data(as_text=True)
    assert "PRO-000001" in page
    assert "no tax invoice" in page
    answer = shop.client.post(f"/unsigned/{proforma}/invoice")
    draft = answer.headers["Location"].rpartition("/")[2]
    assert "Jirani Hotel" in shop.client.get(f"/invoices/drafts/{draft}").get_data(as_text=True)
    with shop.open():
        row = db.session.get_one(Document, (shop.business.tenant_id, UUID(draft)))
        assert (row.state, row.proforma_id) == ("draft", proforma)
        assert unsigned_queries.unsigned(proforma).row.total_amount == Decimal("2088.00")


def test_an_issued_invoice_and_its_proforma_name_each_other(shop: Shop):
    service = shop.item("Delivery", "350.00")
    proforma = offers(shop, line(service))
    draft = shop.client.post(f"/unsigned/{proforma}/invoice").headers["Location"].rpartition("/")[2]
    issued = shop.client.post(f"/invoices/drafts/{draft}/issue", data={"idempotency_key": uuid4().hex})
    assert "PRO-000001" in shop.client.get(issued.headers["Location"]).get_data(as_text=True)
    assert "INV-000001" in shop.client.get(f"/unsigned/{proforma}").get_data(as_text=True)


def test_the_form_saves_a_proforma_of_goods_that_are_not_there_and_its_draft_is_gone(shop: Shop):
    pen = shop.item("Pen", "580.00", stock="1")
    draft = uuid4()
    data = form({"item_id": str(pen), "qty": "50", "prc": "580"}, action="save", draft=str(draft), buyer="Asha")
    shop.client.post("/invoices/drafts", data=data)
    first = shop.client.post("/invoices/drafts", data=data | {"action": "proforma"})
    second = shop.client.post("/invoices/drafts", data=data | {"action": "proforma"})
    assert first.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert shop.documents() == []
    assert "Asha" in shop.client.get("/proformas").get_data(as_text=True)
    assert "Asha" not in shop.client.get("/invoices").get_data(as_text=True)


def test_the_form_of_a_branch_in_training_mode_practises_and_says_so(shop: Shop):
    pen = shop.item("Pen", "580.00")
    trains(shop)
    page = shop.client.get("/invoices/new").get_data(as_text=True)
    assert "Issue for practice" in page
    assert "Training mode: Head office" in shop.client.get("/customers").get_data(as_text=True)
    data = form({"item_id": str(pen), "qty": "1", "prc": "580"}, training="1")
    answer = shop.client.post("/invoices/drafts", data=data)
    assert "/unsigned/" in answer.headers["Location"]
    assert "TRN-000001" in shop.client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "TRN-000001" in shop.client.get("/training").get_data(as_text=True)


def test_a_form_that_was_opened_before_the_mode_changed_issues_nothing(shop: Shop):
    pen = shop.item("Pen", "580.00")
    data = form({"item_id": str(pen), "qty": "1", "prc": "580"}, training="1")
    answer = shop.client.post("/invoices/drafts", data=data)
    assert answer.status_code == 422
    assert "this would be a real invoice" in answer.get_data(as_text=True)
    trains(shop)
    answer = shop.client.post("/invoices/drafts", data=data | {"training": "0", "idempotency_key": uuid4().hex})
    assert answer.status_code == 422
    assert "this would be practice" in answer.get_data(as_text=True)
    assert counts(shop)["submission"] == 0


def test_one_key_is_one_proforma_also_for_two_presses_at_once(shop: Shop):
    pen = shop.item("Pen", "580.00")
    asked, start = new(shop, line(pen), idempotency_key="the-same-key"), threading.Barrier(3)

    def press(_number: int) -> UUID:
        with shop.business.app.app_context(), acting_for(shop.business.tenant_id):
            start.wait()
            return unsigned.issue_proforma(shop.actor, asked)

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(press, range(3)))) == 1
    assert number(shop, offers(shop, line(pen))) == "PRO-000002"
    with pytest.raises(KeyUsedBefore):
        offers(shop, line(pen, "2"), idempotency_key="the-same-key")


def test_who_switches_training_is_in_the_log(shop: Shop):
    path = f"/branches/{shop.business.branch_id}"
    assert "Switch training on" in shop.client.get(f"{path}/edit").get_data(as_text=True)
    shop.client.post(f"{path}/training", data={"on": "1"})
    shop.client.post(f"{path}/training", data={"on": "1"})
    assert "Switch training off" in shop.client.get(f"{path}/edit").get_data(as_text=True)
    with shop.open():
        assert [row.action for row in db.session.query(AuditRow)] == ["training mode switched on"]
