"""The servers of the tests: they keep tenants apart as production does."""

import psycopg
import pytest

from portal.local.problems import Problem
from portal.local.roles import refuse_role_that_bypasses_tenants
from tests.support.stack import TestDatabase


def test_the_app_enters_the_database_as_a_role_that_cannot_bypass_row_level_security(dsns: TestDatabase) -> None:
    refuse_role_that_bypasses_tenants(dsns.app_dsn)


def test_a_role_that_can_bypass_row_level_security_is_refused(dsns: TestDatabase) -> None:
    with pytest.raises(Problem, match="could see the data of another"):
        refuse_role_that_bypasses_tenants(dsns.superuser_dsn)


def test_the_app_cannot_make_tables(dsns: TestDatabase) -> None:
    with psycopg.connect(dsns.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE anything (id int)")


def test_the_owner_can_hand_a_function_to_the_doors_without_seeing_what_they_see(dsns: TestDatabase) -> None:
    with psycopg.connect(dsns.owner_dsn) as connection:
        connection.execute("CREATE FUNCTION a_door() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute("GRANT CREATE ON SCHEMA public TO portal_doors")
        connection.execute("ALTER FUNCTION a_door() OWNER TO portal_doors")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")
        assert connection.execute("SELECT pg_has_role('portal_doors', 'USAGE')").fetchone() == (False,)
        connection.rollback()
