"""Price reductions, the caps that the database keeps by itself, the log book, and a wrong PIN put right (COMPLIANCE §4)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.errors import BadInput
from portal.fiscal.receipt_parts import item_blocks
from portal.infra.db import db
from portal.sales import credits, queries
from portal.sales.models import Document, DocumentLine
from portal.sales.new_invoice import NewBuyer
from portal.stock.models import StockLevel
from tests.sales.conftest import Shop, line


@pytest.fixture
def sale(shop: Shop) -> UUID:
    """A signed sale of ten toners at 250.00 less 12.5 % (2,187.50) and a service."""
    toner, service = shop.item("Toner", "250.00", stock="20"), shop.item("Filing", "1200.00", band="D")
    issued = shop.sells(line(toner, "10", discount_percent=Decimal("12.5")), line(service), buyer=NewBuyer(name="Asha"))
    shop.kra_signs(issued.id)
    return issued.id


def taken(shop: Shop, sale: UUID) -> list[tuple[Decimal, Decimal]]:
    with shop.open():
        rows = db.session.query(DocumentLine).filter_by(document_id=sale).order_by(DocumentLine.line_no)
        return [(row.credited_quantity, row.credited_amount) for row in rows]


def test_a_price_reduction_takes_money_and_brings_nothing_back(shop: Shop, sale: UUID):
    note = shop.credits(sale, reductions={1: Decimal("500.00")})
    (item,) = item_blocks(note.issued.document, {}, {band: band.value for band in note.issued.document.rates})
    assert (item.price, item.quantity, item.amount) == ("-250.00", "10", "-2,500.00B")
    assert (item.discount.caption, item.discount.amount) == ("discount 80.00% (price reduction)", "2,000.00")
    assert note.issued.document.priced.total_amount == Decimal("500.00")
    assert taken(shop, sale)[0] == (Decimal(0), Decimal("500.00"))
    shop.kra_signs(note.id)
    with shop.open():
        assert db.session.query(StockLevel).one().on_hand == Decimal(10)


def test_what_comes_back_after_a_reduction_comes_back_at_the_reduced_price(shop: Shop, sale: UUID):
    shop.credits(sale, reductions={1: Decimal("187.50")})
    assert shop.credits(sale, {1: "4"}).issued.document.priced.total_amount == Decimal("800.00")
    assert shop.credits(sale, {1: "6"}).issued.document.priced.total_amount == Decimal("1200.00")
    assert taken(shop, sale)[0] == (Decimal(10), Decimal("2187.50"))


def test_a_reduction_over_what_is_left_is_refused_in_a_sentence(shop: Shop, sale: UUID):
    shop.credits(sale, {1: "4"})
    with pytest.raises(BadInput, match=r"a reduction must be less than the 1,312\.50 left"):
        shop.credits(sale, reductions={1: Decimal("1312.50")})
    with pytest.raises(BadInput, match="not both on one note"):
        shop.credits(sale, {1: "1"}, reductions={1: Decimal(5)})


def test_the_database_counts_what_a_note_takes_and_refuses_more(shop: Shop, sale: UUID):
    note = shop.credits(sale, {1: "8"})
    with shop.open(), pytest.raises(IntegrityError, match="credited_quantity"):
        db.session.execute(text(ANOTHER_LINE), {"id": note.id, "line": 2, "of": 1})
    with shop.open(), pytest.raises(IntegrityError, match="takes from a line of its sale"):
        db.session.execute(text(ANOTHER_LINE), {"id": note.id, "line": 2, "of": 7})


def test_a_withdrawn_note_gives_back_what_it_took(shop: Shop, sale: UUID):
    note = shop.credits(sale, {1: "8"})
    shop.client.post(f"/invoices/{note.id}/void")
    assert taken(shop, sale)[0] == (Decimal(0), Decimal(0))
    assert shop.credits(sale, {1: "10"}).issued.document.priced.total_amount == Decimal("2187.50")


def test_the_form_shows_what_remains_and_takes_a_reduction(shop: Shop, sale: UUID):
    shop.credits(sale, {1: "4"})
    page = shop.client.get(f"/invoices/{sale}/credit").get_data(as_text=True)
    assert "4 came back before" in page
    assert "Remaining: 6, Ksh" in page
    data = {"idempotency_key": uuid4().hex, "reason": "06", "c1": "0", "c2": "0", "r1": "312.50", "action": "issue"}
    answer = shop.client.post(f"/invoices/{sale}/credit", data=data | {"c1": "6"})
    assert answer.status_code == 422
    assert "Set the quantity to 0" in answer.get_data(as_text=True)
    answer = shop.client.post(f"/invoices/{sale}/credit", data=data)
    assert answer.status_code == 303
    assert taken(shop, sale)[0] == (Decimal(4), Decimal("1187.50"))


def test_the_log_book_holds_reason_words_and_recipient(shop: Shop, sale: UUID):
    shop.credits(sale, {2: "1"}, reason_note="Filed twice", recipient_name="Otieno")
    page = shop.client.get("/credit-notes").get_data(as_text=True)
    for words in ("CN-000001", "INV-000001", "06 Refund", "Filed twice", "Otieno", "Asha", "-1,200.00"):
        assert words.replace("-", "−") in page or words in page, words
    assert "Nothing matches" in shop.client.get("/credit-notes?dates=yesterday").get_data(as_text=True)


def test_one_press_credits_the_wrong_pin_and_issues_the_right_one_linked(shop: Shop, sale: UUID):
    form = {"idempotency_key": uuid4().hex, "pin": "P051365947M", "buyer": "Jirani Hotel"}
    answers = [shop.client.post(f"/invoices/{sale}/wrong-pin", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    with shop.open():
        right = queries.document(UUID(answers[0].headers["Location"].rpartition("/")[2]))
        assert (right.buyer_pin, right.buyer_name, right.replaces_id) == ("P051365947M", "Jirani Hotel", sale)
        assert right.total_amount == Decimal("3387.50")
        (note,) = db.session.query(Document).filter_by(kind="credit_note")
        assert (note.original_id, note.content["credit"]["reason_code"]) == (sale, "07")
    assert [kind for kind, in [(row.kind,) for row in shop.documents()]].count("sale") == 2


def test_a_wrong_pin_of_goods_that_are_not_there_any_more_leaves_a_draft(shop: Shop):
    pen = shop.item("Pen", "580.00", stock="2")
    issued = shop.sells(line(pen, "2"))
    shop.kra_signs(issued.id)
    form = {"idempotency_key": uuid4().hex, "pin": "P051365947M", "buyer": "Jirani Hotel"}
    answer = shop.client.post(f"/invoices/{issued.id}/wrong-pin", data=form)
    assert "/invoices/drafts/" in answer.headers["Location"]
    page = shop.client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Jirani Hotel" in page
    assert [row.state for row in shop.documents() if row.kind == "credit_note"] == ["issued"]


def test_the_pin_that_is_there_already_and_a_malformed_one_are_refused(shop: Shop, sale: UUID):
    for pin in ("", "P05136"):
        answer = shop.client.post(f"/invoices/{sale}/wrong-pin", data={"pin": pin, "buyer": "Asha"})
        assert answer.status_code == 422
    with shop.open():
        assert credits.notes_of(sale) == ()


ANOTHER_LINE = """
    INSERT INTO document_line (tenant_id, document_id, line_no, item_id, band, is_goods, quantity, price, supply_amount,
                               discount_amount, taxable_amount, tax_amount, total_amount, credits_line_no)
    SELECT tenant_id, document_id, :line, item_id, band, is_goods, quantity, price, supply_amount,
           discount_amount, taxable_amount, tax_amount, total_amount, :of FROM document_line WHERE document_id = :id"""
