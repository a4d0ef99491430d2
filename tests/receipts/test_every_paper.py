"""All seven types on both papers: every line of RECEIPTS §10 in its order, the marks, the QR or none, the size of the sheet."""

from __future__ import annotations

import re

import pytest

from portal.fiscal.frozen import FiscalDocument
from portal.fiscal.labels import Label
from portal.fiscal.receipt import NOT_OFFICIAL, Receipt, unsigned_receipt
from portal.fiscal.receipt_text import RULE, text_lines
from portal.receipts.paper import page_of, title_of
from portal.receipts.press import Press
from portal.receipts.sizes import PaperSize
from portal.receipts.stamp import stamped
from tests.fiscal.examples import issued, mixed_sale
from tests.receipts.examples import CODES, copy_body_of, credit_note, long_sale, named_sale, original_of, two_tenders, walk_in
from tests.receipts.reading import in_order, lines, picture, poppler_text, qr_text, reader, runs

A4_POINTS, MM = (595.28, 841.89), 72 / 25.4
PRINTED_AT = "22/11/2026 10:31:40"


def unsigned(document: FiscalDocument, label: Label) -> Receipt:
    return unsigned_receipt(issued(document), label, 7, CODES, "KRACU0400000000")


RECEIPTS: dict[str, Receipt] = {
    "NS": original_of(mixed_sale()),
    "NS to a walk-in": original_of(walk_in()),
    "NS with two tenders and change": original_of(two_tenders()),
    "NC": original_of(credit_note()),
    "CS": copy_body_of(mixed_sale()),
    "CC": copy_body_of(credit_note()),
    "TS": unsigned(mixed_sale(), Label.TS),
    "TC": unsigned(credit_note(), Label.TC),
    "PS": unsigned(mixed_sale(), Label.PS),
}


_printed: dict[tuple[Receipt, PaperSize], bytes] = {}


def printed(press: Press, receipt: Receipt, size: PaperSize) -> bytes:
    """The paper; each is drawn once for all tests of this file."""
    key = (receipt, size)
    if key not in _printed:
        _printed[key] = _drawn(press, receipt, size)
    return _printed[key]


def _drawn(press: Press, receipt: Receipt, size: PaperSize) -> bytes:
    page = page_of(receipt, size)
    if receipt.label.is_copy:
        return stamped(press.print_copy_body(page, size).pdf, 1, PRINTED_AT)
    return press.print_page(page, size).pdf


def journal(receipt: Receipt) -> list[str]:
    """The lines of the 48-column journal, which follow RECEIPTS §2 and §8, without rules, pictures and the stamp of a copy."""
    found = [line.text for line in text_lines(receipt) if line.style not in ("logo", "qr") and line.text != RULE]
    return [" ".join(text.split()) for text in found if text.strip() not in ("COPY NUMBER:", "Copy printed:")]


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_roll_holds_every_line_of_the_journal_in_its_order(press: Press, name: str):
    receipt = RECEIPTS[name]
    text = " ".join(lines(printed(press, receipt, PaperSize.ROLL)))
    in_order(text, *journal(receipt))
    assert (f"COPY No: 1 Printed: {PRINTED_AT}" in text) == receipt.label.is_copy


@pytest.mark.parametrize("name", RECEIPTS)
def test_an_a4_sheet_holds_marks_totals_units_and_numbers_in_their_order(press: Press, name: str):
    receipt = RECEIPTS[name]
    text = " ".join(lines(printed(press, receipt, PaperSize.A4)))
    figures = [f"{figure.caption} {figure.amount}" for figure in receipt.totals]
    paid = [receipt.payment_word or "", *(f"{figure.caption} {figure.amount}" for figure in receipt.payments)]
    taxes = [f"{row.band} {row.category} {row.rate} {row.taxable} {row.tax}" for row in receipt.tax_table]
    items = [part for item in receipt.items for part in (item.name, item.type_word, item.quantity, item.price, item.amount)]
    header = [receipt.header.business_name, f"PIN: {receipt.header.pin}", receipt.header.title, *receipt.marks]
    in_order(text, *header, *items, *figures, *paid, f"ITEMS NUMBER {receipt.items_number}", *taxes, "SCU INFORMATION")
    in_order(text, f"RECEIPT COUNTER: {receipt.scu.counter}", f"RECEIPT NUMBER: {receipt.tis.number}")


@pytest.mark.parametrize("size", PaperSize)
@pytest.mark.parametrize("name", ["NS", "NC", "CS", "CC", "TS", "TC", "PS"])
def test_what_is_signed_carries_its_qr_and_nothing_else_does(press: Press, name: str, size: PaperSize):
    receipt = RECEIPTS[name]
    pdf = printed(press, receipt, size)
    assert qr_text(pdf) == (receipt.qr_url or "")
    text = poppler_text(pdf)
    assert receipt.scu.counter in text
    assert ("Receipt Signature" in text) == receipt.label.is_signed
    assert ("END OF LEGAL RECEIPT" in text) == (name == "NS")


@pytest.mark.parametrize("size", PaperSize)
@pytest.mark.parametrize("name", ["CS", "CC", "TS", "TC", "PS"])
def test_what_is_not_official_says_so_at_twice_the_size_of_the_largest_amount(press: Press, name: str, size: PaperSize):
    receipt = RECEIPTS[name]
    drawn = runs(printed(press, receipt, size))
    largest = max(one.size for one in drawn if re.search(r"\d\.\d\d", one.text))
    marks = [one for one in drawn if one.text == receipt.label.designation or one.text in NOT_OFFICIAL]
    watermark = [one for one in marks if one.text == receipt.label.designation and one.size > 30]
    assert watermark, "no watermark behind the page"
    words = [one for one in marks if one not in watermark and one.size > 12]  # PROFORMA also stands for the payment
    assert words[0].text == receipt.label.designation
    assert all(one.size >= 2 * largest for one in words)
    assert NOT_OFFICIAL in " ".join(one.text for one in words)


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_roll_is_one_page_of_80_mm_that_ends_with_its_text(press: Press, name: str):
    pdf = printed(press, RECEIPTS[name], PaperSize.ROLL)
    (page,) = reader(pdf).pages
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    assert width == pytest.approx(80 * MM, abs=0.5)
    lowest = min(run.bottom for run in runs(pdf))
    assert 4 * MM <= lowest <= 12 * MM
    assert 200 * MM < height < 400 * MM
    ink = picture(pdf, 100) < 128
    assert not ink[:, :12].any(), "ink in the margin at the left"
    assert not ink[:, -12:].any(), "ink in the margin at the right"


def test_a_roll_is_tagged_titled_and_in_our_own_font(press: Press):
    pdf = reader(printed(press, RECEIPTS["PS"], PaperSize.ROLL))
    assert pdf.metadata is not None
    assert pdf.metadata.title == title_of(RECEIPTS["PS"]) == "Proforma of tax invoice INV-000105, MFANO TRADERS LIMITED"
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    assert {run.font.partition("+")[2] for run in runs(printed(press, RECEIPTS["NS"], PaperSize.ROLL))} <= {
        "Receipt-Sans", "Receipt-Sans-Bold", "Receipt-Mono",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["W" * 60, "x" * 200, "Kahawa ya Mama Njeri " * 9, "قهوة عربية", "☕ Chai 🫖 ya moto"])
def test_no_name_leaves_the_sheet_or_hides_an_amount(press: Press, name: str):
    pdf = printed(press, original_of(named_sale(name.strip())), PaperSize.ROLL)
    ink = picture(pdf, 100) < 128
    assert not ink[:, -12:].any()
    assert "1,160.00B" in poppler_text(pdf)


def test_500_lines_stay_one_roll(press: Press):
    done = press.print_page(page_of(original_of(long_sale(500)), PaperSize.ROLL), PaperSize.ROLL)
    text = lines(done.pdf)
    assert done.pages == 1
    assert text.count("580.00 x 2 1,160.00B") == 500
    assert "ITEMS NUMBER 500" in text
