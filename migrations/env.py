"""Runs the migrations as `portal_owner`, one at a time across all machines."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from portal.infra.db import db

ONE_MIGRATOR = 0x7269736974  # 'risit': the advisory lock that keeps two releases from migrating at once


def run() -> None:
    settings = current_app.extensions["settings"]
    url = (settings.migration_database_url or settings.database_url).replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '15min'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_MIGRATOR})
        connection.commit()
        context.configure(connection=connection, target_metadata=db.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
