"""Credit notes: what came back, never more than is left, for six months (COMPLIANCE §4)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.errors import BadInput, PortalError
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales import credits, services
from portal.sales.models import DocumentLine
from portal.sales.new_invoice import NewBuyer, NewCreditNote
from tests.sales.conftest import Shop, line


@pytest.fixture
def sale(shop: Shop) -> UUID:
    """A signed sale of 3 × 33.33 less 10 % and a service."""
    pen, delivery = shop.item("Pen", "33.33", stock="10"), shop.item("Delivery", "800.00")
    issued = shop.sells(line(pen, "3", discount_percent=Decimal(10)), line(delivery), buyer=NewBuyer(name="Asha"))
    shop.kra_signs(issued.id)
    return issued.id


def credited(shop: Shop, sale: UUID) -> list[tuple[Decimal, Decimal]]:
    with shop.open():
        rows = db.session.query(DocumentLine).filter_by(document_id=sale).order_by(DocumentLine.line_no)
        return [(row.credited_quantity, row.credited_amount) for row in rows]


def test_a_full_note_takes_back_every_cent(shop: Shop, sale: UUID):
    note = shop.credits(sale)
    document = note.issued.document
    assert note.number == "CN-000001"
    assert document.priced.total_amount == Decimal("889.99")
    assert (document.buyer.name, document.credit.original_trader_number) == ("Asha", "INV-000001")
    assert credited(shop, sale) == [(Decimal(3), Decimal("89.99")), (Decimal(1), Decimal("800.00"))]


def test_notes_in_parts_add_up_to_the_sale_and_the_last_takes_what_is_left(shop: Shop, sale: UUID):
    amounts = [shop.credits(sale, {1: "1"}).issued.document.priced.total_amount for _ in range(3)]
    assert sum(amounts) == Decimal("89.99")
    with pytest.raises(BadInput, match="Line 1: all of it has been credited already"):
        shop.credits(sale, {1: "1"})


def test_more_than_is_left_is_refused_with_what_is_left(shop: Shop, sale: UUID):
    shop.credits(sale, {1: "2"})
    with pytest.raises(BadInput, match="Line 1: only 1 is left to credit"):
        shop.credits(sale, {1: "1.5"})


def test_the_database_itself_keeps_the_caps(shop: Shop, sale: UUID):
    with shop.open(), pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE document_line SET credited_quantity = 3.0001 WHERE document_id = :id"), {"id": sale})


def test_two_people_crediting_the_same_line_at_once_do_not_pass_the_cap(shop: Shop, sale: UUID):
    start = threading.Barrier(3)

    def press(_number: int) -> str:
        with shop.business.app.app_context(), acting_for(shop.business.tenant_id):
            new = NewCreditNote(original_id=sale, idempotency_key=uuid4().hex, reason_code="06", quantities={1: Decimal(2)})
            start.wait()
            try:
                return credits.issue_credit_note(shop.actor, new).number
            except BadInput as refusal:
                return refusal.sentence

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(press, range(3)))
    assert answers == ["CN-000001"] + ["Line 1: only 1 is left to credit."] * 2


def test_the_same_press_twice_makes_one_note(shop: Shop, sale: UUID):
    key = uuid4().hex
    first, second = (shop.credits(sale, idempotency_key=key) for _ in range(2))
    assert (first.id, second.repeated) == (second.id, True)


def test_only_a_signed_sale_is_credited(shop: Shop, sale: UUID):
    waiting = shop.sells(line(shop.item("Other", "10.00")))
    with pytest.raises(BadInput, match="not signed"):
        shop.credits(waiting.id)
    note = shop.credits(sale)
    with pytest.raises(BadInput, match="Only an invoice can be credited"):
        shop.credits(note.id)


def test_a_note_needs_a_reason_of_kras_list(shop: Shop, sale: UUID):
    with pytest.raises(BadInput, match="Choose a reason from KRA's list"):
        shop.credits(sale, reason_code="99")


def test_after_six_months_the_date_is_said_and_there_is_no_override(shop: Shop, sale: UUID, dsns):
    import psycopg

    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE document SET issued_at = now() - interval '7 months' WHERE id = %s", [sale])
    with pytest.raises(BadInput, match=r"the law let it be credited until \d\d/\d\d/\d{4}"):
        shop.credits(sale)
    assert "It can no longer be credited" in shop.client.get(f"/invoices/{sale}/credit").text


def test_a_withdrawn_note_gives_back_what_it_took(shop: Shop, sale: UUID):
    note = shop.credits(sale)
    shop.kra_refuses(note.id)
    with shop.open():
        services.void_document(shop.actor, note.id)
    assert credited(shop, sale) == [(Decimal(0), Decimal(0))] * 2
    assert shop.credits(sale).number == "CN-000002"


def test_a_business_that_left_vat_can_still_credit_what_it_sold_with_vat(shop: Shop, sale: UUID):
    with shop.open():
        db.session.execute(text("UPDATE tenant SET vat_registered = false"))
        db.session.commit()
    assert shop.credits(sale).issued.document.priced.tax_amount > 0


def test_a_closed_control_unit_issues_no_note(shop: Shop, sale: UUID):
    with shop.open():
        db.session.execute(text("UPDATE device SET last_contact_at = now() - interval '25 hours'"))
        db.session.commit()
    with pytest.raises(PortalError, match="After 24 hours"):
        shop.credits(sale)


def send(shop: Shop, sale: UUID, **fields: str):
    data = {"action": "issue", "idempotency_key": uuid4().hex, "reason": "06", "c1": "3", "c2": "1", "restock": "1", **fields}
    return shop.client.post(f"/invoices/{sale}/credit", data=data)


def test_the_form_opens_with_everything_beside_the_original(shop: Shop, sale: UUID):
    page = shop.client.get(f"/invoices/{sale}/credit").text
    assert "Credit INV-000001" in page
    assert "KRACU0300000001/1" in page
    assert "−Ksh 889.99" in page
    assert "of 3 left" in page
    assert "You can credit until" in page


def test_a_full_note_is_one_press_from_the_form(shop: Shop, sale: UUID):
    answer = send(shop, sale, note="Box crushed", recipient="Jane")
    page = shop.client.get(answer.location).text
    assert answer.status_code == 303
    assert "CN-000001" in page
    assert "Box crushed" in page
    assert "−Ksh 889.99" in page
    assert "INV-000001" in page


def test_everything_and_nothing_fill_the_quantities(shop: Shop, sale: UUID):
    nothing = send(shop, sale, action="none").text
    assert 'value="0"' in nothing
    assert "Ksh 0.00" in nothing
    everything = send(shop, sale, action="all", c1="0").text
    assert 'id="c1" name="c1"' in everything
    assert "−Ksh 889.99" in everything


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": ""}, "Choose why it comes back."),
        ({"reason": "99"}, "Choose why it comes back."),
        ({"c1": "4"}, "Only 3 is left to credit."),
        ({"c1": "-1"}, "A quantity cannot be negative."),
        ({"c1": "x"}, "Write the quantity in figures"),
        ({"c1": "1\x00"}, "Write the quantity in figures"),
        ({"c1": "0", "c2": ""}, "Enter how much of at least one line comes back."),
        ({"note": "x" * 401}, "The explanation is too long"),
        ({"recipient": "x" * 61}, "The name is too long"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_kept(shop: Shop, sale: UUID, fields: dict[str, str], sentence: str):
    answer = send(shop, sale, **({"recipient": "Jane"} | fields))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Nothing was sent. What you typed is still here." in answer.text


def test_an_invoice_that_was_credited_whole_says_so(shop: Shop, sale: UUID):
    note = shop.credits(sale)
    shop.kra_signs(note.id)
    page = shop.client.get(f"/invoices/{sale}").text
    assert "Credited" in page
    assert f"/invoices/{sale}/credit" not in page
    again = shop.client.get(f"/invoices/{sale}/credit", follow_redirects=True).text
    assert "All of this invoice has been credited already." in again
