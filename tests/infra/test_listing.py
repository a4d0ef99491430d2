"""Lists: found by an index under row-level security, read in pages at the same cost at any depth, and honest when they fail."""

from __future__ import annotations

import re

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from portal.catalogue import classes
from portal.catalogue import queries as catalogue
from portal.customers import queries as customers
from portal.infra.db import db
from portal.infra.listing import first_beyond
from portal.infra.tenancy import acting_for, acting_for_nobody
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business

MANY = 4000
FILL_ITEMS = """
    INSERT INTO item (tenant_id, name, search_name, class_code, item_type, package_unit, quantity_unit, band, price, barcode, sku)
    SELECT %s, 'Item ' || n, 'item ' || lpad(n::text, 6, '0'), '50161509', '2', 'NT', 'NO', 'A', 10, 'BAR' || n, 'SKU' || n
      FROM generate_series(1, %s) n"""
FILL_CUSTOMERS = """
    INSERT INTO customer (tenant_id, name, search_name, pin, phone)
    SELECT %s, 'Customer ' || n, 'customer ' || lpad(n::text, 6, '0'), 'P' || lpad(n::text, 9, '0') || 'X',
           '+2547' || lpad(n::text, 8, '0')
      FROM generate_series(1, %s) n"""


@pytest.fixture
def full(app: Flask, dsns: TestDatabase) -> Business:
    """A business with many items and customers, and another one with as many."""
    first, second = new_business(app), new_business(app)
    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        for business in (first, second):
            connection.execute(FILL_ITEMS, [business.tenant_id, MANY])
            connection.execute(FILL_CUSTOMERS, [business.tenant_id, MANY])
        connection.execute("ANALYZE item")
        connection.execute("ANALYZE customer")
    return first


def plan_of(statement: object) -> str:
    """How PostgreSQL would run a query, asked as the role and the tenant that runs it."""
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    rows = db.session.execute(text("EXPLAIN " + str(compiled).replace(":", "\\:"))).scalars()
    return "\n".join(rows)


def test_a_name_that_begins_so_is_found_by_the_index(full: Business) -> None:
    with full.app.app_context(), acting_for(full.tenant_id):
        plan = plan_of(catalogue.of_business().where(catalogue.name_begins("item 0012")).limit(10))
        assert "item_by_name" in plan and "search_name >= 'item 0012'" in plan and "Seq Scan" not in plan
        plan = plan_of(customers._of_business().where(customers._fits("customer 0012")).limit(10))
        assert "customer_by_name" in plan and "search_name >= 'customer 0012'" in plan


def test_a_page_in_the_middle_starts_there_by_the_index(full: Business) -> None:
    with full.app.app_context(), acting_for(full.tenant_id):
        (last,) = catalogue.search_items("item 003000")
        page = catalogue.of_business().where(catalogue.behind(last)).order_by(catalogue.Item.search_name, catalogue.Item.id)
        plan = plan_of(page.limit(26))
        assert re.search(r"Index Scan using item_by_name.*\n.*Index Cond:.*ROW\(search_name, id\) >", plan) and "Sort" not in plan


@pytest.mark.parametrize(("typed", "index"), [("P000001234X", "customer_pin_once"), ("0700001234", "customer_by_phone")])
def test_a_pin_and_a_phone_number_have_their_index(full: Business, typed: str, index: str) -> None:
    with full.app.app_context(), acting_for(full.tenant_id):
        assert index in plan_of(customers._of_business().where(customers._fits(typed)).limit(10))


def test_a_barcode_and_a_sku_have_their_index(full: Business) -> None:
    with full.app.app_context(), acting_for(full.tenant_id):
        plan = plan_of(catalogue.with_code("BAR77"))
        assert "item_by_barcode" in plan and "item_tenant_id_sku_key" in plan and "Seq Scan" not in plan


def test_a_class_among_tens_of_thousands_is_found_by_the_index(app: Flask, dsns: TestDatabase) -> None:
    with psycopg.connect(dsns.superuser_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO item_class (code, name, level)"
            " SELECT lpad(n::text, 10, '0'), 'Class word' || n || ' of kind' || n % 700, 5 FROM generate_series(1, 40000) n"
        )
        connection.execute("ANALYZE item_class")
    with app.app_context(), acting_for_nobody():
        statement = classes.classes_that_fit("kind12 wor")
        assert statement is not None and "item_class_words" in plan_of(statement.limit(10))
        assert len(classes.search_classes("kind12 wor")) == 10


def test_nothing_that_begins_so_lies_beyond_the_range() -> None:
    assert "maize~" < "maize\U0010fffe" < first_beyond("maize") and first_beyond("maize") < "maizf"


@pytest.mark.parametrize(("table", "address"), [("customer", "/customers?q=a"), ("item", "/items"), ("stock_level", "/stock")])
def test_a_list_that_cannot_be_loaded_says_so_and_offers_to_try_again(
    full: Business, dsns: TestDatabase, table: str, address: str
) -> None:
    owner = full.client()
    with psycopg.connect(dsns.superuser_dsn) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        answer = owner.get(address)
    assert answer.status_code == 503
    assert "The list could not be loaded" in answer.text and f'href="{address}' in answer.text
    assert owner.get(address).status_code == 200
