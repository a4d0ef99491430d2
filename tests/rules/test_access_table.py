"""METHOD × page × role: each page says who may call it, the table says it again, and every role tries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.identity import operators
from portal.identity.access import OPERATOR, PUBLIC, SIGNED_IN, access_of
from portal.identity.permissions import PERMISSIONS, Permission, Role
from portal.infra.tenancy import acting_for_nobody
from tests.rules.cases import ACCESS, CASES, Ids
from tests.support.database import Cleaner
from tests.support.people import refusal
from tests.support.program import Program, program_of
from tests.support.world import Business, Visitor, new_business, signed_in, visitor

MEMBERS = ("owner", "admin", "biller", "accountant", "viewer")
ROLES = """
                        owner  admin  biller  accountant  viewer
    SEE_DOCUMENTS         x      x      x         x          x
    SEE_CATALOGUE         x      x      x         x          x
    SEE_DEVICES           x      x      x         x          x
    ISSUE_INVOICES        x      x      x         .          .
    ISSUE_CREDIT_NOTES    x      x      x         .          .
    EDIT_CATALOGUE        x      x      x         .          .
    TAKE_DOWNLOADS        x      x      x         x          .
    SEE_REPORTS           x      x      .         x          .
    SEE_AUDIT             x      x      .         x          .
    MANAGE_DEVICES        x      x      .         .          .
    MANAGE_BUSINESS       x      x      .         .          .
    MANAGE_PEOPLE         x      x      .         .          .
    SETTLE_DOUBT          x      .      .         .          .
"""


def granted() -> dict[str, frozenset[Permission]]:
    """The grid above, by role."""
    head, *lines = [line.split() for line in ROLES.strip().splitlines()]
    return {
        role: frozenset(Permission[name] for name, *marks in lines if marks[column] == "x") for column, role in enumerate(head)
    }


def table() -> dict[str, str]:
    """`METHOD endpoint` → what it needs, as the table says."""
    entries = [(entry.strip(), needs) for needs, listed in ACCESS.items() for entry in listed.split(",") if entry.strip()]
    assert len(entries) == len(dict(entries)), "an entry stands twice in the table"
    return dict(entries)


def calls(app: Flask) -> set[str]:
    """Every `METHOD endpoint` that the app answers."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    return {f"{method} {rule.endpoint}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


@dataclass(slots=True)
class World:
    """One business with a person of every role, another business whose owner is the stranger, and somebody who runs the portal."""

    business: Business
    stranger: Business
    people: dict[str, UUID]

    def browser(self, role: str) -> Visitor:
        if role == "visitor":
            return visitor(self.business.app)
        if role == "stranger":
            return self.stranger.client()
        return signed_in(self.business.app, self.people[role], None if role == OPERATOR else self.business.tenant_id)

    def program(self, role: str) -> Program:
        """A program with a token that this person made."""
        if role in ("visitor", OPERATOR):  # tokens belong to a business, and operators to none
            return Program(self.business.app)
        if role == "stranger":
            return program_of(self.stranger)
        return program_of(self.business, person_id=self.people[role])

    def ask(self, role: str, call: str) -> TestResponse:
        method, endpoint = call.split()
        ids = CASES[endpoint](self.business) if endpoint in CASES else Ids()
        app = self.business.app
        with app.test_request_context():
            url = app.url_for(endpoint, **ids.path, **ids.query, **ids.fixed)
        if url.startswith("/api/"):
            return self.program(role).call(method, url, ids.form | ids.typed if method == "POST" else None)
        browser = self.browser(role)
        return browser.post(url, data=ids.form | ids.typed) if method == "POST" else browser.get(url)


@pytest.fixture(scope="module")
def world(session_app: Flask, cleaner: Cleaner) -> Iterator[World]:
    cleaner.clean()
    business, stranger = new_business(session_app), new_business(session_app)
    people = {"owner": business.owner_id} | {role: business.person(role) for role in MEMBERS[1:]}
    with session_app.app_context(), acting_for_nobody():
        people[OPERATOR] = operators.add("staff@example.test", "test", "maji ni uhai wetu")
    yield World(business, stranger, people)
    cleaner.clean()


def test_the_roles_may_do_what_the_grid_says() -> None:
    assert {role.value: PERMISSIONS[role] for role in Role} == granted()


def test_every_page_stands_in_the_table_and_says_the_same(session_app: Flask) -> None:
    declared = {call: access_of(session_app, call.split()[1]) for call in calls(session_app)}
    assert declared == table()


def test_no_page_changes_anything_when_it_is_only_read(session_app: Flask) -> None:
    for rule in session_app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, f"{rule.endpoint} answers to {methods}: a page that shows and one that acts are two"


@pytest.mark.parametrize("call", sorted(table()))
def test_who_runs_the_portal_gets_in_there_and_into_no_business(world: World, call: str) -> None:
    needs, answer = table()[call], world.ask(OPERATOR, call)
    if needs == OPERATOR:
        # Without a word of what it is about there is nothing to do.
        assert refusal(answer) == (None if call.startswith("GET") else 404)
    elif call.split()[1].startswith("api.") and needs != PUBLIC:
        assert refusal(answer) == "log in"
    elif needs not in (PUBLIC, SIGNED_IN):
        assert answer.location is not None and answer.location.startswith("/switch")


@pytest.mark.parametrize("role", ["visitor", *MEMBERS, "stranger"])
@pytest.mark.parametrize("call", sorted(table()))
def test_a_role_gets_in_where_the_table_lets_it_and_nowhere_else(world: World, call: str, role: str) -> None:
    needs = table()[call]
    answer = refusal(world.ask(role, call))
    if needs == PUBLIC:
        assert answer is None or (answer == 404 and call.split()[1] in CASES)
    elif role == "visitor":
        assert answer == "log in"
    elif needs == OPERATOR:
        assert answer == 403
    elif role == "stranger":
        assert answer == (404 if call.split()[1] in CASES else None)
    elif needs == SIGNED_IN or Permission(needs) in granted()[role]:
        assert answer is None or (answer == 404 and call == "POST account.end_session" and role != "owner")
    else:
        assert answer == 403
