"""What is frozen at Issue: values that cannot be wrong, stored as JSON that reads the same in ten years."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.fiscal.bands import STANDARD_RATES, Band
from portal.fiscal.content import ContentError, canonical_json, content_sha256
from portal.fiscal.document import ItemType, price_document
from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import (
    WALK_IN,
    Buyer,
    DocumentKind,
    Environment,
    FiscalDocument,
    Issued,
    Operator,
    Payment,
    PaymentMethod,
)
from tests.fiscal.examples import (
    SALE_SIGNATURE,
    SELLER,
    SOLD_AT,
    credited,
    document_line,
    mixed_sale,
    sale,
)
from tests.fiscal.test_pricing import documents

printable = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf")), max_size=20)
pins = st.from_regex(r"[AP][1-9]{9}[A-Z]", fullmatch=True)


@st.composite
def fiscal_documents(draw):
    """Any document that may be frozen."""
    lines = draw(documents)
    items = tuple(
        document_line(f"item-{number}", draw(printable) or "Item", draw(st.sampled_from(ItemType)), one)
        for number, one in enumerate(price_document(lines, STANDARD_RATES).lines)
    )
    document = replace(
        sale(items),
        environment=draw(st.sampled_from(Environment)),
        buyer=Buyer(name=draw(printable), pin=draw(st.none() | pins), phone=draw(st.none() | printable)),
        customer_note=draw(st.none() | printable),
        reference=draw(st.none() | printable),
        due_on=draw(st.none() | st.dates()),
    )
    return draw(st.sampled_from([document, credited(document, line_1=str(items[0].priced.quantity))]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(fiscal_documents())
def test_a_document_reads_back_exactly_as_it_was_frozen(document):
    content = document.to_content()
    stored = json.loads(json.dumps(content, sort_keys=True))
    again = FiscalDocument.from_content(stored)
    assert again == document
    assert again.to_content() == content
    assert content_sha256(stored) == content_sha256(content)


def test_the_content_is_plain_json_without_a_float():
    content = mixed_sale().to_content()
    assert content["lines"][0]["priced"]["total_amount"] == "1160.00"
    assert content["lines"][4]["priced"]["quantity"] == "12.5"
    assert content["rates"] == {"A": "0", "B": "16", "C": "0", "D": "0", "E": "8"}
    assert content["kind"] == "sale"
    assert not _floats(content)


def _floats(content):
    if isinstance(content, dict):
        return any(map(_floats, content.values()))
    return any(map(_floats, content)) if isinstance(content, list) else isinstance(content, float)


def test_the_same_moment_in_another_time_zone_is_the_same_content():
    note = credited(mixed_sale(), line_1="1")
    elsewhere = replace(note, credit=replace(note.credit, original_issued_at=SOLD_AT.astimezone(timezone(timedelta(hours=3)))))
    assert elsewhere.to_content() == note.to_content()


def test_the_digest_does_not_depend_on_the_order_of_keys():
    assert content_sha256({"a": 1, "b": "é"}) == content_sha256({"b": "é", "a": 1})
    assert len(content_sha256({})) == 32
    assert canonical_json({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), "\ud800", {1, 2}])
def test_what_cannot_be_stored_has_no_digest(value):
    with pytest.raises(ContentError):
        content_sha256({"value": value})


def test_a_part_that_was_added_later_may_be_missing_from_old_content():
    document = mixed_sale()
    content = document.to_content()
    del content["due_on"]
    del content["lines"][0]["original_line"]
    assert FiscalDocument.from_content(content) == document


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("seller"),
        lambda content: content.update(surprise=1),
        lambda content: content.update(kind="debit_note"),
        lambda content: content.update(lines="none"),
        lambda content: content.update(lines=[]),
        lambda content: content.update(due_on="tomorrow"),
        lambda content: content.update(rates=[]),
        lambda content: content["rates"].pop("B"),
        lambda content: content["seller"].update(vat_registered="yes"),
        lambda content: content["seller"].update(pin="X"),
        lambda content: content["lines"][0]["priced"].update(total_amount="1160.01"),
        lambda content: content["lines"][0]["priced"].update(total_amount=1160),
        lambda content: content["lines"][0]["priced"].update(total_amount="many"),
        lambda content: content.update(buyer=None),
    ],
)
def test_content_that_was_not_written_by_us_is_refused(spoil):
    content = mixed_sale().to_content()
    spoil(content)
    with pytest.raises(ContentError):
        FiscalDocument.from_content(content)


@pytest.mark.parametrize("name", ["", "   "])
def test_a_buyer_without_a_name_is_a_walk_in_customer(name):
    assert Buyer(name=name).name == WALK_IN
    assert Buyer().is_walk_in
    assert not Buyer(pin="P051234567Q").is_walk_in


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(SELLER, trade_name="M" * 21),
        lambda: replace(SELLER, address="M" * 201),
        lambda: replace(SELLER, top_message="M" * 21),
        lambda: replace(SELLER, bottom_message="M" * 21),
        lambda: replace(SELLER, bottom_message="Hi\x00"),
        lambda: replace(SELLER, name=" "),
        lambda: replace(SELLER, branch_code="1"),
        lambda: replace(SELLER, branch_code="０0"),
        lambda: replace(SELLER, pin="P12"),
        lambda: Buyer(name="B" * 61),
        lambda: Buyer(name="\ud800"),
        lambda: Buyer(name="Evil \u202egnp.exe"),
        lambda: Buyer(pin="12345678901"),
        lambda: Operator(id="o" * 21, name="Operator"),
        lambda: Operator(id="", name="Operator"),
        lambda: replace(mixed_sale().lines[0], name=""),
        lambda: replace(mixed_sale().lines[0], name="n" * 201),
        lambda: replace(mixed_sale(), lines=()),
        lambda: replace(mixed_sale(), buyer=Buyer(pin=SELLER.pin)),
        lambda: replace(mixed_sale(), kind=DocumentKind.CREDIT_NOTE),
        lambda: replace(mixed_sale(), seller=replace(SELLER, vat_registered=False)),
        lambda: replace(mixed_sale(), rates={Band.B: Decimal(16)}),
        lambda: Payment(method=PaymentMethod.CASH, amount=Decimal("-1")),
        lambda: Payment(method=PaymentMethod.CASH, amount=Decimal("1.001")),
        lambda: Payment(method=PaymentMethod.CASH, amount=Decimal("NaN")),
    ],
)
def test_what_may_not_be_frozen_is_refused_with_a_sentence(make):
    with pytest.raises(FiscalError) as refusal:
        make()
    assert refusal.value.sentence.endswith(".")


def test_a_business_that_left_vat_may_still_credit_its_old_sales():
    note = credited(mixed_sale(), line_1="1")
    assert replace(note, seller=replace(SELLER, vat_registered=False)).priced.tax_amount == Decimal("80.00")


@pytest.mark.parametrize(
    "make",
    [
        lambda naive: Issued(document=mixed_sale(), trader_number="INV-000001", issued_at=naive),
        lambda naive: replace(SALE_SIGNATURE, signed_at=naive),
        lambda naive: replace(credited(mixed_sale(), line_1="1").credit, original_issued_at=naive),
    ],
)
def test_a_moment_without_a_time_zone_cannot_be_frozen(make):
    with pytest.raises(ValueError, match="time zone"):
        make(datetime(2026, 11, 20))  # noqa: DTZ001 (the point of the test)


def test_rates_and_payments_are_kept_in_one_form():
    document = replace(mixed_sale(), rates={**STANDARD_RATES, Band.B: Decimal("16.00")})
    assert document.to_content() == mixed_sale().to_content()
    assert str(Payment(method=PaymentMethod.CASH, amount=Decimal("5")).amount) == "5.00"
    assert hash(document) == hash(mixed_sale())
