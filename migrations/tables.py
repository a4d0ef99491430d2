"""The words every migration uses to give a table its owner rules; frozen like the migrations themselves."""

from alembic import op

TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"


def tenant_table(name: str, verbs: str = "SELECT, INSERT, UPDATE, DELETE", column: str = "tenant_id") -> None:
    """Shut `name` behind forced row-level security and let `portal_app` use `verbs` on it."""
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {name} USING ({column} = {TENANT}) WITH CHECK ({column} = {TENANT})")
    op.execute(f"GRANT {verbs} ON {name} TO portal_app")


def shared_table(name: str, verbs: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """A table without a tenant: `portal_app` may use `verbs` on all of its rows."""
    op.execute(f"GRANT {verbs} ON {name} TO portal_app")


def append_only(name: str) -> None:
    """Let nobody change or delete a row of `name`, whatever they were granted."""
    op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
