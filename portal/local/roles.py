"""The three database roles and the database that they share (who may do what: docs/decisions and migrations)."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from portal.local.postgres import LEAST_VERSION
from portal.local.problems import Problem

OWNER, APP, DOORS = "portal_owner", "portal_app", "portal_doors"
POWERLESS = sql.SQL("NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")


@dataclass(frozen=True, slots=True)
class Passwords:
    """What the two roles that can log in log in with."""

    owner: str
    app: str


def make_roles(superuser_dsn: str, passwords: Passwords) -> None:
    """Make or mend the three roles: the owner migrates, the app serves, the doors belong to nobody who logs in."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        present = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role, password in ((OWNER, passwords.owner), (APP, passwords.app), (DOORS, None)):
            act = sql.SQL("ALTER" if role in present else "CREATE")
            login = sql.SQL("LOGIN PASSWORD {}").format(password) if password else sql.SQL("NOLOGIN")
            connection.execute(
                sql.SQL("{} ROLE {} {} {}").format(act, sql.Identifier(role), POWERLESS, login)
            )
        # With INHERIT the owner itself would see every tenant's rows through the policies of the doors.
        connection.execute(f"GRANT {DOORS} TO {OWNER} WITH INHERIT FALSE, SET TRUE")


def has_database(superuser_dsn: str, name: str) -> bool:
    """Whether the server has a database of this name, which is made last and so means that all is made."""
    with psycopg.connect(superuser_dsn) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def make_database(superuser_dsn: str, name: str) -> bool:
    """Make a database that the owner owns and the app may use; True when it was not there before."""
    if has_database(superuser_dsn, name):
        return False
    # Under another name until it is complete: a start that was killed here begins again.
    draft = f"{name}_new"
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        database = sql.Identifier(draft)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                database, sql.Identifier(OWNER)
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))
    with psycopg.connect(with_database(superuser_dsn, draft), autocommit=True) as connection:
        connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
        connection.execute(f"GRANT USAGE ON SCHEMA public TO {DOORS}, {APP}")
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
    return True


def is_superuser(dsn: str) -> bool:
    """Whether the role in this URL is a superuser; fails on a server that is too old or does not answer."""
    try:
        with _connected(dsn) as connection:
            version = connection.info.server_version // 10000
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.OperationalError as problem:
        raise Problem(f"The database at {without_password(dsn)} does not answer: {problem}") from problem
    if version < LEAST_VERSION:
        raise Problem(f"The database at {without_password(dsn)} is PostgreSQL {version}; "
                      f"{LEAST_VERSION} or newer is needed.")
    return bool(row and row[0])


def _connected(dsn: str) -> psycopg.Connection[TupleRow]:
    """A connection to the server: the database in the URL may be one that is still to be made."""
    try:
        return psycopg.connect(dsn, connect_timeout=10)
    except psycopg.OperationalError as problem:
        if "does not exist" not in str(problem):
            raise
    return psycopg.connect(with_database(dsn, "postgres"), connect_timeout=10)


def refuse_role_that_bypasses_tenants(dsn: str) -> None:
    """Fail when the role in this URL could read all tenants: row-level security would be off, unseen."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    if row is None or row[1] or row[2]:
        raise Problem(
            f"The database role {row[0] if row else 'in DATABASE_URL'} can bypass row-level security, so one business "
            f"could see the data of another. Risiti does not start as such a role; DATABASE_URL must name {APP}."
        )


def with_database(dsn: str, name: str) -> str:
    """The same URL for another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(name, safe='')}"))


def with_role(dsn: str, role: str, password: str) -> str:
    """The same URL for another role."""
    parts = urlsplit(dsn)
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{server}"))


def database_name(dsn: str) -> str:
    """The database that a URL names, empty when it names none."""
    return unquote(urlsplit(dsn).path.lstrip("/"))


def without_password(dsn: str) -> str:
    """The URL as it may be printed."""
    parts = urlsplit(dsn)
    user, at, server = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{server}", query=""))
