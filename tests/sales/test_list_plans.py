"""Every list reads an index as the tenant role under row-level security, and few rows of many (PERFORMANCE §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from psycopg.rows import scalar_row
from werkzeug.datastructures import MultiDict

from portal.infra.db import db, quick
from portal.sales import home, lists
from portal.sales.models import Document
from portal.sales.search import Wanted, token
from tests.sales.conftest import Shop
from tests.sales.many import analyze, fill
from tests.support.statements import recorded
from tests.support.world import new_business

TODAY = date(2026, 11, 20)
MANY = 20_000
# Of all tables together: a page of 26, a count up to 1,001, at most 500 of each meaning of a search, and their joins.
MOST_ROWS_READ = 12_000
LISTS = {
    "all": {},
    "a day": {"dates": "today"},
    "a month": {"dates": "month"},
    "chosen dates": {"from": "2026-09-01", "to": "2026-09-30"},
    "a number": {"q": "INV-017000"},
    "a bare number": {"q": "17000"},
    "an amount": {"q": "1,099.00"},
    "a PIN": {"q": "P000000123Q"},
    "a name": {"q": "customer 123"},
    "the beginning of most names": {"q": "w"},
    "nothing at all": {"q": "zzz"},
    "signed": {"state": "signed"},
    "waiting": {"state": "waiting"},
    "needing attention": {"state": "attention"},
    "void": {"state": "void"},
    "drafts": {"state": "draft"},
    "signed of a name in a month": {"q": "customer 1", "state": "signed", "dates": "month"},
}


@pytest.fixture
def full_shop(shop: Shop, database) -> Shop:
    """A business with 20,000 documents, among others that together have four times as many."""
    for _number in range(4):
        fill(database, new_business(shop.business.app), MANY)
    fill(database, shop.business, MANY)
    analyze(database)
    return shop


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def explain(statement: str, parameters: Any) -> dict[str, Any]:
    """The plan as it was carried out, by the role and under the policies of the portal."""
    found: dict[str, Any] = quick("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters, scalar_row).fetchone()[0]["Plan"]
    return found


def read_by(node: dict[str, Any]) -> int:
    """How many rows of a table a node looked at."""
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])


@pytest.mark.slow
def test_lists_read_indexes_only_and_few_rows_and_a_page_far_down_costs_what_the_first_one_costs(full_shop: Shop):
    wanted = {name: Wanted.of(MultiDict(asked), TODAY) for name, asked in LISTS.items()}
    with full_shop.open():
        wanted["far down"] = Wanted.of(MultiDict({"after": far_down(), "seen": "19000"}), TODAY)
        scans = {name: scans_of(lambda one=one: lists.documents(one)) for name, one in wanted.items()}
        scans["home"] = scans_of(lambda: (home.today(TODAY), home.last_days(TODAY), home.count_waiting(), lists.newest(6)))
    whole = {name: [node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"] for name, found in scans.items()}
    assert {name for name, tables in whole.items() if {"document", "submission"} & set(tables)} == set()
    read = {name: sum(map(read_by, found)) for name, found in scans.items()}
    assert {name: rows for name, rows in read.items() if rows > MOST_ROWS_READ} == {}


def scans_of(act: Callable[[], object]) -> list[dict[str, Any]]:
    """The nodes of the plans of every SELECT that `act` makes."""
    with recorded() as statements:
        act()
    return [node for one in list(statements) for node in nodes(explain(*one)) if "Relation Name" in node]


def far_down() -> str:
    """The end of a page near the end of the list."""
    row = db.session.query(Document.issued_at, Document.id).filter(Document.trader_no == MANY - 1000).one()
    return token(row.issued_at, row.id)
