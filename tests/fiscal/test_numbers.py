"""Numbers, PINs and the address in the QR code."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fiscal.environment import Environment
from portal.fiscal.labels import DocumentKind, Label, copy_label, original_label
from portal.fiscal.numbering import NumberError, cu_invoice_number, dashed, item_code, trader_number
from portal.fiscal.pins import PinError, is_individual, parse_pin
from portal.fiscal.qr import QrError, is_usual_signature, receipt_url


@pytest.mark.parametrize(
    ("kind", "number", "prefix", "written"),
    [
        (DocumentKind.SALE, 105, None, "INV-000105"),
        (DocumentKind.CREDIT_NOTE, 12, None, "CN-000012"),
        ("sale", 1, None, "INV-000001"),
        (Label.NS, 1_234_567, None, "INV-1234567"),
        (Label.NC, 1, "WB-CN", "WB-CN-000001"),
        (Label.TS, 1, None, "TRN-000001"),
        (Label.TC, 1, None, "TCN-000001"),
        (Label.PS, 1, None, "PRO-000001"),
    ],
)
def test_every_document_type_has_its_own_trader_numbers(kind, number, prefix, written):
    assert trader_number(kind, number, prefix) == written


@pytest.mark.parametrize("arguments", [(Label.CS, 1), (DocumentKind.SALE, 0), (DocumentKind.SALE, 1, "in v")])
def test_no_number_is_made_of_wrong_parts(arguments):
    with pytest.raises(NumberError):
        trader_number(*arguments)


def test_an_item_code_is_country_type_units_and_seven_digits():
    assert item_code("KE", "2", "NT", "BA", 12) == "KE2NTBA0000012"
    assert item_code("KE", "3", "NT", "U", 9_999_999) == "KE3NTU9999999"


@pytest.mark.parametrize(
    "parts",
    [
        ("Kenya", "2", "NT", "BA", 1),
        ("KE", "4", "NT", "BA", 1),
        ("KE", "2", "", "BA", 1),
        ("KE", "2", "NT", "b a", 1),
        ("KE", "2", "NT", "BA", 0),
        ("KE", "2", "NT", "BA", 10_000_000),
    ],
)
def test_no_item_code_is_made_of_wrong_parts(parts):
    with pytest.raises(NumberError):
        item_code(*parts)


def test_the_number_of_the_control_unit_never_carries_a_label():
    assert cu_invoice_number("KRACU0400000000", 105) == "KRACU0400000000/105"
    for parts in (("", 1), ("KRACU0400000000", 0)):
        with pytest.raises(NumberError):
            cu_invoice_number(*parts)


@pytest.mark.parametrize(
    ("bare", "written"),
    [
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ"),
        ("AB12CD34EF56GH78", "AB12-CD34-EF56-GH78"),
        ("ABCDEFGHIJKLM", "ABCD-EFGH-IJKL-M"),
        ("", ""),
    ],
)
def test_a_dash_stands_after_every_fourth_character_and_none_at_the_end(bare, written):
    assert dashed(bare) == written


@given(st.text("ABCDEFGHIJ234567"))
def test_dashing_twice_is_dashing_once(bare):
    assert dashed(dashed(bare)) == dashed(bare)
    assert dashed(bare).replace("-", "") == bare
    assert not dashed(bare).endswith("-")


@pytest.mark.parametrize(("typed", "pin"), [(" p051234567q ", "P051234567Q"), ("A001234567Z", "A001234567Z")])
def test_a_pin_is_taken_in_capitals_without_blanks(typed, pin):
    assert parse_pin(typed) == pin
    assert is_individual(pin) == (pin[0] == "A")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        None,
        51234567,
        "P05123456Q",
        "P0512345678Q",
        "B051234567Q",
        "|051234567Q",
        "P051234567",
        "P05123456٧Q",
        "P０51234567Q",
        "P051234567ſ",
        "P051234567ı",
        "P051234567Q\x00",
        "P051234567Q\nP051234567Q",
        "\ud800",
        "P" * 10_000,
    ],
)
def test_what_has_not_the_form_of_a_pin_is_refused(typed):
    with pytest.raises(PinError) as refusal:
        parse_pin(typed)
    assert refusal.value.sentence.isascii()


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_a_pin_or_refused(typed):
    try:
        pin = parse_pin(typed)
    except PinError:
        return
    assert re.fullmatch(r"[AP]\d{9}[A-Z]", pin, re.ASCII)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        (Environment.PRODUCTION, "etims.kra.go.ke"),
        (Environment.SANDBOX, "etims-sbx.kra.go.ke"),
        (Environment.SIMULATOR, "etims-sbx.kra.go.ke"),
        ("production", "etims.kra.go.ke"),
    ],
)
def test_the_qr_code_is_the_address_of_the_receipt_at_kra(environment, host):
    url = receipt_url("P000000001X", "00", "ABCD-EFGH-2345-6723", environment)
    assert url == f"https://{host}/common/link/etims/receipt/indexEtimsReceiptData?Data=P000000001X00ABCDEFGH23456723"


@pytest.mark.parametrize(
    "parts", [("", "00", "AB"), ("P000000001X", "0", "AB"), ("P000000001X", "00", ""), ("P000000001X", "00", "--")]
)
def test_a_qr_code_with_a_missing_part_is_not_drawn(parts):
    with pytest.raises(QrError):
        receipt_url(*parts, Environment.PRODUCTION)


def test_a_signature_of_unusual_length_is_printed_and_flagged():
    assert receipt_url("P000000001X", "00", "A" * 40, Environment.PRODUCTION).endswith("A" * 40)
    assert is_usual_signature("AB12-CD34-EF56-GH78")
    assert not is_usual_signature("A" * 40)


def test_the_seven_labels():
    assert [(label.value, label.kind.value, label.is_signed, label.designation) for label in Label] == [
        ("NS", "sale", True, None),
        ("NC", "credit_note", True, None),
        ("CS", "sale", True, "COPY"),
        ("CC", "credit_note", True, "COPY"),
        ("TS", "sale", False, "TRAINING"),
        ("TC", "credit_note", False, "TRAINING"),
        ("PS", "sale", False, "PROFORMA"),
    ]
    assert [label for label in Label if label.is_official] == [Label.NS, Label.NC]
    assert {label.paper_title for label in Label} == {"TAX INVOICE", "CREDIT NOTE"}
    assert [copy_label(kind) for kind in DocumentKind] == [Label.CS, Label.CC]
    assert [original_label(kind) for kind in DocumentKind] == [Label.NS, Label.NC]
