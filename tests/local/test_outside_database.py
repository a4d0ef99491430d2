"""DATABASE_URL given from outside: a superuser makes the roles and the database, and is left behind."""

from collections.abc import Iterator

import psycopg
import pytest

from portal.local.environment import Generated
from portal.local.problems import Problem
from portal.local.roles import is_superuser, with_database, with_role
from portal.local.servers import check_outside_redis, make_production_roles, outside_database
from portal.local.throwaway import ThrowAwayServers, throw_away_servers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def servers() -> Iterator[ThrowAwayServers]:
    """Servers of our own: roles belong to a whole server, and other tests log in with theirs."""
    with throw_away_servers() as running:
        yield running


def user_of(dsn: str) -> str:
    with psycopg.connect(dsn) as connection:
        return connection.info.user


def test_a_superuser_makes_roles_and_database_and_the_portal_goes_on_as_portal_app(servers: ThrowAwayServers) -> None:
    given = {"DATABASE_URL": with_database(servers.superuser_dsn, "shop")}
    settings = outside_database(given, Generated())
    assert user_of(settings["DATABASE_URL"]) == "portal_app"
    assert user_of(settings["MIGRATION_DATABASE_URL"]) == "portal_owner"
    assert not is_superuser(settings["DATABASE_URL"])


def test_two_clones_on_one_server_arrive_at_the_same_passwords(servers: ThrowAwayServers) -> None:
    given = {"DATABASE_URL": with_database(servers.superuser_dsn, "shop")}
    first, second = outside_database(given, Generated()), outside_database(given, Generated())
    assert first == second
    assert user_of(first["DATABASE_URL"]) == "portal_app"


def test_a_powerless_role_alone_is_not_enough_to_migrate(servers: ThrowAwayServers) -> None:
    settings = outside_database({"DATABASE_URL": with_database(servers.superuser_dsn, "shop")}, Generated())
    with pytest.raises(Problem, match="MIGRATION_DATABASE_URL is not"):
        outside_database({"DATABASE_URL": settings["DATABASE_URL"]}, Generated())


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    with pytest.raises(Problem, match="does not answer") as found:
        outside_database({"DATABASE_URL": "postgresql://someone:hidden@127.0.0.1:1/shop"}, Generated())
    assert "hidden" not in str(found.value)


def test_a_redis_that_does_not_answer_is_said_without_its_password() -> None:
    with pytest.raises(Problem, match="does not answer") as found:
        check_outside_redis("redis://:hidden@127.0.0.1:1/0")
    assert "hidden" not in str(found.value)


def test_production_roles_get_the_passwords_of_their_urls(servers: ThrowAwayServers) -> None:
    database = with_database(servers.superuser_dsn, "production")
    urls = {
        "SUPERUSER_DATABASE_URL": servers.superuser_dsn,
        "MIGRATION_DATABASE_URL": with_role(database, "portal_owner", "of-the-owner"),
        "DATABASE_URL": with_role(database, "portal_app", "of-the-app"),
    }
    make_production_roles(urls)
    assert user_of(urls["DATABASE_URL"]) == "portal_app"
    with pytest.raises(Problem, match="must name the role portal_app"):
        make_production_roles({**urls, "DATABASE_URL": database})
    with pytest.raises(Problem, match=r"Set SUPERUSER_DATABASE_URL\."):
        make_production_roles({**urls, "SUPERUSER_DATABASE_URL": ""})
