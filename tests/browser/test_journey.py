"""The main job from nothing: sign up, control unit, invoice, signature, PDF, credit note."""

import pytest
from playwright.sync_api import expect

from tests.browser.shopkeeper import Shopkeeper
from tests.browser.window import DESK, PHONE, Look, OpenWindow
from tests.receipts.reading import qr_text, words

pytestmark = pytest.mark.browser
LOOKS = [Look(size, script=script) for size in (PHONE, DESK) for script in (True, False)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_from_sign_up_to_a_signed_credit_note(open_window: OpenWindow, look: Look) -> None:
    window = open_window(look)
    amina = Shopkeeper(window)
    amina.signs_up()
    amina.sees_the_control_unit_come()

    amina.starts_an_invoice()
    amina.adds_flour_to_the_invoice()
    number = amina.issues("2", total="370.00")
    kra_number = amina.sees_the_signature_arrive()
    receipt = amina.downloads_the_receipt(number)
    for part in (number, kra_number, amina.pin, "Baraka Café", "Maize flour 2kg", "370.00"):
        assert part in words(receipt)
    assert amina.pin in qr_text(receipt)

    note_number = amina.credits_everything()
    kra_number_of_the_note = amina.sees_the_signature_arrive()
    note = words(amina.downloads_the_receipt(note_number))
    for part in ("CREDIT NOTE", note_number, kra_number_of_the_note, kra_number, "-370.00"):
        assert part in note
    window.page.get_by_role("link", name=number).click()
    expect(window.page.get_by_role("main").get_by_text("Credited", exact=True).first).to_be_visible()
    window.has_nothing_to_complain_about()
