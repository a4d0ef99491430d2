"""Empties the database between tests in a few milliseconds: only tables that have rows are touched."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

ALL_TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' ORDER BY relname
"""


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Deletes what tests wrote and keeps what the migrations did (code lists, rates)."""

    connection: psycopg.Connection[Any]
    kept: frozenset[str]

    @classmethod
    @contextlib.contextmanager
    def connected(cls, superuser_dsn: str) -> "Iterator[Cleaner]":
        """A cleaner for a database that no test has used yet."""
        with psycopg.connect(superuser_dsn, autocommit=True) as connection:
            # Tests break rules on purpose, and append-only tables refuse DELETE: no trigger and no foreign key speaks
            # on this connection. A superuser sees the rows of every tenant.
            connection.execute("SET session_replication_role = replica")
            yield cls(connection, frozenset(_tables_with_rows(connection)))

    def clean(self) -> None:
        """Delete all rows of all tables that the migrations left empty."""
        for table in _tables_with_rows(self.connection):
            if table not in self.kept:
                self.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def _tables_with_rows(connection: psycopg.Connection[Any]) -> list[str]:
    tables = [name for (name,) in connection.execute(ALL_TABLES)]
    if not tables:
        return []
    question = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name in tables
    )
    return [name for (name,) in connection.execute(question)]
