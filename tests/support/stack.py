"""The servers that tests run against, and one database of its own for each test process."""

import base64
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from portal.local.places import clone_folder
from portal.local.roles import APP, OWNER, Passwords, make_database, make_roles, with_database, with_role
from portal.local.throwaway import ThrowAwayServers, throw_away_servers

PASSWORDS = Passwords(owner="owner-of-the-tests", app="app-of-the-tests")
# Made up for tests: no deployment has these.
SECRETS = {"SECRET_KEY": "secret-of-the-tests", "ENCRYPTION_KEYS": "test:" + base64.b64encode(bytes(range(32))).decode()}
# Any number: whoever holds this lock is making the template.
TEMPLATE_LOCK = 7301


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One database in the three ways to enter it."""

    __test__ = False
    superuser_dsn: str
    owner_dsn: str
    app_dsn: str


@dataclass(slots=True)
class Stack:
    """PostgreSQL and Redis of this run, with a migrated template to clone databases from."""

    servers: ThrowAwayServers
    run: str
    made: list[str] = field(default_factory=list)

    @property
    def template(self) -> str:
        """The name of the migrated, empty database."""
        return f"risiti_{self.run}_template"

    def new_database(self, name: str) -> TestDatabase:
        """A fresh copy of the migrated template."""
        self._make_template()
        full_name = f"risiti_{self.run}_{name}"
        self._clone(self.template, full_name)
        self.made.append(full_name)
        return self._entrances(full_name)

    def redis_url(self, number: int) -> str:
        """The URL of one of Redis's numbered databases."""
        return urlunsplit(urlsplit(self.servers.redis_url)._replace(path=f"/{number}"))

    def drop_databases(self) -> None:
        """Drop what this process made; the server itself may be one that stays."""
        with psycopg.connect(self.servers.superuser_dsn, autocommit=True) as connection:
            for name in self.made:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.made.clear()

    def _make_template(self) -> None:
        """Migrate once in a run, whichever test process comes first."""
        superuser = self.servers.superuser_dsn
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.template]).fetchone():
                return
            make_roles(superuser, PASSWORDS)
            # Under another name until it is complete: a failed migration leaves no half-made template behind.
            draft = f"{self.template}_draft"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
            make_database(superuser, draft)
            migrate(self._entrances(draft))
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(self.template))
            )

    def _clone(self, template: str, name: str) -> None:
        with psycopg.connect(self.servers.superuser_dsn, autocommit=True) as connection:
            identifier = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    identifier, sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(identifier, sql.Identifier(APP))
            )

    def _entrances(self, name: str) -> TestDatabase:
        superuser = with_database(self.servers.superuser_dsn, name)
        return TestDatabase(
            superuser_dsn=superuser,
            owner_dsn=with_role(superuser, OWNER, PASSWORDS.owner),
            app_dsn=with_role(superuser, APP, PASSWORDS.app),
        )


def migrate(database: TestDatabase) -> None:
    """Bring a database to the newest migration, the way a deployment does; without migrations it stays empty."""
    if not (clone_folder() / "migrations").exists():
        return
    environment = {
        **os.environ, **SECRETS, "PORTAL_ENV": "local", "DATABASE_URL": database.app_dsn,
        "MIGRATION_DATABASE_URL": database.owner_dsn, "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "-m", "flask", "--app", "portal.app", "db", "upgrade"]
    answer = subprocess.run(command, cwd=clone_folder(), env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"flask db upgrade failed:\n{answer.stdout}\n{answer.stderr}")


@contextlib.contextmanager
def running_stack() -> Iterator[Stack]:
    """The servers that bin/test has started, or throw-away ones of our own when pytest was started by itself."""
    database, queue = os.environ.get("RISITI_TEST_DATABASE_URL"), os.environ.get("RISITI_TEST_REDIS_URL")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    with contextlib.ExitStack() as resources:
        if database and queue:
            servers = ThrowAwayServers(database, queue)
        else:
            servers = resources.enter_context(throw_away_servers())
        stack = Stack(servers, run)
        resources.callback(stack.drop_databases)
        yield stack


def flush(url: str) -> None:
    """Empty one numbered Redis database."""
    with contextlib.closing(redis.Redis.from_url(url)) as connection:
        connection.flushdb()
