"""The journal text of 48 columns, line by line as drawn in RECEIPTS §10 (a)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from portal.fiscal.frozen import Payment, PaymentMethod
from portal.fiscal.labels import Label
from portal.fiscal.receipt import copy_receipt, original_receipt, unsigned_receipt
from portal.fiscal.receipt_text import WIDTH, receipt_text, text_lines
from tests.fiscal.examples import (
    CREDIT_SIGNATURE,
    ITEM_CODES,
    SALE_SIGNATURE,
    credited,
    document_line,
    issued,
    line,
    mixed_sale,
    priced,
    sale,
)

SALE_DRAWING = """\
                   [KRA logo]
             MFANO TRADERS LIMITED
                (t/a MFANO MART)
              Moi Avenue, Nairobi
                PIN: P000000000A
                  TAX INVOICE
               Karibu Mfano Mart
------------------------------------------------
Buyer PIN: P111111111B
Buyer: Jirani Hotel Limited
Trader Invoice No: INV-000105
------------------------------------------------
Ballpoint pen (box)
  580.00 x 2                           1,160.00B
Maize flour 2kg
  185.00 x 3                          555.00A-EX
Fresh milk 500ml
  62.50 x 4                              250.00C
Filing disbursement *svc*
  1,200.00 x 1                         1,200.00D
Diesel (litre)
  183.40 x 12.5                        2,292.50E
Toner cartridge
  250.00 x 10                          2,500.00B
  discount 12.50% (promo)               (312.50)
------------------------------------------------
TOTAL BEFORE DISCOUNT                   7,957.50
TOTAL DISCOUNT AWARDED                  (312.50)
TOTAL TAX EXEMPTED AMOUNT                 555.00
SUB TOTAL                               7,013.47
VAT                                       631.53
TOTAL (KES)                             7,645.00
------------------------------------------------
MOBILE MONEY                            7,645.00
ITEMS NUMBER                                   6
------------------------------------------------
Rate            Taxable Amount               VAT
A EX                    555.00              0.00
B 16%                 2,885.78            461.72
C 0%                    250.00              0.00
D Non-VAT             1,200.00              0.00
E 8%                  2,122.69            169.81
------------------------------------------------
                SCU INFORMATION
Date: 20/11/2026                  Time: 14:05:09
SCU ID: KRACU0400000000
CU INVOICE NO.: KRACU0400000000/105
RECEIPT COUNTER: 105/105 NS
Internal Data:
  ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ
Receipt Signature:
  AB12-CD34-EF56-GH78
             [ QR code, >= 25 mm ]
          Scan to verify on KRA eTIMS
------------------------------------------------
                TIS INFORMATION
RECEIPT NUMBER: INV-000105
Date: 20/11/2026                  Time: 14:05:07
------------------------------------------------
              ASANTE. KARIBU TENA
              END OF LEGAL RECEIPT
"""

CREDIT_DRAWING = """\
                   [KRA logo]
             MFANO TRADERS LIMITED
              Moi Avenue, Nairobi
                PIN: P000000000A
                  CREDIT NOTE
------------------------------------------------
ORIGINAL CU INVOICE NO.#: KRACU0400000000/105
Original date: 20/11/2026
CREDIT NOTE IS APPROVED ONLY FOR ORIGINAL SALES
RECEIPT
Reason: 03 Damaged
------------------------------------------------
Buyer PIN: P111111111B
Buyer: Jirani Hotel Limited
Trader Credit Note No: CN-000012
------------------------------------------------
Ballpoint pen (box)
  -580.00 x 1                           -580.00B
Maize flour 2kg
  -185.00 x 1                        -185.00A-EX
------------------------------------------------
TOTAL                                    -765.00
TOTAL A-EX                               -185.00
TOTAL B-16.00%                           -500.00
TOTAL TAX B                               -80.00
TOTAL C-0%                                  0.00
TOTAL D-Non-VAT                             0.00
TOTAL E-8%                                  0.00
TOTAL TAX E                                 0.00
TOTAL TAX                                 -80.00
------------------------------------------------
MOBILE MONEY                             -765.00
ITEMS NUMBER                                   2
------------------------------------------------
                SCU INFORMATION
Date: 21/11/2026                  Time: 09:12:44
SCU ID: KRACU0400000000
CU INVOICE NO.: KRACU0400000000/106
RECEIPT COUNTER: 106/106 NC
Internal Data:
  ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ
Receipt Signature:
  AB12-CD34-EF56-GH78
             [ QR code, >= 25 mm ]
          Scan to verify on KRA eTIMS
------------------------------------------------
                TIS INFORMATION
RECEIPT NUMBER: CN-000012
Date: 21/11/2026                  Time: 09:12:43
"""


def _plain_shop(document):
    """The same document of a shop without trade name and messages, as the drawing of the credit note has it."""
    return replace(document, seller=replace(document.seller, trade_name=None, top_message=None, bottom_message=None))


def _credit_note():
    return _plain_shop(credited(mixed_sale(), line_1="1", line_2="1"))


def test_a_sale_reads_as_drawn():
    receipt = original_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES)
    assert receipt_text(receipt).splitlines() == SALE_DRAWING.splitlines()


def test_a_credit_note_reads_as_drawn():
    receipt = original_receipt(issued(_credit_note()), CREDIT_SIGNATURE, ITEM_CODES, "KRACU0400000000/105")
    assert receipt_text(receipt).splitlines() == CREDIT_DRAWING.splitlines()


def test_a_copy_differs_from_the_original_in_its_marks_only():
    copy = copy_receipt(
        issued(mixed_sale()),
        SALE_SIGNATURE,
        ITEM_CODES,
        copy_number=2,
        printed_at=datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC),
    )
    drawing = SALE_DRAWING.splitlines()
    after_header = drawing.index("-" * WIDTH) + 1
    expected = [
        *drawing[:after_header],
        "                      COPY",
        "        THIS IS NOT AN OFFICIAL RECEIPT",
        *drawing[after_header:-1],
    ]
    expected[expected.index("RECEIPT COUNTER: 105/105 NS")] = "RECEIPT COUNTER: 105/105 CS"
    end_of_tis = expected.index("Date: 20/11/2026                  Time: 14:05:07") + 1
    expected[end_of_tis:end_of_tis] = ["COPY NUMBER: 2", "Copy printed: 21/11/2026 11:00:00"]
    assert receipt_text(copy).splitlines() == expected


def test_the_marks_of_a_copy_are_set_at_twice_the_size():
    copy = copy_receipt(issued(mixed_sale()), SALE_SIGNATURE, ITEM_CODES)
    doubled = [one.text.strip() for one in text_lines(copy) if one.style == "double"]
    assert doubled == ["COPY", "THIS IS NOT AN OFFICIAL RECEIPT"]


@pytest.mark.parametrize("label", [Label.TS, Label.PS])
def test_an_unsigned_paper_has_a_counter_of_ours_and_nothing_of_kra(label):
    receipt = unsigned_receipt(issued(mixed_sale()), label, 7, ITEM_CODES, "KRACU0400000000")
    text = receipt_text(receipt)
    assert f"RECEIPT COUNTER: 7/7 {label.value}" in text
    for forbidden in ("CU INVOICE NO.", "Internal Data", "Receipt Signature", "QR code", "END OF LEGAL RECEIPT"):
        assert forbidden not in text


def test_proforma_stands_where_the_payments_would_be():
    text = receipt_text(unsigned_receipt(issued(mixed_sale()), Label.PS, 7, ITEM_CODES))
    lines = text.splitlines()
    assert lines[lines.index("PROFORMA") + 1].startswith("ITEMS NUMBER")
    assert "MOBILE MONEY" not in text


def test_no_line_is_wider_than_the_paper_whatever_the_texts_and_amounts():
    widest = priced(line("9999999.9999", "999999.99", "B", amount="0.01")).lines[0]
    document = sale((document_line("x", "Long name " * 20, mixed_sale().lines[3].item_type, widest),))
    document = replace(document, seller=replace(document.seller, address="Kenyatta Avenue, " * 11, name="M" * 200))
    receipt = original_receipt(issued(document), replace(SALE_SIGNATURE, internal_data="A" * 90), ITEM_CODES)
    assert max(map(len, receipt_text(receipt).splitlines())) == WIDTH


def test_cash_beyond_the_total_is_given_back_as_change():
    cash = (Payment(method=PaymentMethod.CASH, amount=Decimal("8000")),)
    receipt = original_receipt(issued(replace(mixed_sale(), payments=cash)), SALE_SIGNATURE, ITEM_CODES)
    lines = receipt_text(receipt).splitlines()
    start = lines.index("CASH                                    8,000.00")
    assert lines[start + 1 : start + 3] == [
        "PAID                                    8,000.00",
        "CHANGE                                    355.00",
    ]
