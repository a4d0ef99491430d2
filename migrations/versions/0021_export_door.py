"""A door for operators' commands that go through every business: their ids, oldest first, and nothing else."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("CREATE POLICY doors ON tenant FOR SELECT TO portal_doors USING (true)")
    op.execute("GRANT SELECT (id, created_at) ON tenant TO portal_doors")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the function changes hands
    op.execute("""
        CREATE FUNCTION all_tenants() RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
          SET search_path = pg_catalog, public AS $$ SELECT t.id FROM tenant t ORDER BY t.created_at, t.id $$""")
    op.execute("REVOKE ALL ON FUNCTION all_tenants() FROM public")
    op.execute("GRANT EXECUTE ON FUNCTION all_tenants() TO portal_app")
    op.execute("ALTER FUNCTION all_tenants() OWNER TO portal_doors")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION all_tenants()")
    op.execute("RESET ROLE")
    op.execute("DROP POLICY doors ON tenant")
    op.execute("REVOKE SELECT (id, created_at) ON tenant FROM portal_doors")
