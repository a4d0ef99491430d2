"""No tenant, no rows: every table with a tenant is shut by PostgreSQL itself."""

import uuid

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from portal.infra import checks
from portal.infra.db import db
from portal.infra.tenancy import TenancyError, acting_for, acting_for_nobody
from tests.support.stack import TestDatabase

TENANT_TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
           (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant') AS policies
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND (c.relname = 'tenant' OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))"""


def test_every_table_with_a_tenant_has_forced_row_level_security(dsns: TestDatabase) -> None:
    with psycopg.connect(dsns.superuser_dsn) as connection:
        tables = connection.execute(TENANT_TABLES).fetchall()
    assert len(tables) > 20
    assert [row for row in tables if row[1:] != (True, True, 1)] == []


def test_the_app_refuses_to_start_as_a_role_that_can_pass_row_level_security(session_app: Flask) -> None:
    checks.check_before_serving(session_app)


def test_a_question_without_saying_for_whom_raises(app: Flask) -> None:
    with app.app_context(), pytest.raises(TenancyError):
        db.session.execute(text("SELECT 1"))


def test_a_tenant_does_not_follow_the_pooled_connection(app: Flask) -> None:
    ours = "SELECT pg_backend_pid(), current_setting('app.tenant_id', true)"
    tenant = uuid.uuid4()
    with app.app_context():
        db.engine.dispose()  # one connection, so that both get the same
        with acting_for(tenant):
            first = db.session.execute(text(ours)).one()
            db.session.commit()
        with acting_for_nobody():
            second = db.session.execute(text(ours)).one()
    assert first[0] == second[0]
    assert (first[1], second[1]) == (str(tenant), "")


def test_nobody_is_entered_inside_an_open_transaction(app: Flask) -> None:
    with app.app_context(), acting_for_nobody():
        db.session.execute(text("SELECT 1"))
        with pytest.raises(TenancyError), acting_for(uuid.uuid4()):
            pass
