"""What is looked at before a process serves: the wrong database role or a table without its policy stops the start."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from portal.infra import doors
from portal.infra.crypto import Keyring
from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody


class UnsafeStart(Exception):
    """The process must not serve; the message says what to put right."""


ROLE = text("""
    SELECT r.rolname, r.rolsuper, r.rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                    WHERE c.relkind = 'r' AND pg_has_role(r.oid, c.relowner, 'USAGE')) AS owns
      FROM pg_roles r WHERE r.rolname = current_user""")
OPEN_TABLES = text("""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
     WHERE c.relkind IN ('r','p')
       AND (c.relname = 'tenant' OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'))""")


def check_before_serving(app: Flask) -> None:
    """Raise UnsafeStart when the role can pass row-level security, or a tenant's table stands open."""
    settings = app.extensions["settings"]
    Keyring(settings.encryption_keys)
    with app.app_context(), acting_for_nobody():
        role = db.session.execute(ROLE).one()
        if role.rolsuper or role.rolbypassrls or role.owns:
            raise UnsafeStart(
                f"The database role {role.rolname!r} can pass row-level security. Set DATABASE_URL to the role portal_app:"
                " it is no superuser, has no BYPASSRLS and owns no table."
            )
        if tables := db.session.execute(OPEN_TABLES).scalars().all():
            raise UnsafeStart(f"Row-level security is not forced on: {', '.join(tables)}. Run the migrations.")
        if doors.devices_elsewhere(settings.kra_environment):
            raise UnsafeStart(
                f"KRA_ENVIRONMENT is {settings.kra_environment}, but a device of this database belongs to another environment."
            )
    with app.app_context():
        # A work-horse is forked later: it must not inherit a connection (`PERFORMANCE.md` §5).
        db.engine.dispose()
