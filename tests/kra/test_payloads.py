"""Documents to bytes: canonical, in Nairobi's time, and checked before a number or a byte is spent on them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_of

from portal.fiscal.bands import Band
from portal.fiscal.document import LineInput, price_document
from portal.fiscal.frozen import Buyer, Seller
from portal.fiscal.payments import Payment, PaymentMethod
from portal.kra.clock import day_digits, moment_digits, read_day, read_moment
from portal.kra.errors import PayloadError
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.payloads import (
    PAYMENT_CODES,
    BranchCustomer,
    Insurer,
    branch_customer_body,
    import_update_body,
    insurer_body,
    item_body,
    payment_codes_of,
    purchase_body,
    stock_level_body,
    stock_movement_body,
)
from portal.kra.payloads.canonical import canonical_json, number_text
from tests.kra.examples import (
    BOUGHT,
    CODES,
    DECISION,
    GOODS,
    IDENTITY,
    KEY,
    STOCK,
    TILL,
    credit_note,
    priced,
    sale,
    sale_bytes,
)


def body(issued: Any = None, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sale_bytes(issued, **changed), parse_float=Decimal)
    return found


def test_the_same_document_and_number_always_give_the_same_bytes() -> None:
    assert sale_bytes() == sale_bytes(item_codes={"other": "KE2NTNO0000002", **CODES})


def test_keys_are_sorted_and_no_blank_is_wasted() -> None:
    text = sale_bytes().decode("ascii")
    assert text.startswith('{"bhfId":"00","cfmDt":"20260918110000"')
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


def test_the_key_is_no_part_of_the_bytes() -> None:
    assert KEY.encode() not in sale_bytes()
    assert b"cmcKey" not in sale_bytes()


@given(any_of.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=4))
def test_a_number_is_written_plainly_and_means_the_same(number: Decimal) -> None:
    text = number_text(number)
    assert Decimal(text) == number
    assert "e" not in text.lower()
    assert not text.endswith(".")


@pytest.mark.parametrize(("number", "text"), [
    (Decimal("1E+2"), "100"), (Decimal("116.00"), "116"), (Decimal("862.070"), "862.07"), (Decimal("-0.00"), "0"),
    (Decimal("0.0001"), "0.0001"), (Decimal("1E-7"), "0.0000001"),
])
def test_numbers_have_no_exponent_and_no_needless_zero(number: Decimal, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, b"x", date(2026, 1, 1)])
def test_a_float_or_anything_else_inexact_cannot_be_written(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_other_letters_are_escaped_so_that_no_character_set_can_spoil_them() -> None:
    assert canonical_json({"a": "Ng'ombe €"}) == b'{"a":"Ng\'ombe \\u20ac"}'


def test_times_are_those_of_nairobi() -> None:
    late = replace(sale(), issued_at=datetime(2026, 9, 18, 21, 30, tzinfo=UTC))
    sent = body(late)
    assert (sent["cfmDt"], sent["salesDt"], sent["receipt"]["rcptPbctDt"]) == (
        "20260919003000", "20260919", "20260919003000")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment_digits(datetime(2026, 9, 18))  # noqa: DTZ001  # that is what is refused


def test_a_date_stays_the_day_it_is() -> None:
    assert day_digits(date(2026, 9, 18)) == "20260918"


@pytest.mark.parametrize("text", ["20260918110002", "2026-09-18 11:00:02", "2026-09-18 11:00:02.0", "2026-09-18T11:00:02"])
def test_all_forms_of_a_moment_are_read(text: str) -> None:
    moment = read_moment(text)
    assert moment is not None
    assert moment.astimezone(UTC) == datetime(2026, 9, 18, 8, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "-1", "20261301", "99999999", "2026", None, 20.26, [], "20260918110002x"])
def test_what_is_no_moment_is_none(text: Any) -> None:
    assert read_moment(text) is None
    assert read_day(text) is None


def test_only_a_vscu_is_told_the_number_of_the_z_report() -> None:
    vscu = body(transport=Transport.VSCU, report_number=17)["receipt"]
    assert vscu["rptNo"] == 17
    assert "rcptPbctDt" not in vscu
    assert "rptNo" not in body()["receipt"]


def test_a_credit_note_names_its_sale_and_its_reason() -> None:
    sent = body(credit_note(), number=10, original_number=9)
    assert (sent["rcptTyCd"], sent["invcNo"], sent["orgInvcNo"]) == ("R", 10, 9)
    assert (sent["rfdDt"], sent["rfdRsnCd"], sent["remark"]) == ("20260918110000", "06", "The customer brought it back.")
    assert sent["totAmt"] == 116


def test_a_credit_note_needs_the_number_of_its_sale_and_a_sale_has_none() -> None:
    with pytest.raises(PayloadError, match="original invoice"):
        sale_bytes(credit_note())
    with pytest.raises(PayloadError, match="original invoice"):
        sale_bytes(original_number=4)


def test_band_e_is_sent_without_rate_until_a_line_is_in_it() -> None:
    assert body()["taxRtE"] == 0
    assert body(unused_rate_of_e=Decimal(8))["taxRtE"] == 8
    sent = body(sale(priced("1", "216", Band.E)), unused_rate_of_e=Decimal(0))
    assert (sent["taxRtE"], sent["taxblAmtE"], sent["taxAmtE"]) == (8, 200, 16)


def test_band_b_is_sent_with_its_rate_also_when_unused() -> None:
    sent = body(sale(priced("1", "100", Band.A)))
    assert (sent["taxRtB"], sent["taxblAmtB"], sent["taxAmtB"]) == (16, 0, 0)
    assert (sent["taxblAmtA"], sent["totTaxblAmt"], sent["totTaxAmt"], sent["totAmt"]) == (100, 100, 0, 100)


lines = any_of.builds(
    LineInput,
    band=any_of.sampled_from(Band),
    quantity=any_of.decimals(min_value=Decimal("0.0001"), max_value=1000, places=4),
    price=any_of.decimals(min_value=0, max_value=100_000, places=2),
    discount_percent=any_of.none() | any_of.decimals(min_value=0, max_value=100, places=2))


@given(any_of.lists(lines, min_size=1, max_size=8))
def test_the_header_is_the_sum_of_the_lines_to_the_cent(typed: list[LineInput]) -> None:
    document = sale().document
    sent = body(sale(*price_document(typed, document.rates).lines))
    for name, total in (("taxblAmt", "totTaxblAmt"), ("taxAmt", "totTaxAmt"), ("totAmt", "totAmt")):
        assert sum(line[name] for line in sent["itemList"]) == sent[total]
    for band in Band:
        in_band = [line for line in sent["itemList"] if line["taxTyCd"] == band]
        assert sum(line["taxblAmt"] for line in in_band) == sent[f"taxblAmt{band}"]
        assert sum(line["taxAmt"] for line in in_band) == sent[f"taxAmt{band}"]
    assert sent["totTaxblAmt"] + sent["totTaxAmt"] == sent["totAmt"]
    assert [line["itemSeq"] for line in sent["itemList"]] == list(range(1, sent["totItemCnt"] + 1))


def paid(**amounts: str) -> dict[str, Any]:
    return {"payments": tuple(Payment(method=PaymentMethod(name), amount=Decimal(amount))
                              for name, amount in amounts.items())}


@pytest.mark.parametrize(("payments", "code"), [
    ({}, None), ({"mobile_money": "116"}, "06"), ({"cash": "16", "credit": "100"}, "03"),
    ({"cash": "16", "card": "100"}, "05"), ({"cash": "1", "credit": "1", "cheque": "114"}, "04"),
])
def test_several_tenders_become_the_one_code_that_kra_takes(payments: dict[str, str], code: str | None) -> None:
    assert body(sale(**paid(**payments)))["pmtTyCd"] == code


def test_the_codes_of_payments_can_come_from_kras_own_list() -> None:
    codes = dict.fromkeys(PaymentMethod, "08")
    assert body(sale(**paid(card="116")), payment_codes=codes)["pmtTyCd"] == "08"


def test_a_buyer_is_sent_in_header_and_receipt() -> None:
    sent = body(sale(buyer=Buyer(name="EXAMPLE BUYER LTD", pin="P000000002Y", phone="0700000000")))
    assert (sent["custTin"], sent["custNm"]) == ("P000000002Y", "EXAMPLE BUYER LTD")
    assert (sent["receipt"]["custTin"], sent["receipt"]["custMblNo"]) == ("P000000002Y", "0700000000")


def test_a_walk_in_is_sent_by_that_name_and_without_pin() -> None:
    assert (body()["custTin"], body()["custNm"]) == (None, "Walk-in customer")


def test_what_the_receipt_says_at_top_and_bottom_is_sent() -> None:
    seller = Seller(pin="P000000001X", name="EXAMPLE TRADERS LTD", branch_code="00", branch_name="Headquarter",
                    vat_registered=True, trade_name="MFANO MART", address="Moi Avenue", top_message="Karibu",
                    bottom_message=" ")
    receipt = body(sale(seller=seller))["receipt"]
    assert (receipt["trdeNm"], receipt["adrs"], receipt["topMsg"], receipt["btmMsg"]) == (
        "MFANO MART", "Moi Avenue", "Karibu", None)


def test_a_quantity_is_sent_exactly_as_far_as_the_unit_takes_it() -> None:
    exact = sale(priced("0.1234", "100"))
    assert body(exact)["itemList"][0]["qty"] == Decimal("0.1234")
    with pytest.raises(PayloadError) as refused:
        sale_bytes(exact, quantity_decimals=2)
    assert refused.value.field == "quantity of line 1"
    assert "up to 2 decimals" in refused.value.sentence


def test_an_item_kra_does_not_know_is_refused_by_its_line() -> None:
    with pytest.raises(PayloadError) as refused:
        sale_bytes(item_codes={})
    assert refused.value.field == "line 1"


@pytest.mark.parametrize("identity", [
    DeviceIdentity(pin="P000000002Y", branch_code="00"), DeviceIdentity(pin="P000000001X", branch_code="01"),
])
def test_a_document_cannot_be_told_through_a_foreign_control_unit(identity: DeviceIdentity) -> None:
    with pytest.raises(PayloadError, match="another business or branch"):
        sale_bytes(identity=identity)


@pytest.mark.parametrize("number", [0, -1, 10**15, True])
def test_a_number_must_be_one(number: int) -> None:
    with pytest.raises(PayloadError):
        sale_bytes(number=number)


def test_an_identity_needs_a_pin_and_a_branch_of_two_digits() -> None:
    with pytest.raises(ValueError, match="two digits"):
        DeviceIdentity(pin="P000000001X", branch_code="1")


BY: dict[str, Any] = {"identity": IDENTITY, "operator": TILL}
REFUSED = [
    ("item name", lambda: item_body(replace(GOODS, name="x" * 201), code="KE2NTNO0000001", **BY)),
    ("item name", lambda: item_body(replace(GOODS, name=" "), code="KE2NTNO0000001", **BY)),
    ("item code", lambda: item_body(GOODS, code="KE2NTNO0000001;", **BY)),
    ("price", lambda: item_body(replace(GOODS, price=Decimal("1.005")), code="KE2NTNO0000001", **BY)),
    ("price", lambda: item_body(replace(GOODS, price=Decimal("NaN")), code="KE2NTNO0000001", **BY)),
    ("packaging", lambda: item_body(replace(GOODS, package_unit="N T"), code="KE2NTNO0000001", **BY)),
    ("batch", lambda: item_body(replace(GOODS, batch="x" * 11), code="KE2NTNO0000001", **BY)),
    ("lines", lambda: stock_movement_body(replace(STOCK, lines=()), number=1, **BY)),
    ("total", lambda: stock_movement_body(replace(STOCK, lines=(replace(STOCK.lines[0], priced=priced("1", "0")),)),
                                          number=1, **BY)),
    ("other party's branch", lambda: stock_movement_body(replace(STOCK, other_branch="1"), number=1, **BY)),
    ("remark", lambda: stock_movement_body(replace(STOCK, remark="x" * 401), number=1, **BY)),
    ("quantity on hand", lambda: stock_level_body(code="KE2NTNO0000001", quantity=Decimal(-1), **BY)),
    ("quantity on hand", lambda: stock_level_body(code="KE2NTNO0000001", quantity=Decimal("1E+11"), **BY)),
    ("lines", lambda: purchase_body(replace(BOUGHT, lines=()), number=1, **BY)),
    ("supplier's PIN", lambda: purchase_body(replace(BOUGHT, supplier_pin="X1"), number=1, **BY)),
    ("customs task", lambda: import_update_body(replace(DECISION, task_code=""), **BY)),
    ("customer's PIN", lambda: branch_customer_body(BranchCustomer(number="1", pin="", name="A"), **BY)),
    ("customer number", lambda: branch_customer_body(BranchCustomer(number="1234567890", pin="P000000002Y", name="A"),
                                                     **BY)),
    ("insurer's share", lambda: insurer_body(Insurer(code="1", name="A", share=101), **BY)),
]


@pytest.mark.parametrize(("field", "build"), REFUSED)
def test_what_kra_would_refuse_is_refused_before_sending_by_its_field(field: str, build: Any) -> None:
    with pytest.raises(PayloadError) as refused:
        build()
    assert refused.value.field == field
    assert refused.value.sentence.endswith(".")


def test_stock_may_be_told_as_none_left() -> None:
    assert json.loads(stock_level_body(code="KE2NTNO0000001", quantity=Decimal(0), **BY))["rsdQty"] == 0


def test_a_small_quantity_still_counts_as_packages_in_stock() -> None:
    small = replace(STOCK, lines=(replace(STOCK.lines[0], priced=priced("0.0012", "1000")),))
    [line] = json.loads(stock_movement_body(small, number=1, **BY))["itemList"]
    assert (line["pkg"], line["qty"]) == (0.01, 0.0012)


def test_a_rejected_import_and_a_rejected_purchase_say_so() -> None:
    rejected = json.loads(import_update_body(replace(DECISION, approved=False), **BY))
    assert (rejected["imptItemSttsCd"], rejected["remark"]) == ("4", "rejected")
    assert json.loads(purchase_body(replace(BOUGHT, accepted=False), number=1, **BY))["pchsSttsCd"] == "04"


def test_codes_of_payments_are_found_by_their_names_since_lists_differ_in_their_numbers() -> None:
    official = {"01": "CASH", "02": "CREDIT", "03": "CASH/CREDIT", "04": "BANK CHECK", "05": "DEBIT&CREDIT CARD",
                "06": "MOBILE MONEY", "07": "OTHER"}
    assert payment_codes_of(official) == dict(PAYMENT_CODES)
    longer = {"01": "Cash", "02": "Credit", "03": "Cash/Credit", "04": "Bank check", "05": "Bank transfer",
              "06": "Debit card", "07": "Mobile money", "08": "Other"}
    found = payment_codes_of(longer)
    assert (found[PaymentMethod.CARD], found[PaymentMethod.MOBILE_MONEY], found[PaymentMethod.OTHER]) == ("06", "07", "08")
    assert payment_codes_of({}) == dict(PAYMENT_CODES)
    assert payment_codes_of({"01": "CASH", "09": "OTHER"})[PaymentMethod.CHEQUE] == "09"
