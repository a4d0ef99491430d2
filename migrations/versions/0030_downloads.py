"""Downloads of many receipts, each of their parts with its hand-out, and the door that knows which are too old."""

from alembic import op

from migrations.tables import tenant_table

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE download (
          tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL DEFAULT gen_random_uuid(),
          form text NOT NULL CHECK (form IN ('zip','pdf')),
          state text NOT NULL DEFAULT 'making' CHECK (state IN ('making','ready','gone')),
          describes text NOT NULL CHECK (length(describes) BETWEEN 1 AND 300),
          total int NOT NULL CHECK (total BETWEEN 1 AND 1000),
          left_out int NOT NULL DEFAULT 0 CHECK (left_out >= 0),
          by_person uuid REFERENCES person (id), by_name text NOT NULL,
          asked_at timestamptz NOT NULL DEFAULT now(), ready_at timestamptz,
          expires_at timestamptz NOT NULL,
          storage_key text, size bigint CHECK (size > 0), sha256 bytea CHECK (length(sha256) = 32),
          idem_key text NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200),
          CHECK (state <> 'ready' OR (storage_key IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL AND ready_at IS NOT NULL)),
          PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, idem_key))""")
    op.execute("CREATE INDEX download_newest ON download (tenant_id, asked_at DESC)")
    op.execute("CREATE INDEX download_by_age ON download (expires_at) WHERE state <> 'gone'")
    tenant_table("download")
    # What a worker has done already: one that is killed is taken over here.
    op.execute("""
        CREATE TABLE download_part (
          tenant_id uuid NOT NULL, download_id uuid NOT NULL, place int NOT NULL CHECK (place > 0),
          document_id uuid NOT NULL, hand_out_id uuid NOT NULL,
          made_at timestamptz, problem text CHECK (length(problem) <= 300),
          PRIMARY KEY (tenant_id, download_id, place),
          UNIQUE (tenant_id, hand_out_id),
          FOREIGN KEY (tenant_id, download_id) REFERENCES download (tenant_id, id) ON DELETE CASCADE,
          FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id),
          FOREIGN KEY (tenant_id, hand_out_id) REFERENCES hand_out (tenant_id, id))""")
    op.execute("""CREATE INDEX download_part_open ON download_part (tenant_id, download_id, place)
                  WHERE made_at IS NULL AND problem IS NULL""")
    tenant_table("download_part")
    op.execute("CREATE POLICY doors ON download FOR SELECT TO portal_doors USING (true)")
    op.execute("GRANT SELECT (tenant_id, id, state, expires_at) ON download TO portal_doors")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the function changes hands
    op.execute("""
        CREATE FUNCTION old_downloads(most int) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
          SET search_path = pg_catalog, public AS $$
          SELECT d.tenant_id, d.id FROM download d WHERE d.state <> 'gone' AND d.expires_at <= now()
           ORDER BY d.expires_at LIMIT most $$""")
    op.execute("REVOKE ALL ON FUNCTION old_downloads(int) FROM public")
    op.execute("GRANT EXECUTE ON FUNCTION old_downloads(int) TO portal_app")
    op.execute("ALTER FUNCTION old_downloads(int) OWNER TO portal_doors")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION old_downloads(int)")
    op.execute("RESET ROLE")
    for table in ("download_part", "download"):
        op.execute(f"DROP TABLE {table}")
