"""Copies: a body of their own with marks at twice the size of every amount, the same signature, another number each."""

from __future__ import annotations

import re

import pytest

from portal.fiscal.frozen import FiscalDocument
from portal.receipts.paper import a4_page
from portal.receipts.press import Press
from portal.receipts.stamp import NoField, stamped
from tests.fiscal.examples import mixed_sale
from tests.receipts.examples import copy_body_of, credit_note, long_sale, original_of
from tests.receipts.reading import in_order, lines, qr_text, reader, runs, words

WHEN = "22/11/2026 10:31:40"
NOT_OFFICIAL = "THIS IS NOT AN OFFICIAL RECEIPT"
BOTH = pytest.mark.parametrize("document", [mixed_sale(), credit_note()], ids=["sale", "credit note"])


def copy_of(press: Press, document: FiscalDocument, number: int = 1) -> bytes:
    body = press.print_copy_body(a4_page(copy_body_of(document))).pdf
    return stamped(body, number, WHEN)


@BOTH
def test_a_copy_differs_from_its_original_in_label_marks_and_end_only(press: Press, document: FiscalDocument) -> None:
    original, copy = lines(press.print_page(a4_page(original_of(document))).pdf), lines(copy_of(press, document, 2))
    label, copied = ("NC", "CC") if document.credit else ("NS", "CS")
    wanted = [line.replace(f" {label}", f" {copied}") for line in original if line != "END OF LEGAL RECEIPT"]
    place = next(number for number, line in enumerate(wanted) if line == "Karibu Mfano Mart") + 1
    wanted[place:place] = ["COPY", NOT_OFFICIAL]
    assert copy == ["COPY", *wanted, f"COPY No: 2 Printed: {WHEN}"]


@BOTH
def test_a_copy_is_no_legal_receipt(press: Press, document: FiscalDocument) -> None:
    assert "END OF LEGAL RECEIPT" not in words(copy_of(press, document))


@BOTH
def test_the_marks_are_at_least_twice_as_large_as_the_largest_amount(press: Press, document: FiscalDocument) -> None:
    pieces = runs(copy_of(press, document))
    amounts = [piece.size for piece in pieces if re.search(r"\d\.\d\d", piece.text)]
    marks = [piece.size for piece in pieces if piece.text in ("COPY", NOT_OFFICIAL)]
    assert len(marks) == 3  # the watermark, and both words above the items
    assert min(marks) >= 2 * max(amounts) >= 18


def test_the_watermark_lies_behind_every_page(press: Press) -> None:
    pages = [page.extract_text() for page in reader(copy_of(press, long_sale(90))).pages]
    assert len(pages) == 3 and all(text.startswith("COPY") for text in pages)


@BOTH
def test_a_copy_has_the_code_of_its_original(press: Press, document: FiscalDocument) -> None:
    assert qr_text(copy_of(press, document)) == qr_text(press.print_page(a4_page(original_of(document))).pdf)


def test_number_and_time_stand_in_the_tis_block_in_the_font_of_the_page(press: Press) -> None:
    pieces = {piece.text: piece for piece in runs(copy_of(press, mixed_sale(), 17))}
    stamp, above = pieces[f"COPY No: 17   Printed: {WHEN}"], pieces["RECEIPT NUMBER: INV-000105"]
    date = next(piece for text, piece in pieces.items() if text.startswith("Date: 20/11/2026") and piece.left == above.left)
    assert (stamp.size, round(stamp.left, 1)) == (9.0, round(above.left, 1))
    assert stamp.font.endswith("LiberationSans")
    line = above.bottom - date.bottom
    assert date.bottom - stamp.bottom == pytest.approx(line, abs=0.6)


def test_the_stamp_is_part_of_the_tagged_text(press: Press) -> None:
    page = reader(copy_of(press, mixed_sale())).pages[0]
    content = page.get_contents()
    assert content is not None
    found = re.search(rb"/P <</MCID (\d+)>> BDC BT /StampFont 9.0 Tf", content.get_data())
    assert found is not None
    numbers = page.pdf.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"][1]
    assert numbers[int(found[1])].get_object()["/S"] == "/P"


def test_the_stamp_lies_on_the_page_with_the_tis_block(press: Press) -> None:
    pages = [" ".join(page.extract_text().split()) for page in reader(copy_of(press, long_sale(90), 3)).pages]
    in_order(pages[2], "TIS INFORMATION", "COPY No: 3")
    assert "COPY No" not in pages[0] + pages[1]


def test_the_same_copy_is_stamped_to_the_same_bytes(press: Press) -> None:
    body = press.print_copy_body(a4_page(copy_body_of(mixed_sale()))).pdf
    assert stamped(body, 4, WHEN) == stamped(body, 4, WHEN) != stamped(body, 5, WHEN)


def test_an_original_cannot_be_stamped(press: Press) -> None:
    original = press.print_page(a4_page(original_of(mixed_sale()))).pdf
    with pytest.raises(NoField):
        stamped(original, 1, WHEN)


def test_nothing_but_number_and_time_can_be_stamped(press: Press) -> None:
    body = press.print_copy_body(a4_page(copy_body_of(mixed_sale()))).pdf
    for printed_at in ("1) Tj ET", "1" * 80, "é"):
        with pytest.raises(ValueError, match="no letters or no room"):
            stamped(body, 1, printed_at)


def test_a_stamp_fills_the_field_and_moves_nothing(press: Press) -> None:
    body = press.print_copy_body(a4_page(copy_body_of(mixed_sale()))).pdf
    copy = stamped(body, 999_999, WHEN)
    assert len(copy) == len(body) and copy[-200:] == body[-200:]
    with pytest.raises(NoField):
        stamped(copy, 2, WHEN)
