"""A page asks the database the same number of questions however much there is to show (PERFORMANCE §5, rule 6)."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.identity.permissions import Permission
from tests.rules.cases import (
    a_branch_that_was_down,
    a_copy_that_was_handed_out,
    a_customer,
    a_draft,
    a_notice_of_kra,
    a_step_that_failed,
    a_token,
    an_invoice,
    goods_at_a_branch,
)
from tests.support.statements import recorded
from tests.support.world import Business, Visitor, new_business

MAKERS = (a_customer, goods_at_a_branch, an_invoice, a_draft, a_notice_of_kra, a_token, a_branch_that_was_down,
          a_copy_that_was_handed_out, a_step_that_failed)  # fmt: skip
# Sign-in, membership and frame are three of them.
MOST = 24


@pytest.fixture
def business(app: Flask) -> Business:
    return new_business(app)


def pages(app: Flask) -> list[str]:
    """The addresses of every page of a business that needs no id."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.startswith("/api/")
        and isinstance(getattr(app.view_functions[rule.endpoint], "access", None), Permission)
    )  # fmt: skip


def asked_by(owner: Visitor, address: str) -> int:
    with recorded() as statements:
        owner.get(address)
    return len(statements)


def fill(business: Business) -> None:
    for maker in MAKERS:
        maker(business)


def test_no_page_asks_more_when_there_is_more_to_show(business: Business) -> None:
    owner = business.client()
    addresses = pages(business.app)
    fill(business)
    few = {address: asked_by(owner, address) for address in addresses}
    for _more in range(2):
        fill(business)
    many = {address: asked_by(owner, address) for address in addresses}
    assert {address: (few[address], many[address]) for address in addresses if many[address] > few[address]} == {}
    assert {address: count for address, count in many.items() if count > MOST} == {}
    assert "/invoices" in addresses


def test_the_list_of_invoices_takes_six_statements(business: Business) -> None:
    fill(business)
    owner = business.client()
    with recorded() as statements:
        owner.get("/invoices")
    assert len(statements) <= 6, statements
