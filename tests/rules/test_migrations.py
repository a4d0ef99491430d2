"""The database is what the migrations make it: one head, equal to the models, and the newest goes down and up."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine

from portal.app import create_app
from portal.infra.db import db
from portal.settings import Settings
from tests.support.stack import SECRETS, Stack, TestDatabase

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture(scope="module")
def fresh(stack: Stack, worker: str) -> TestDatabase:
    return stack.new_database(f"{worker}_migrations")


@pytest.fixture(scope="module")
def migrating_app(fresh: TestDatabase) -> Iterator[Flask]:
    environment = {
        **SECRETS,
        "DATABASE_URL": fresh.app_dsn,
        "MIGRATION_DATABASE_URL": fresh.owner_dsn,
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    app = create_app(Settings.from_env(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_there_is_one_head_and_the_numbers_have_no_gap() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    numbers = sorted(revision.revision for revision in script.walk_revisions())
    assert len(script.get_heads()) == 1
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_the_migrated_database_equals_the_models(migrating_app: Flask, fresh: TestDatabase) -> None:
    engine = create_engine(fresh.owner_dsn.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    engine.dispose()


def shape(dsn: str) -> list[tuple[object, ...]]:
    """Every column, constraint, index, policy, trigger and grant of the database."""
    with psycopg.connect(dsn) as connection:
        return connection.execute("""
            SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod) FROM pg_attribute
              JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
               AND NOT attisdropped
            UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
            UNION ALL SELECT 'policy', tablename, policyname, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies
            UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'grant', table_name, grantee, privilege_type FROM information_schema.role_table_grants
             WHERE table_schema = 'public'
            UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT 'function', proname, proowner::regrole::text, proacl::text || md5(prosrc) FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
            ORDER BY 1, 2, 3, 4""").fetchall()


def test_the_newest_migration_goes_down_and_up_and_leaves_nothing(migrating_app: Flask, fresh: TestDatabase) -> None:
    before = shape(fresh.superuser_dsn)
    with migrating_app.app_context():
        downgrade(revision="-1")
        assert shape(fresh.superuser_dsn) != before
        upgrade()
    assert shape(fresh.superuser_dsn) == before


def test_all_migrations_go_down_to_nothing_and_up_again(migrating_app: Flask, fresh: TestDatabase) -> None:
    before = shape(fresh.superuser_dsn)
    with migrating_app.app_context():
        downgrade(revision="base")
        upgrade()
    assert shape(fresh.superuser_dsn) == before
