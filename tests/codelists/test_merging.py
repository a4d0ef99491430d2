"""KRA's lists are merged, never replaced, and its tax rates become dated rows."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from portal.codelists import queries, services
from portal.codelists.models import Code as CodeRow
from portal.codelists.models import ItemClass as ClassRow
from portal.codelists.models import TaxRate
from portal.codelists.services import read_rate
from portal.fiscal.bands import STANDARD_RATES, Band
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from portal.kra.values import Code, CodeList, ItemClass


@pytest.fixture(autouse=True)
def lists(app: Flask) -> Iterator[None]:
    """Shared lists belong to no business; what a test merges is never committed."""
    with app.app_context(), acting_for_nobody():
        yield
        db.session.rollback()


def payments(*codes: Code, in_use: bool = True) -> CodeList:
    return CodeList(number="07", name="Payment", in_use=in_use, codes=codes)


def rates(**wanted: str | None) -> CodeList:
    codes = tuple(Code(code=band, name=band, values=(rate, None, None)) for band, rate in wanted.items())
    return CodeList(number="04", name="Taxation Type", codes=codes)


def test_a_later_look_up_brings_only_changes_and_the_rest_stays() -> None:
    services.merge_code_lists([payments(Code(code="01", name="Cash"), Code(code="02", name="Credit"))])
    services.merge_code_lists([payments(Code(code="02", name="On credit", description="later", order=7))])
    found = [(each.code, each.name, each.sort_order) for each in queries.codes("07")]
    assert found == [("01", "Cash", 0), ("02", "On credit", 7)]


def test_a_code_or_a_whole_class_goes_out_of_use() -> None:
    services.merge_code_lists([payments(Code(code="01", name="Cash"), Code(code="02", name="Credit"))])
    services.merge_code_lists([payments(Code(code="02", name="Credit", in_use=False))])
    assert [each.code for each in queries.codes("07")] == ["01"]
    services.merge_code_lists([payments(in_use=False)])
    assert queries.codes("07") == []


def test_rows_that_say_the_same_are_not_written_again() -> None:
    services.merge_item_classes([ItemClass(code="10101500", name="Livestock", level=3, band=None)])
    before = db.session.execute(text("SELECT ctid::text FROM item_class")).scalar_one()
    services.merge_item_classes([ItemClass(code="10101500", name="Livestock", level=3, band=None)])
    assert db.session.execute(text("SELECT ctid::text FROM item_class")).scalar_one() == before
    services.merge_item_classes([ItemClass(code="10101500", name="Livestock", level=3, band=Band.A)])
    assert db.session.execute(select(ClassRow.band)).scalar_one() == "A"


def test_a_class_that_comes_twice_in_a_page_or_has_no_usable_code_does_no_harm() -> None:
    odd = [
        ItemClass(code="10101500", name="First", level=3, band=None),
        ItemClass(code="10101500", name="Second", level=3, band=None),
        ItemClass(code="", name="Empty", level=1, band=None),
        ItemClass(code="10A1", name="Letters", level=1, band=None),
        ItemClass(code="٣٣", name="Other digits", level=1, band=None),
        ItemClass(code="1010150001", name="No level", level=None, band=Band.B),
        ItemClass(code="1010", name="Level nine", level=9, band=None),
    ]
    services.merge_item_classes(odd)
    rows = db.session.execute(select(ClassRow.code, ClassRow.name, ClassRow.level).order_by(ClassRow.code)).all()
    assert rows == [("1010", "Level nine", 4), ("10101500", "Second", 3), ("1010150001", "No level", 5)]


def test_twenty_thousand_classes_are_merged_in_pages_of_a_thousand() -> None:
    for page in range(20):
        numbers = range(page * 1000, page * 1000 + 1000)
        services.merge_item_classes([ItemClass(code=f"{10000000 + n}", name=f"Class {n}", level=4, band=None) for n in numbers])
    assert db.session.execute(text("SELECT count(*) FROM item_class")).scalar_one() == 20_000


def test_nothing_merged_asks_the_database_nothing() -> None:
    services.merge_item_classes([])
    services.merge_code_lists([])
    assert db.session.execute(select(CodeRow)).first() is None


# --- rates


def test_the_rates_we_start_with_are_kras_and_write_no_row() -> None:
    services.merge_code_lists([rates(A="0", B="16", C="0", D="0", E="8")])
    assert db.session.execute(select(TaxRate).where(TaxRate.said_by == "kra")).first() is None
    assert queries.rates_now() == STANDARD_RATES


def test_a_rate_that_kra_changed_holds_from_now_on_and_the_old_one_stays_on_record() -> None:
    services.merge_code_lists([rates(B="14", E="8")])
    assert queries.rates_now()[Band.B] == Decimal(14)
    of_band_b = select(TaxRate.rate, TaxRate.said_by).where(TaxRate.band == "B").order_by(TaxRate.valid_from)
    assert db.session.execute(of_band_b).all() == [(Decimal(16), "start"), (Decimal(14), "kra")]


def test_a_rate_that_an_operator_set_stands() -> None:
    db.session.execute(text("INSERT INTO tax_rate VALUES ('E', now() - interval '1 hour', 16, 'operator')"))
    services.merge_code_lists([rates(E="8")])
    assert queries.rates_now()[Band.E] == Decimal(16)


@pytest.mark.parametrize("rate", [None, "", "sixteen", "NaN", "Infinity", "-1", "100", "16.123", "1e1000000"])
def test_a_rate_that_makes_no_sense_changes_nothing(rate: str | None) -> None:
    services.merge_code_lists([rates(B=rate)])
    assert queries.rates_now() == STANDARD_RATES


def test_a_band_that_we_do_not_know_is_a_code_and_no_rate() -> None:
    services.merge_code_lists([rates(F="3")])
    assert queries.rates_now() == STANDARD_RATES


@given(st.decimals(min_value=0, max_value=Decimal("99.99"), places=2))
def test_every_way_to_write_a_rate_is_read(rate: Decimal) -> None:
    assert read_rate(f"{rate}") == read_rate(f" {rate}% ") == read_rate(f"{rate} %") == rate


@given(st.text())
def test_reading_a_rate_never_fails(raw: str) -> None:
    found = read_rate(raw)
    assert found is None or 0 <= found < 100


# --- marks


def test_the_mark_of_a_shared_list_never_moves_back() -> None:
    now = db.session.execute(text("SELECT now()")).scalar_one()
    services.move_mark("codes", now)
    services.move_mark("codes", now.replace(year=2018))
    services.move_mark("codes", None)
    assert services.known_up_to("codes") == now
