"""Issuing: one press, one number, one frozen document, one submission."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from portal.audit.models import AuditRow
from portal.errors import BadInput, PortalError
from portal.fiscal.content import content_sha256
from portal.fiscal.payments import PaymentMethod
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales import services
from portal.sales.errors import KeyUsedBefore
from portal.sales.models import DocumentLine
from portal.sales.new_invoice import NewBuyer, NewInvoice, NewPayment
from portal.stock import levels
from portal.stock.errors import NotEnoughStock
from portal.submissions.models import Submission
from tests.sales.conftest import Shop, line


def test_numbers_follow_each_other_and_each_document_is_queued_once(shop: Shop):
    item = shop.item("Delivery", "800.00")
    assert [shop.sells(line(item)).number for _ in range(3)] == ["INV-000001", "INV-000002", "INV-000003"]
    with shop.open():
        told = db.session.query(Submission).order_by(Submission.position).all()
        assert [row.state for row in told] == ["queued"] * 3
        assert [row.subject_id for row in told] == [one.id for one in shop.documents()]


def test_what_is_issued_is_frozen_with_its_hash_lines_and_audit_row(shop: Shop):
    item, customer = shop.item("Delivery", "1160.00"), shop.customer("Asha Ltd", pin="P222222222C", address="Moi Avenue")
    sale = shop.sells(line(item, "2", discount_percent=Decimal(10)), buyer=NewBuyer(customer_id=customer))
    [row] = shop.documents()
    assert row.content_sha256 == content_sha256(row.content)
    assert (row.buyer_name, row.buyer_pin, row.search_name) == ("Asha Ltd", "P222222222C", "asha ltd")
    assert (row.taxable_amount, row.tax_amount, row.total_amount) == (Decimal(1800), Decimal(288), Decimal(2088))
    with shop.open():
        [kept] = db.session.query(DocumentLine).all()
        assert (kept.band, kept.discount_amount, kept.total_amount) == ("B", Decimal(232), Decimal(2088))
        last = db.session.query(AuditRow).filter(AuditRow.chain == shop.business.branch_id).one()
        assert (last.action, last.object, last.actor) == ("sale issued", "INV-000001", "Grace Wanjiru")
    assert sale.issued.document.seller.name.startswith("Business")


def test_a_later_change_of_item_or_customer_does_not_reach_an_issued_document(shop: Shop):
    item = shop.item("Delivery", "1160.00")
    sale = shop.sells(line(item))
    with shop.open():
        db.session.execute(text("UPDATE item SET name = 'Other', price = 1"))
        db.session.commit()
    page = shop.client.get(f"/invoices/{sale.id}").text
    assert "Delivery" in page
    assert "1,160.00" in page


def test_the_database_refuses_to_change_an_issued_document(shop: Shop):
    sale = shop.sells(line(shop.item("Delivery", "1160.00")))
    with shop.open(), pytest.raises(Exception, match="does not go from issued to issued"):
        db.session.execute(
            text("UPDATE document SET total_amount = 1, taxable_amount = 1, tax_amount = 0 WHERE id = :id"), {"id": sale.id}
        )


def test_the_same_key_gives_the_first_invoice_again(shop: Shop):
    item, key = shop.item("Delivery", "800.00"), uuid4().hex
    first, second = shop.sells(line(item), idempotency_key=key), shop.sells(line(item), idempotency_key=key)
    assert (second.id, second.number, second.repeated) == (first.id, "INV-000001", True)


def test_the_same_key_for_something_else_is_refused(shop: Shop):
    item, key = shop.item("Delivery", "800.00"), uuid4().hex
    shop.sells(line(item), idempotency_key=key)
    with pytest.raises(KeyUsedBefore, match="INV-000001"):
        shop.sells(line(item, "2"), idempotency_key=key)


@pytest.mark.parametrize("drafts", ["the same draft", "two drafts"])
def test_many_presses_at_the_same_moment_make_one_invoice_and_use_one_number(shop: Shop, drafts: str):
    item, key, draft = shop.item("Flour", "185.00", stock="5"), uuid4().hex, uuid4()
    presses = 4
    start = threading.Barrier(presses)

    def press(_number: int) -> str:
        with shop.business.app.app_context(), acting_for(shop.business.tenant_id):
            new = NewInvoice(
                branch_id=shop.business.branch_id,
                idempotency_key=key,
                lines=(line(item, "3"),),
                draft_id=draft if drafts == "the same draft" else uuid4(),
            )
            start.wait()
            return services.issue_invoice(shop.actor, new).number

    with ThreadPoolExecutor(presses) as pool:
        numbers = set(pool.map(press, range(presses)))
    assert numbers == {"INV-000001"}
    assert [one.trader_no for one in shop.documents() if one.state == "issued"] == [1]
    assert shop.sells(line(item, "2")).number == "INV-000002"


def test_goods_are_promised_at_issue_and_not_sold_twice(shop: Shop):
    flour = shop.item("Flour", "185.00", stock="5")
    shop.sells(line(flour, "3"))
    with shop.open():
        assert levels.available(shop.business.branch_id, [flour]) == {flour: Decimal(2)}
    with pytest.raises(NotEnoughStock, match="2 in stock, 3 wanted"):
        shop.sells(line(flour, "3"))
    assert shop.sells(line(flour, "2")).number == "INV-000002"


def test_a_failed_issue_returns_its_number_and_leaves_no_trace(shop: Shop):
    flour = shop.item("Flour", "185.00", stock="1")
    with pytest.raises(NotEnoughStock):
        shop.sells(line(flour, "3"))
    assert shop.documents() == []
    assert shop.sells(line(flour)).number == "INV-000001"


def test_after_24_hours_without_kra_nothing_is_issued_and_the_draft_is_kept(shop: Shop):
    item = shop.item("Delivery", "800.00")
    with shop.open():
        db.session.execute(text("UPDATE device SET last_contact_at = now() - interval '24 hours'"))
        db.session.commit()
    with pytest.raises(PortalError, match="After 24 hours no invoice may be issued"):
        shop.sells(line(item))
    data = {"action": "issue", "draft": str(uuid4()), "row": ["l1", "p1"], "l1-item_id": str(item), "l1-item": "Delivery"}
    answer = shop.client.post("/invoices/drafts", data=data | {"l1-qty": "1", "l1-prc": "800"})
    assert answer.status_code == 422
    assert "After 24 hours no invoice may be issued" in answer.text
    assert [one.state for one in shop.documents()] == ["draft"]


def test_nothing_is_issued_while_the_control_unit_is_set_up(shop: Shop):
    item = shop.item("Delivery", "800.00")
    with shop.open():
        db.session.execute(text("UPDATE device SET status = 'setting_up'"))
        db.session.commit()
    with pytest.raises(PortalError, match="not ready yet"):
        shop.sells(line(item))


def test_a_business_without_vat_registration_cannot_charge_vat(shop: Shop):
    item = shop.item("Delivery", "800.00")
    exempt = shop.item("Flour", "185.00", band="A")
    with shop.open():
        db.session.execute(text("UPDATE tenant SET vat_registered = false"))
        db.session.commit()
    with pytest.raises(BadInput, match="not registered for VAT cannot use bands B and E"):
        shop.sells(line(item))
    assert shop.sells(line(exempt)).issued.document.seller.vat_registered is False


def test_a_business_that_has_not_said_whether_it_is_registered_says_so_first(shop: Shop):
    item = shop.item("Delivery", "800.00")
    with shop.open():
        db.session.execute(text("UPDATE tenant SET vat_registered = NULL, vat_said_by = NULL"))
        db.session.commit()
    with pytest.raises(BadInput, match="Say first whether the business is registered for VAT"):
        shop.sells(line(item))


def test_an_item_of_another_business_or_an_archived_one_is_not_sold(shop: Shop):
    item = shop.item("Delivery", "800.00")
    with shop.open():
        db.session.execute(text("UPDATE item SET archived_at = now()"))
        db.session.commit()
    for gone in (item, uuid4()):
        with pytest.raises(BadInput, match="Line 1: this item is not in your list any more"):
            shop.sells(line(gone))


def test_payments_must_make_up_the_total(shop: Shop):
    item = shop.item("Delivery", "800.00")
    cash = NewPayment(method=PaymentMethod.CASH, amount=Decimal(500))
    rest = NewPayment(method=PaymentMethod.CREDIT)
    assert [one.amount for one in shop.sells(line(item), payments=(cash, rest)).issued.document.payments] == [500, 300]
    for wrong in ((cash,), (rest, rest), (NewPayment(method=PaymentMethod.CARD, amount=Decimal(900)),)):
        with pytest.raises(BadInput, match="payment"):
            shop.sells(line(item), payments=wrong)


def test_each_branch_counts_for_itself_and_no_two_numbers_are_alike(shop: Shop):
    item = shop.item("Delivery", "800.00")
    with shop.open():
        tenant = shop.business.tenant_id
        branch = db.session.execute(
            text("INSERT INTO branch (tenant_id, code, name) VALUES (:t, '01', 'Ngong Road') RETURNING id"), {"t": tenant}
        ).scalar_one()
        db.session.execute(
            text(
                "INSERT INTO device (tenant_id, branch_id, environment, serial, status, last_contact_at)"
                " VALUES (:t, :b, 'simulator', :s, 'ready', now())"
            ),
            {"t": tenant, "b": branch, "s": f"NGONG{uuid4().hex[:8]}"},
        )
        db.session.commit()
        new = NewInvoice(branch_id=branch, idempotency_key=uuid4().hex, lines=(line(item),))
        second = services.issue_invoice(shop.actor, new)
    assert (shop.sells(line(item)).number, second.number) == ("INV-000001", "INV-01-000001")
