"""Another business's ids open nothing: not through any page, and not in any table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from psycopg import errors, sql
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.rules.cases import CASES, SECRETS_IN_PATH, Ids, Maker, missing
from tests.rules.form_cases import FORM_CASES
from tests.support.program import program_of
from tests.support.stack import Stack, TestDatabase
from tests.support.world import Business, new_business

CHANGING = re.compile(r"\"instance\": \"[^\"]+\"|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16}|name=\"csrf_token\" value=\"[^\"]+\"|X-CSRFToken[^}]+")


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_page_with_an_id_in_its_address_has_a_case(session_app: Flask) -> None:
    with_ids = {rule.endpoint for rule in rules_of(session_app) if rule.arguments}
    endpoints = {rule.endpoint for rule in rules_of(session_app)}
    assert with_ids - set(CASES) == set()
    assert set(CASES) - endpoints == set(), "a case of a page that is gone"


def ask(business: Business, endpoint: str, ids: Ids) -> TestResponse:
    """The owner of `business` calls the page with these ids."""
    app = business.app
    (rule,) = [rule for rule in rules_of(app) if rule.endpoint == endpoint]
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    with app.test_request_context():
        url = app.url_for(endpoint, **ids.path, **ids.query, **ids.fixed)
    if url.startswith("/api/"):
        return program_of(business).call(method, url, ids.form | ids.typed if method == "POST" else None)
    browser = business.client()
    return browser.post(url, data=ids.form | ids.typed) if method == "POST" else browser.get(url)


def words(answer: TestResponse) -> str:
    """The page without what differs in each answer: ids, tokens, references."""
    return CHANGING.sub("·", answer.get_data(as_text=True))


@pytest.mark.parametrize("endpoint", sorted(set(CASES) - SECRETS_IN_PATH))
def test_ids_of_another_business_are_answered_like_ids_that_do_not_exist(app: Flask, endpoint: str) -> None:
    first, second = new_business(app), new_business(app)
    ids = CASES[endpoint](first)
    foreign, absent = ask(second, endpoint, ids), ask(second, endpoint, missing(ids))
    assert foreign.status_code == absent.status_code
    assert words(foreign) == words(absent)
    if ids.path:
        assert foreign.status_code == 404
    assert ask(first, endpoint, ids).status_code not in (403, 404), "the case makes nothing that its own business can open"


@pytest.mark.parametrize(("endpoint", "maker"), FORM_CASES, ids=[f"{name}-{maker.__name__}" for name, maker in FORM_CASES])
def test_ids_of_another_business_inside_a_form_are_worth_nothing(app: Flask, endpoint: str, maker: Maker) -> None:
    first, second = new_business(app), new_business(app)
    ids = maker(first)
    foreign, absent = ask(second, endpoint, ids), ask(second, endpoint, missing(ids))
    assert foreign.status_code == absent.status_code
    assert words(foreign) == words(absent)
    assert ask(first, endpoint, ids).status_code in (200, 303, 422)


# --- the tables ---------------------------------------------------------------------------------------------------

TENANT_TABLES = """
    SELECT c.oid::regclass::text,
           CASE WHEN c.relname = 'tenant' THEN 'id' ELSE 'tenant_id' END
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND (c.relname = 'tenant' OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
     ORDER BY 1"""
# Row-level security is what is tried here: every other rule that could refuse a row is taken away first.
WITHOUT_OTHER_RULES = """
    DO $$ DECLARE r record; BEGIN
      FOR r IN SELECT conrelid::regclass t, conname FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f') AND conrelid <> 0 LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.t, r.conname);
      END LOOP;
      FOR r IN SELECT a.attrelid::regclass t, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND a.attnotnull AND a.attidentity = ''
                  AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
      LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', r.t, r.attname);
      END LOOP;
      FOR r IN SELECT tgrelid::regclass t, tgname FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, r.t);
      END LOOP;
    END $$"""
KEY_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_index i
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = %s::regclass AND i.indisprimary"""
VALUES: dict[str, object] = {"text": "x", "bigint": 1, "integer": 1, "smallint": 1, "date": "2026-11-20", "bytea": b"x",
                             "timestamp with time zone": "2026-11-20"}  # fmt: skip
OURS = UUID("0a000000-0000-4000-8000-000000000001")


def insert_into(connection: psycopg.Connection[object], table: str, column: str, tenant: UUID) -> None:
    """A row of `tenant` with nothing but its key."""
    keys = connection.execute(KEY_COLUMNS, [table]).fetchall()
    row = {name: VALUES[kind] if kind != "uuid" else uuid4() for name, kind in keys} | {column: tenant}  # type: ignore[misc]
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(sql.Placeholder() * len(row))
        ),
        list(row.values()),
    )


@pytest.fixture(scope="module")
def one_row_each(stack: Stack, worker: str) -> TestDatabase:
    """A database in which every table with a tenant holds exactly one row, of the business OURS."""
    database = stack.new_database(f"{worker}_sweep")
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        connection.execute(WITHOUT_OTHER_RULES)
        for table, column in connection.execute(TENANT_TABLES).fetchall():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            insert_into(connection, table, column, OURS)
    return database


@contextmanager
def as_app(database: TestDatabase, tenant: str | None) -> Iterator[psycopg.Connection[object]]:
    """A connection of the role that everything runs as; None never says a tenant at all."""
    with psycopg.connect(database.app_dsn) as connection:
        if tenant is not None:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
        yield connection


def rows_touched(connection: psycopg.Connection[object], statement: str, table: str, column: str) -> int:
    """How many rows a statement met; a table on which the role may not do it counts as none."""
    query = sql.SQL(statement).format(table=sql.Identifier(table), column=sql.Identifier(column))
    try:
        with connection.transaction():
            return connection.execute(query).rowcount
    except errors.InsufficientPrivilege:
        return 0


@pytest.fixture(scope="module")
def tables(one_row_each: TestDatabase) -> list[tuple[str, str]]:
    with psycopg.connect(one_row_each.superuser_dsn) as connection:
        return connection.execute(TENANT_TABLES).fetchall()


VERBS = ("SELECT 1 FROM {table}", "UPDATE {table} SET {column} = {column}", "DELETE FROM {table}")


@pytest.mark.parametrize("tenant", [None, "", str(uuid4())], ids=["unset", "empty", "foreign"])
@pytest.mark.parametrize("statement", VERBS, ids=["select", "update", "delete"])
def test_no_row_of_a_business_is_met_without_acting_for_it(
    one_row_each: TestDatabase, tables: list[tuple[str, str]], statement: str, tenant: str | None
) -> None:
    with as_app(one_row_each, tenant) as connection:
        met = {table: rows_touched(connection, statement, table, column) for table, column in tables}
    assert met == {table: 0 for table, _column in tables}


@pytest.mark.parametrize("tenant", [None, "", str(uuid4())], ids=["unset", "empty", "foreign"])
def test_no_row_is_written_for_a_business_that_is_not_acted_for(
    one_row_each: TestDatabase, tables: list[tuple[str, str]], tenant: str | None
) -> None:
    with as_app(one_row_each, tenant) as connection:
        for table, column in tables:
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                insert_into(connection, table, column, OURS)


def test_no_row_is_handed_over_to_another_business(one_row_each: TestDatabase, tables: list[tuple[str, str]]) -> None:
    with as_app(one_row_each, str(OURS)) as connection:
        for table, column in tables:
            give = sql.SQL("UPDATE {} SET {} = {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.Literal(str(uuid4()))
            )
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(give)


def test_the_business_itself_sees_its_row_in_every_table(one_row_each: TestDatabase, tables: list[tuple[str, str]]) -> None:
    with as_app(one_row_each, str(OURS)) as connection:
        seen = {table: rows_touched(connection, "SELECT 1 FROM {table}", table, column) for table, column in tables}
    assert len(seen) > 20
    assert seen == {table: 1 for table, _column in tables}


def test_nobody_empties_a_table(one_row_each: TestDatabase, tables: list[tuple[str, str]]) -> None:
    with as_app(one_row_each, str(OURS)) as connection:
        for table, _column in tables:
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
