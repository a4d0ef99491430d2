"""The page of a document follows KRA's answer; nothing unsigned looks official."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import cv2
import numpy
import pytest
from sqlalchemy import text

from portal.infra import qr
from portal.infra.db import db
from portal.sales.models import Document
from portal.sales.new_invoice import NewBuyer
from tests.sales.conftest import Shop, line
from tests.support.world import new_business


@pytest.fixture
def issued(shop: Shop):
    """A sale over two bands with a discount, not sent yet."""
    oil, flour = shop.item("Cooking oil", "1450.00", stock="50"), shop.item("Maize flour", "185.00", band="A")
    return shop.sells(line(oil, "2", discount_percent=Decimal("12.5")), line(flour, "3"), buyer=NewBuyer(name="Jirani Hotel"))


def page_of(shop: Shop, document_id: object) -> str:
    return shop.client.get(f"/invoices/{document_id}").text


def status_of(shop: Shop, document_id: object, asked: str = "1") -> str:
    return shop.client.get(f"/invoices/{document_id}/status?asked={asked}", headers={"HX-Request": "true"}).text


def test_before_kra_has_answered_the_page_waits_and_shows_nothing_official(shop: Shop, issued):
    page = page_of(shop, issued.id)
    for shown in ("INV-000001", "Waiting to send", "Ksh 3,092.50", "Not signed yet", "Hand nothing out before it is signed"):
        assert shown in page
    for official in ("Signed by KRA", 'class="qr"', "shield-check", "CU invoice number", "TAX INVOICE", "Download", "WhatsApp"):
        assert official not in page.partition("<main")[2]
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'hx-trigger="load delay:2s"' in page


def test_the_page_asks_ever_less_often_and_then_offers_to_check_again(shop: Shop, issued):
    first = status_of(shop, issued.id)
    assert "asked=2" in first
    assert 'delay:3s"' in first
    last = status_of(shop, issued.id, "99")
    assert "hx-trigger" not in last
    assert "Check again" in last


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30, "𝟙"])
def test_a_poll_that_makes_no_sense_is_answered_all_the_same(shop: Shop, issued, asked: str):
    assert shop.client.get(f"/invoices/{issued.id}/status", query_string={"asked": asked}).status_code == 200


def test_the_signature_arrives_in_the_poll_with_everything_that_changed(shop: Shop, issued):
    shop.kra_signs(issued.id)
    answer = status_of(shop, issued.id)
    for shown in ("Signed by KRA", "KRACU0300000001/1", "1/1 NS", "AAAA-AAAA-AAAA-AAAB", 'id="document-badge"', "Receipt"):
        assert shown in answer
    assert "delay:" not in answer.replace("submit delay", "")
    assert 'id="document-timeline" hx-swap-oob="true"' in answer


def test_a_signed_invoice_shows_all_five_bands_the_totals_and_kras_numbers(shop: Shop, issued):
    shop.kra_signs(issued.id)
    page = page_of(shop, issued.id)
    bands = ("A exempt", "B 16%", "C zero-rated", "D outside VAT", "E 8%")
    sums = ("2,187.50", "350.00", "Before discount", "−362.50", "Discount 12.5% (362.50)")
    for shown in (*bands, *sums, "Cash", "Signed at", "Jirani Hotel", "Grace Wanjiru"):
        assert shown in page
    assert "noscript" not in page


def test_the_qr_code_leads_to_kras_own_page_of_the_receipt(shop: Shop, issued):
    shop.kra_signs(issued.id)
    drawing = re.search(r'<svg class="qr" viewBox="0 0 (\d+) \d+".*?<path d="([^"]+)"', page_of(shop, issued.id))
    assert drawing is not None
    expected = f"https://etims-sbx.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data={shop.business.pin}00"
    # Like a phone, the reader is moved until it can read.
    reader, size = cv2.QRCodeDetector(), int(drawing[1])
    seen = (reader.detectAndDecode(pixels(size, drawing[2], scale))[0] for scale in (8, 6, 4, 10, 5, 12, 3))
    assert next(filter(None, seen), "").startswith(expected)


def pixels(size: int, path: str, scale: int):
    """The drawing as a picture, `scale` pixels for each module."""
    picture = numpy.full((size, size), 255, numpy.uint8)
    for x, y, width in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path):
        picture[int(y), int(x) : int(x) + int(width)] = 0
    return numpy.kron(picture, numpy.ones((scale, scale), numpy.uint8))


def test_a_qr_drawing_has_its_quiet_zone():
    drawing = qr.draw("https://example.test/1")
    assert not re.search(r"M[0-3] |M\d+ [0-3]\.5h", drawing.path)


def test_a_refused_invoice_says_why_in_words_and_offers_what_helps(shop: Shop, issued):
    shop.kra_refuses(issued.id, "910", "Request parameter error <itemList>")
    page = page_of(shop, issued.id)
    for shown in (
        "Needs attention",
        "KRA did not accept it",
        "What to do:",
        "Correct and issue again",
        "Send again",
        "Void",
        "910",
    ):
        assert shown in page
    assert "&lt;itemList&gt;" in page
    assert "Signed by KRA" not in page


def test_sending_again_puts_it_back_in_its_turn(shop: Shop, issued):
    shop.kra_refuses(issued.id)
    assert shop.client.post(f"/invoices/{issued.id}/send-again").status_code == 303
    assert "Waiting to send" in page_of(shop, issued.id)


def test_correcting_voids_the_old_one_and_opens_its_copy(shop: Shop, issued):
    shop.kra_refuses(issued.id)
    answer = shop.client.post(f"/invoices/{issued.id}/correct", follow_redirects=True)
    assert 'value="Jirani Hotel"' in answer.text
    assert 'value="1,450.00"' in answer.text
    assert 'value="362.50"' in answer.text
    assert "Ksh 3,092.50" in answer.text
    void = page_of(shop, issued.id)
    assert "It was withdrawn before KRA had it" in void
    assert "Replaced by" in void
    assert [one.state for one in shop.documents()] == ["void", "draft"]


def test_a_refused_credit_note_is_written_again_from_its_sale(shop: Shop, issued):
    shop.kra_signs(issued.id)
    note = shop.credits(issued.id)
    shop.kra_refuses(note.id)
    answer = shop.client.post(f"/invoices/{note.id}/correct")
    assert answer.location.endswith(f"/invoices/{issued.id}/credit")
    assert "of 2 left" in shop.client.get(answer.location).text


def test_what_waits_may_be_withdrawn_and_what_is_signed_may_not(shop: Shop, issued):
    assert shop.client.post(f"/invoices/{issued.id}/void").status_code == 303
    other = shop.sells(line(shop.item("Work", "10.00")))
    shop.kra_signs(other.id)
    for act in ("void", "correct", "send-again", "check-again"):
        assert shop.client.post(f"/invoices/{other.id}/{act}").status_code == 409
    assert "Withdraw" not in page_of(shop, other.id)


def test_a_doubtful_one_may_be_asked_for_again(shop: Shop, issued):
    with shop.open():
        db.session.execute(
            text(
                "UPDATE submission SET state = 'sending', sequence_no = 1, body = '{}', body_sha256 = sha256('{}'),"
                " bound_at = now(), lease_token = gen_random_uuid(), lease_until = now()"
            )
        )
        db.session.execute(
            text("UPDATE submission SET state = 'unknown', unknown_since = now(), next_at = now() + interval '1 hour'")
        )
        db.session.commit()
    page = page_of(shop, issued.id)
    assert "Sent to KRA" in page
    assert "Ask KRA now" in page
    assert "Withdraw" not in page
    assert shop.client.post(f"/invoices/{issued.id}/check-again").status_code == 303
    with shop.open():
        assert db.session.execute(text("SELECT next_at < now() + interval '30 minutes' FROM submission")).scalar_one()


def test_a_duplicate_is_a_new_draft_with_the_same_totals(shop: Shop, issued):
    answer = shop.client.post(f"/invoices/{issued.id}/duplicate", follow_redirects=True)
    assert "Ksh 3,092.50" in answer.text
    assert [one.state for one in shop.documents()] == ["issued", "draft"]
    assert shop.documents()[1].replaces_id is None


def test_a_credit_note_shows_amounts_below_zero_its_reason_and_its_sale(shop: Shop, issued):
    shop.kra_signs(issued.id)
    note = shop.credits(issued.id, {2: "1"}, reason_note="Torn", recipient_name="Jane")
    shop.kra_signs(note.id)
    page = page_of(shop, note.id)
    for shown in ("CN-000001", "−Ksh 185.00", "−185.00", "Refund", "Torn", "Jane", "INV-000001", "2/2 NC"):
        assert shown in page
    assert f"/invoices/{note.id}/credit" not in page
    assert "Partly credited" in page_of(shop, issued.id)


def test_a_viewer_sees_the_document_and_no_button(shop: Shop, issued):
    shop.kra_refuses(issued.id)
    page = shop.business.client("viewer").get(f"/invoices/{issued.id}").text
    assert "KRA did not accept it" in page
    for button in ("Correct and issue again", "Send again", "Void</button>"):
        assert button not in page


def test_a_document_of_another_business_or_a_draft_is_not_found(shop: Shop, issued):
    other = new_business(shop.business.app).client()
    draft = uuid4()
    shop.client.post("/invoices/drafts", data={"draft": str(draft), "action": "save", "row": ["l1"], "buyer": "x"})
    assert other.get(f"/invoices/{issued.id}").status_code == 404
    assert shop.client.get(f"/invoices/{draft}").status_code == 404
    assert shop.client.get(f"/invoices/{uuid4()}/status").status_code == 404


def test_hostile_words_of_a_buyer_are_words(shop: Shop):
    name = "<script>alert(1)</script> & Söhne"
    sale = shop.sells(line(shop.item("Work", "10.00")), buyer=NewBuyer(name=name))
    page = page_of(shop, sale.id)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert [one.buyer_name for one in shop.documents()] == [name]
    assert isinstance(shop.documents()[0], Document)
