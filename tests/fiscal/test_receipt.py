"""A receipt as a value: the seven types of RECEIPTS §1 and the acceptance list of §13."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from portal.fiscal.bands import Band
from portal.fiscal.content import encode
from portal.fiscal.frozen import Buyer, Environment
from portal.fiscal.labels import Label
from portal.fiscal.receipt import Receipt, ReceiptError, copy_receipt, original_receipt, unsigned_receipt
from portal.fiscal.receipt_parts import AMOUNT_SUFFIXES
from tests.fiscal.examples import (
    CREDIT_SIGNATURE,
    ITEM_CODES,
    SALE_SIGNATURE,
    SELLER,
    credited,
    issued,
    line,
    mixed_sale,
    sale_of,
)

ORIGINAL = "KRACU0400000000/105"


def _note():
    return credited(mixed_sale(), line_1="1", line_6="4")


def _all_seven() -> list[Receipt]:
    sold, note = issued(mixed_sale()), issued(_note())
    return [
        original_receipt(sold, SALE_SIGNATURE, ITEM_CODES),
        original_receipt(note, CREDIT_SIGNATURE, ITEM_CODES, ORIGINAL),
        copy_receipt(sold, SALE_SIGNATURE, ITEM_CODES),
        copy_receipt(note, CREDIT_SIGNATURE, ITEM_CODES, ORIGINAL),
        unsigned_receipt(sold, Label.TS, 3, ITEM_CODES),
        unsigned_receipt(note, Label.TC, 4, ITEM_CODES),
        unsigned_receipt(sold, Label.PS, 5, ITEM_CODES),
    ]


def test_all_seven_types_can_be_made():
    assert [receipt.label for receipt in _all_seven()] == list(Label)


@pytest.mark.parametrize("receipt", _all_seven(), ids=lambda receipt: receipt.label.value)
def test_only_an_original_is_without_marks(receipt):
    if receipt.label.is_official:
        assert (receipt.watermark, receipt.marks) == (None, ())
    else:
        assert receipt.marks == (receipt.watermark, "THIS IS NOT AN OFFICIAL RECEIPT")
        assert receipt.closing is None
    assert receipt.scu.counter.endswith(f" {receipt.label.value}")


@pytest.mark.parametrize("receipt", _all_seven(), ids=lambda receipt: receipt.label.value)
def test_only_what_the_control_unit_signed_shows_its_answer(receipt):
    answer = (receipt.scu.date, receipt.scu.cu_invoice_number, receipt.scu.internal_data, receipt.scu.signature)
    assert all(answer) == receipt.label.is_signed
    assert (receipt.qr_url is not None) == receipt.label.is_signed


def test_a_copy_has_the_signature_number_and_qr_of_its_original():
    original, _, copy, *_ = _all_seven()
    assert copy.qr_url == original.qr_url
    assert replace(copy.scu, counter=original.scu.counter) == original.scu
    differing = {field.name for field in fields(Receipt) if getattr(copy, field.name) != getattr(original, field.name)}
    assert differing == {"label", "watermark", "marks", "scu", "tis", "closing"}


def test_the_number_of_a_copy_is_stamped_on_later_or_given():
    blank = copy_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES).tis.copy
    assert (blank.number, blank.printed_at) == ("", "")
    at = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    given = copy_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES, copy_number=3, printed_at=at).tis.copy
    assert (given.number, given.printed_at) == ("3", "21/11/2026 01:30:00")


def test_the_totals_of_a_sale_stand_in_kras_order():
    totals = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES).totals
    assert [(figure.caption, figure.amount) for figure in totals] == [
        ("TOTAL BEFORE DISCOUNT", "7,957.50"),
        ("TOTAL DISCOUNT AWARDED", "(312.50)"),
        ("TOTAL TAX EXEMPTED AMOUNT", "555.00"),
        ("SUB TOTAL", "7,013.47"),
        ("VAT", "631.53"),
        ("TOTAL (KES)", "7,645.00"),
    ]
    assert [figure.caption for figure in totals if figure.strong] == ["TOTAL (KES)"]


def test_a_sale_without_discount_says_so():
    receipt = original_receipt(issued(sale_of(line("1", "116.00", "B"))), SALE_SIGNATURE, {})
    assert receipt.totals[1].amount == "(0.00)"
    assert receipt.items[0].discount is None


def test_the_tax_table_has_five_rows_always():
    receipt = original_receipt(issued(sale_of(line("1", "116.00", "B"))), SALE_SIGNATURE, {})
    assert [(row.band, row.category, row.rate, row.taxable, row.tax) for row in receipt.tax_table] == [
        ("A", "Exempt", "EX", "0.00", "0.00"),
        ("B", "Standard", "16%", "100.00", "16.00"),
        ("C", "Zero rated", "0%", "0.00", "0.00"),
        ("D", "Non-VAT", "Non-VAT", "0.00", "0.00"),
        ("E", "Other rate", "8%", "0.00", "0.00"),
    ]


def test_a_credit_note_names_the_control_units_number_of_its_sale():
    original = original_receipt(issued(_note()), CREDIT_SIGNATURE, ITEM_CODES, ORIGINAL).original
    assert (original.caption, original.number) == ("ORIGINAL CU INVOICE NO.#", ORIGINAL)
    assert original.sentence == "CREDIT NOTE IS APPROVED ONLY FOR ORIGINAL SALES RECEIPT"
    assert (original.date, original.reason) == ("20/11/2026", "03 Damaged")


def test_every_amount_of_a_credit_note_is_negative_and_its_count_is_not():
    receipt = original_receipt(issued(_note()), CREDIT_SIGNATURE, ITEM_CODES, ORIGINAL)
    amounts = [item.amount for item in receipt.items] + [item.price for item in receipt.items]
    amounts += [figure.amount for figure in (*receipt.totals, *receipt.payments)]
    assert all(amount.startswith("-") for amount in amounts if amount != "0.00")
    assert receipt.items_number == 2
    assert receipt.items[1].quantity == "4"
    assert receipt.items[1].discount.amount == "125.00"  # it makes the credit smaller
    assert [figure.amount for figure in receipt.payments] == ["-1,455.00"]
    assert receipt.tax_table == ()


def test_a_training_credit_note_names_the_training_sale():
    original = unsigned_receipt(issued(_note()), Label.TC, 4, ITEM_CODES).original
    assert (original.caption, original.number) == ("ORIGINAL INVOICE NO.#", "INV-000105")


def test_a_band_letter_is_glued_to_each_amount_and_may_be_another():
    receipt = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES)
    assert [item.amount for item in receipt.items] == [
        "1,160.00B",
        "555.00A-EX",
        "250.00C",
        "1,200.00D",
        "2,292.50E",
        "2,500.00B",
    ]
    other = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES, suffixes={**AMOUNT_SUFFIXES, Band.B: "B-16%"})
    assert other.items[0].amount == "1,160.00B-16%"


def test_each_item_shows_its_type_code_and_unit():
    items = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES).items
    assert [item.type_word for item in items] == ["Goods", "Goods", "Goods", "Svc", "Goods", "Goods"]
    assert [item.code for item in items[:3]] == ["KE2NTBX0000001", "KE2NTKG0000002", None]
    assert {item.unit for item in items} == {"NO"}
    assert [item.number for item in items] == [1, 2, 3, 4, 5, 6]


def test_a_walk_in_customer_has_a_name_and_a_blank_pin():
    receipt = original_receipt(issued(replace(mixed_sale(), buyer=Buyer())), SALE_SIGNATURE, ITEM_CODES)
    assert (receipt.buyer.name, receipt.buyer.pin) == ("Walk-in customer", "")


def test_the_number_block_has_what_the_a4_page_shows():
    document = replace(mixed_sale(), due_on=date(2026, 12, 20), reference="PO 7", customer_note="Thank you")
    number = original_receipt(issued(document), SALE_SIGNATURE, ITEM_CODES).number
    assert (number.number, number.date, number.due, number.reference, number.note) == (
        "INV-000105",
        "20/11/2026",
        "20/12/2026",
        "PO 7",
        "Thank you",
    )


@pytest.mark.parametrize("environment", [Environment.SIMULATOR, Environment.SANDBOX])
def test_what_is_not_signed_in_production_says_so_and_points_at_the_sandbox(environment):
    document = replace(mixed_sale(), environment=environment)
    receipt = original_receipt(issued(document), SALE_SIGNATURE, ITEM_CODES)
    assert receipt.environment_band == "SANDBOX – NOT A TAX DOCUMENT"
    assert receipt.qr_url.startswith("https://etims-sbx.kra.go.ke/")


def test_only_the_sandbox_may_leave_its_band_away_for_certification():
    bands = {
        environment.value: original_receipt(
            issued(replace(mixed_sale(), environment=environment)), SALE_SIGNATURE, ITEM_CODES, for_certification=True
        ).environment_band
        for environment in Environment
    }
    assert bands == {"simulator": "SANDBOX – NOT A TAX DOCUMENT", "sandbox": None, "production": None}


def test_there_is_no_receipt_without_a_signature():
    with pytest.raises(ReceiptError, match="before KRA has signed"):
        original_receipt(issued(mixed_sale()), replace(SALE_SIGNATURE, signature=""), ITEM_CODES)


def test_a_signature_of_unusual_length_is_printed_and_flagged():
    receipt = original_receipt(issued(mixed_sale()), replace(SALE_SIGNATURE, signature="A" * 40), ITEM_CODES)
    assert receipt.has_unusual_signature
    assert receipt.scu.signature == "-".join(["AAAA"] * 10)
    assert not original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES).has_unusual_signature


def test_a_credit_note_and_only_a_credit_note_needs_the_number_of_its_sale():
    with pytest.raises(ReceiptError, match="only a credit note"):
        original_receipt(issued(_note()), CREDIT_SIGNATURE, ITEM_CODES)
    with pytest.raises(ReceiptError, match="only a credit note"):
        original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES, ORIGINAL)


@pytest.mark.parametrize("label", [Label.NS, Label.CS, Label.NC, Label.TC])
def test_no_tax_document_and_no_other_kind_goes_out_unsigned(label):
    with pytest.raises(ReceiptError):
        unsigned_receipt(issued(mixed_sale()), label, 1, ITEM_CODES)


def test_counters_are_printed_as_kra_gave_them():
    per_type = replace(SALE_SIGNATURE, receipt_number=53, total_receipt_number=62)
    scu = original_receipt(issued(mixed_sale()), per_type, ITEM_CODES).scu
    assert (scu.counter, scu.cu_invoice_number) == ("53/62 NS", "KRACU0400000000/53")


def test_later_settings_cannot_touch_a_receipt_and_it_travels_as_json():
    receipt = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES)
    text = json.dumps(encode(receipt))
    assert SELLER.bottom_message in text
    assert json.loads(text)["totals"][5] == {"caption": "TOTAL (KES)", "amount": "7,645.00", "strong": True}
