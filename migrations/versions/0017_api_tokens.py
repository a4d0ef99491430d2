"""Tokens with which programs act for a business, the door that says whose a token is, and their own numbers of invoices."""

from pathlib import Path

from alembic import op

from migrations.tables import tenant_table

revision = "0017"
down_revision = "0016"

DOOR = Path(__file__).parent / "0017_api_tokens.sql"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE api_token (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
          token_sha256 bytea NOT NULL CHECK (length(token_sha256) = 32),
          last_four text NOT NULL CHECK (length(last_four) = 4),
          scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
          created_by uuid NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          last_used_at timestamptz,
          revoked_at timestamptz,
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, token_sha256),
          FOREIGN KEY (created_by) REFERENCES person (id))""")
    # The door looks a token up before any tenant is known.
    op.execute("CREATE INDEX api_token_by_hash ON api_token (token_sha256) WHERE revoked_at IS NULL")
    op.execute("""
        CREATE FUNCTION api_token_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'last_used_at' - 'revoked_at' = to_jsonb(OLD) - 'last_used_at' - 'revoked_at'
             AND (OLD.revoked_at IS NULL OR NEW.revoked_at = OLD.revoked_at) THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'a token is only used and revoked' USING ERRCODE = 'check_violation';
        END $$""")
    op.execute("""CREATE TRIGGER api_token_is_kept BEFORE UPDATE OR DELETE ON api_token
                  FOR EACH ROW EXECUTE FUNCTION api_token_is_kept()""")
    tenant_table("api_token", verbs="SELECT, INSERT, UPDATE")
    op.execute("ALTER TABLE document ADD external_id text CHECK (length(external_id) BETWEEN 1 AND 100)")
    op.execute("CREATE INDEX document_external ON document (tenant_id, external_id) WHERE external_id IS NOT NULL")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the function changes hands
    for statement in DOOR.read_text(encoding="utf-8").split(";\n\n"):
        op.execute(statement.strip().rstrip(";"))
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("ALTER TABLE document DROP external_id")
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION whose_token(bytea)")
    op.execute("RESET ROLE")
    op.execute("DROP TABLE api_token")
    op.execute("DROP FUNCTION api_token_is_kept()")
