"""The A4 paper read back, line by line in the order of RECEIPTS §2 (sale) and §8 (credit note)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.fiscal.frozen import Buyer, Environment, FiscalDocument
from portal.fiscal.receipt import SANDBOX_BAND, Receipt
from portal.receipts.paper import a4_page
from portal.receipts.press import Press
from tests.fiscal.examples import mixed_sale
from tests.receipts.examples import credit_note, long_sale, original_of, two_tenders, walk_in
from tests.receipts.reading import in_order, lines, picture, qr_text, reader, words

SALE = """
KRA
MFANO TRADERS LIMITED
(t/a MFANO MART)
Moi Avenue, Nairobi Tel 0700 000 000
PIN: P000000000A Scan to verify on KRA eTIMS
TAX INVOICE
Karibu Mfano Mart
INVOICE BUYER SUPPLIER / BRANCH
Trader Invoice No: INV-000105
Invoice date: 20/11/2026
Jirani Hotel Limited
Buyer PIN: P111111111B
Tel 0711 111 111
Branch: 00 Headquarter
SCU ID: KRACU0400000000
# Description Type Qty Unit Unit price Amount
1 Ballpoint pen (box) KE2NTNO0000001 Goods 2 pcs 580.00 1,160.00B
2 Maize flour 2kg KE2NTNO0000002 Goods 3 pcs 185.00 555.00A-EX
3 Fresh milk 500ml KE2NTNO0000003 Goods 4 pcs 62.50 250.00C
4 Filing disbursement KE2NTNO0000004 Svc 1 pcs 1,200.00 1,200.00D
5 Diesel (litre) KE2NTNO0000005 Goods 12.5 pcs 183.40 2,292.50E
6 Toner cartridge KE2NTNO0000006 Goods 10 pcs 250.00 2,500.00B
discount 12.50% (promo) (312.50)
TOTAL BEFORE DISCOUNT 7,957.50
TOTAL DISCOUNT AWARDED (312.50)
TOTAL TAX EXEMPTED AMOUNT 555.00
SUB TOTAL 7,013.47
VAT 631.53
TOTAL (KES) 7,645.00
CASH 5,000.00
MOBILE MONEY 2,700.00
PAID 7,700.00
CHANGE 55.00 ITEMS NUMBER 6
Tax category Rate Taxable amount VAT
A Exempt EX 555.00 0.00
B Standard 16% 2,885.78 461.72
C Zero rated 0% 250.00 0.00
D Non-VAT Non-VAT 1,200.00 0.00
E Other rate 8% 2,122.69 169.81
SCU INFORMATION
Date: 20/11/2026 Time: 14:05:09
SCU ID: KRACU0400000000
CU INVOICE NO.: KRACU0400000000/105
RECEIPT COUNTER: 105/105 NS
Internal Data: ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ
Receipt Signature: AB12-CD34-EF56-GH78
TIS INFORMATION
RECEIPT NUMBER: INV-000105
Date: 20/11/2026 Time: 14:05:07
ASANTE. KARIBU TENA
END OF LEGAL RECEIPT
"""
CREDIT_NOTE = """
KRA
MFANO TRADERS LIMITED
(t/a MFANO MART)
Moi Avenue, Nairobi Tel 0700 000 000
PIN: P000000000A Scan to verify on KRA eTIMS
CREDIT NOTE
Karibu Mfano Mart
ORIGINAL CU INVOICE NO.#: KRACU0400000000/105
Original date: 20/11/2026
CREDIT NOTE IS APPROVED ONLY FOR ORIGINAL SALES RECEIPT
Reason: 03 Damaged
CREDIT NOTE BUYER SUPPLIER / BRANCH
Trader Credit Note No: CN-000012
Date: 21/11/2026
Jirani Hotel Limited
Buyer PIN: P111111111B
Tel 0711 111 111
Branch: 00 Headquarter
SCU ID: KRACU0400000000
# Description Type Qty Unit Unit price Amount
1 Ballpoint pen (box) KE2NTNO0000001 Goods 1 pcs -580.00 -580.00B
2 Maize flour 2kg KE2NTNO0000002 Goods 1 pcs -185.00 -185.00A-EX
TOTAL -765.00
TOTAL A-EX -185.00
TOTAL B-16.00% -500.00
TOTAL TAX B -80.00
TOTAL C-0% 0.00
TOTAL D-Non-VAT 0.00
TOTAL E-8% 0.00
TOTAL TAX E 0.00
TOTAL TAX -80.00
MOBILE MONEY -765.00 ITEMS NUMBER 2
SCU INFORMATION
Date: 21/11/2026 Time: 09:12:44
SCU ID: KRACU0400000000
CU INVOICE NO.: KRACU0400000000/106
RECEIPT COUNTER: 106/106 NC
Internal Data: ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ
Receipt Signature: AB12-CD34-EF56-GH78
TIS INFORMATION
RECEIPT NUMBER: CN-000012
Date: 21/11/2026 Time: 09:12:43
ASANTE. KARIBU TENA
"""
QR = "https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000000000A00AB12CD34EF56GH78"


def printed(press: Press, receipt: Receipt) -> bytes:
    return press.print_page(a4_page(receipt)).pdf


def expected(text: str) -> list[str]:
    return text.strip().splitlines()


def test_a_sale_of_all_bands_with_a_discount_and_two_tenders(press: Press) -> None:
    assert lines(printed(press, original_of(two_tenders()))) == expected(SALE)


def test_a_credit_note_against_it(press: Press) -> None:
    assert lines(printed(press, original_of(credit_note()))) == expected(CREDIT_NOTE)


@pytest.mark.parametrize("document", [mixed_sale(), credit_note()], ids=["sale", "credit note"])
def test_a_phone_reads_the_exact_address_from_the_printed_code(press: Press, document: FiscalDocument) -> None:
    assert qr_text(printed(press, original_of(document))) == QR


@pytest.mark.parametrize("environment", [Environment.SIMULATOR, Environment.SANDBOX])
def test_outside_production_every_page_says_so_and_the_code_leads_to_the_sandbox(press: Press, environment: Environment) -> None:
    pdf = printed(press, original_of(replace(long_sale(90), environment=environment)))
    pages = [page.extract_text() for page in reader(pdf).pages]
    assert len(pages) == 3 and all(SANDBOX_BAND in text for text in pages)
    assert qr_text(pdf) == QR.replace("etims.kra.go.ke", "etims-sbx.kra.go.ke")


def test_in_production_nothing_says_sandbox(press: Press) -> None:
    assert "SANDBOX" not in words(printed(press, original_of(mixed_sale())))


def test_a_walk_in_customer_is_printed_with_an_empty_pin(press: Press) -> None:
    found = lines(printed(press, original_of(walk_in())))
    assert found[found.index("Walk-in customer") + 1] == "Buyer PIN:"


def test_the_longest_names_and_addresses_are_printed_whole(press: Press) -> None:
    name, item, address = "Jirani " * 8 + "Ltd.", "Nyavu ya samaki " * 12, "Barabara ya Ngong " * 11
    document = mixed_sale()
    document = replace(
        document,
        buyer=Buyer(name=name[:60], pin="P111111111B", address=address[:200]),
        seller=replace(document.seller, address=address[:200], name="WAUZAJI WA VIFAA VYA UJENZI " * 7),
        lines=(replace(document.lines[0], name=item[:200]), *document.lines[1:]),
        customer_note="Asante kwa biashara yako. " * 15,
    )
    text = words(printed(press, original_of(document)))
    for part in (name[:60], item[:200], address[:200], document.seller.name, document.customer_note or ""):
        assert " ".join(part.split()) in text


def test_a_word_without_a_blank_stays_between_the_margins(press: Press) -> None:
    document = mixed_sale()
    document = replace(document, lines=(replace(document.lines[0], name="W" * 200), *document.lines[1:]))
    pdf = printed(press, original_of(document))
    text = "".join(words(pdf).split())
    assert "W" * 200 in text
    seen = picture(pdf, dots_per_inch=50)
    margin = round(14 / 25.4 * 50)
    assert seen[:, :margin].min() == 255 and seen[:, -margin:].min() == 255


def test_a_long_invoice_repeats_its_headings_and_keeps_its_end_together(press: Press) -> None:
    pages = [" ".join(page.extract_text().split()) for page in reader(printed(press, original_of(long_sale(90)))).pages]
    assert len(pages) == 3
    assert all("# Description Type Qty Unit Unit price Amount" in text for text in pages[:2])
    assert [f"Page {number} of 3" in text for number, text in enumerate(pages, start=1)] == [True] * 3
    in_order(pages[2], "TOTAL BEFORE DISCOUNT", "ITEMS NUMBER 90", "SCU INFORMATION", "TIS INFORMATION", "END OF LEGAL RECEIPT")
    assert "TOTAL (KES)" not in pages[0] + pages[1]


def test_a_due_day_a_reference_and_a_note_stand_by_the_number(press: Press) -> None:
    document = replace(mixed_sale(), due_on=date(2026, 12, 20), reference="PO-7719")
    document = replace(document, customer_note="Deliver to gate 4.")
    in_order(
        words(printed(press, original_of(document))),
        "Trader Invoice No: INV-000105", "Invoice date: 20/11/2026", "Due: 20/12/2026", "Your reference: PO-7719",
        "Deliver to gate 4.", "# Description",
    )  # fmt: skip


def test_the_pdf_is_tagged_titled_in_english_on_a4_and_brings_its_fonts(press: Press) -> None:
    document = reader(printed(press, original_of(mixed_sale())))
    root = document.trailer["/Root"]
    assert document.metadata is not None
    assert document.metadata.title == "Tax invoice INV-000105, MFANO TRADERS LIMITED"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [round(float(side)) for side in document.pages[0].mediabox[2:]] == [595, 842]
    fonts = [font.get_object() for font in document.pages[0]["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].split("+")[1] for font in fonts}
    assert names == {"Receipt-Sans", "Receipt-Sans-Bold", "Receipt-Mono"}
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_no_grey_and_no_colour_but_the_rules_between_items(press: Press) -> None:
    """Everything survives a photocopier (DESIGN): black, white, and hairlines."""
    page = reader(printed(press, original_of(mixed_sale()))).pages[0]
    content = page.get_contents()
    assert content is not None
    operations = content.get_data().decode("latin-1").splitlines()
    colours = {one for one in operations if one.endswith((" rg", " RG", " g", " G"))}
    assert colours <= {"0 0 0 rg", "0 0 0 RG", "0.6 0.6 0.6 rg", "0.6 0.6 0.6 RG"}
