"""The list of invoices: what is searched for is found, filtered, paged and added up."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.fiscal.labels import DocumentKind
from portal.infra.db import db
from portal.sales.new_invoice import NewBuyer
from portal.sales.search import Behind, Wanted, meaning_of, token
from tests.sales.conftest import Shop, form, line
from tests.support.statements import recorded

TODAY = date(2026, 11, 20)  # a Friday


def wanted(**args: str) -> Wanted:
    return Wanted.of(MultiDict({name.strip("_"): text for name, text in args.items()}), TODAY)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("INV-000105", (DocumentKind.SALE, None, 105)),
        ("inv-105", (DocumentKind.SALE, None, 105)),
        ("CN-000012", (DocumentKind.CREDIT_NOTE, None, 12)),
        ("INV-01-000031", (DocumentKind.SALE, "01", 31)),
        ("105", (None, None, 105)),
        ("Otieno", None),
        ("0", None),
        ("9" * 16, None),
    ],
)
def test_numbers_are_understood_as_people_write_them(words: str, number: object):
    assert meaning_of(words).numbers == number


def test_the_same_words_may_be_a_number_and_an_amount():
    meaning = meaning_of("7645")
    assert (meaning.numbers, meaning.cents) == ((None, None, 7645), 764500)
    assert meaning_of("Ksh 7,645.00").cents == 764500
    assert meaning_of(" p051234567q").pin == "P051234567Q"


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", date(2026, 11, 20), date(2026, 11, 20)),
        ("yesterday", date(2026, 11, 19), date(2026, 11, 19)),
        ("week", date(2026, 11, 16), date(2026, 11, 20)),
        ("month", date(2026, 11, 1), date(2026, 11, 20)),
    ],
)
def test_days_are_those_of_kenya(preset: str, first: date, last: date):
    found = wanted(dates=preset)
    assert found.days == (first, last)
    assert found.moments is not None
    assert found.moments[0].isoformat() == f"{first}T00:00:00+03:00"


@given(st.dictionaries(st.sampled_from(["q", "state", "branch", "dates", "from", "to", "after", "seen"]), st.text(max_size=80)))
def test_an_address_that_makes_no_sense_is_a_list_all_the_same(args: dict[str, str]):
    found = Wanted.of(MultiDict(args), TODAY)
    meaning_of(found.words)
    assert found.state in ("", "draft", "waiting", "signed", "attention", "void")
    assert found.moments is None or found.moments[0] < found.moments[1]


@given(st.datetimes(datetime(2001, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)), st.uuids())  # noqa: DTZ001
def test_the_end_of_a_page_survives_the_address(moment, document_id):
    found = wanted(after=token(moment, document_id), seen="25")
    assert (found.behind, found.seen) == (Behind(moment, document_id), 25)


@pytest.fixture
def busy_shop(shop: Shop) -> Shop:
    """Signed: Otieno 100, Asha 250 (150 credited); waiting: 300; refused: 400; void: 500; one draft."""
    item = shop.item("Work", "100.00")

    def sells(name: str, price: str, pin: str | None = None):
        return shop.sells(line(item, price=price), buyer=NewBuyer(name=name, pin=pin)).id

    otieno, asha = sells("Otieno & Sons", "100", "P111111111C"), sells("Asha", "250")
    for one in (otieno, asha):
        shop.kra_signs(one)
    note = shop.credits(asha, {1: "0.6"})
    shop.kra_signs(note.id)
    sells("Waiting Ltd", "300")
    for name, price in (("Refused Ltd", "400"), ("Void Ltd", "500")):
        shop.kra_refuses(sells(name, price))
    shop.client.post(f"/invoices/{[one.id for one in shop.documents()][-1]}/void")
    shop.client.post("/invoices/drafts", data={"draft": str(uuid4()), **form({"item": "x"}, action="save", buyer="Draft Ltd")})
    return shop


def names(page: str) -> list[str]:
    return [name.replace("&amp;", "&") for name in re.findall(r'<a href="/invoices/[^"]*">([^<]+)</a>', page)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Void Ltd", "Refused Ltd", "Waiting Ltd", "Asha", "Asha", "Otieno & Sons"]),
        ("q=INV-000001", ["Otieno & Sons"]),
        ("q=CN-1", ["Asha"]),
        ("q=1", ["Asha", "Otieno & Sons"]),
        ("q=otieno", ["Otieno & Sons"]),
        ("q=OTI", ["Otieno & Sons"]),
        ("q=P111111111C", ["Otieno & Sons"]),
        ("q=250.00", ["Asha"]),
        ("q=300", ["Waiting Ltd"]),
        ("state=signed", ["Asha", "Asha", "Otieno & Sons"]),
        ("state=waiting", ["Waiting Ltd"]),
        ("state=attention", ["Refused Ltd"]),
        ("state=void", ["Void Ltd"]),
        ("state=draft", ["Draft Ltd"]),
        ("state=signed&q=asha", ["Asha", "Asha"]),
        ("dates=today", ["Void Ltd", "Refused Ltd", "Waiting Ltd", "Asha", "Asha", "Otieno & Sons"]),
        ("dates=yesterday", []),
        ("q=zzz", []),
    ],
)
def test_each_filter_finds_its_documents_newest_first(busy_shop: Shop, query: str, found: list[str]):
    page = busy_shop.client.get(f"/invoices?{query}").text
    assert names(page) == found
    assert ("Clear filters" in page) == (not found)


def test_the_sum_is_net_of_credit_notes_and_counts_signed_documents_only(busy_shop: Shop):
    for query in ("", "?dates=today", "?state=signed"):
        page = busy_shop.client.get(f"/invoices{query}").text
        assert "Ksh 200.00" in page
    assert "Ksh 100.00</b>" in busy_shop.client.get("/invoices?q=asha").text
    assert "Signed, net" not in busy_shop.client.get("/invoices?state=waiting").text


def test_the_states_are_said_in_words(busy_shop: Shop):
    page = busy_shop.client.get("/invoices").text
    for word in ("Void", "Needs attention", "Waiting to send", "Partly credited", "Signed"):
        assert word in page
    assert "one draft" in page
    assert "−150.00" in page


def test_a_branch_sees_its_own_documents(busy_shop: Shop):
    here = busy_shop.client.get(f"/invoices?branch={busy_shop.business.branch_id}").text
    assert len(names(here)) == 6
    assert names(busy_shop.client.get(f"/invoices?branch={uuid4()}").text) == []


def test_a_filter_answers_htmx_with_the_results_only(busy_shop: Shop):
    answer = busy_shop.client.get("/invoices?q=otieno", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div id="results">')
    assert "HX-Request" in answer.headers["Vary"]


def test_long_lists_are_shown_25_at_a_time_without_gaps_or_repeats(shop: Shop):
    item = shop.item("Work", "100.00")
    for number in range(1, 61):
        shop.sells(line(item, price=f"{number}.00"))
    address, seen = "/invoices", []
    while address:
        page = shop.client.get(address).text
        seen += re.findall(r"INV-(\d{6})<", page)
        more = re.search(r'href="(/invoices\?[^"]*after=[^"]*)"', page)
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert [int(number) for number in seen] == list(range(60, 0, -1))
    assert "60 of 60 shown" in page
    first = shop.client.get("/invoices").text
    next_page = re.search(r'href="(/invoices\?after=[^"]*)"', first)
    assert next_page is not None
    rest = shop.client.get(next_page.group(1).replace("&amp;", "&"), headers={"HX-Request": "true"}).text
    assert "<table" not in rest
    assert 'id="pager"' in rest
    assert "hx-swap-oob=" in rest


def test_the_number_of_queries_does_not_grow_with_the_rows(shop: Shop):
    item = shop.item("Work", "100.00")
    counts = []
    for _round in range(2):
        for _number in range(10):
            shop.kra_signs(shop.sells(line(item)).id)
        with shop.business.app.app_context(), recorded() as statements:
            shop.client.get("/invoices")
            shop.client.get("/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_shop_that_never_sold_is_invited_to_begin(shop: Shop):
    page = shop.client.get("/invoices").text
    assert "Your first invoice starts here" in page
    assert "filters" not in page
    viewer = shop.business.client("viewer").get("/invoices").text
    assert "Your first invoice starts here" in viewer
    assert "/invoices/new" not in re.sub(r"<body[^>]*>", "", viewer)


def test_a_list_of_nothing_but_drafts_leads_to_them(shop: Shop):
    shop.client.post("/invoices/drafts", data={"draft": str(uuid4()), **form({"item": "x"}, action="save")})
    assert "One draft waits for you." in shop.client.get("/invoices").text


def test_the_day_of_a_document_is_its_day_in_kenya(shop: Shop, dsns):
    import psycopg

    sale = shop.sells(line(shop.item("Work", "100.00"))).id
    shop.kra_signs(sale)
    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE document SET issued_at = '2026-11-19 21:30+00' WHERE id = %s", [sale])
    for day, shown in (("2026-11-20", 1), ("2026-11-19", 0)):
        assert len(names(shop.client.get(f"/invoices?from={day}&to={day}").text)) == shown


def test_total_in_cents_follows_the_amount(shop: Shop):
    shop.sells(line(shop.item("Work", "99.99")))
    with shop.open():
        assert db.session.execute(db.text("SELECT total_amount, total_cents FROM document")).one() == (Decimal("99.99"), 9999)
