"""Links to handed-out receipts, the doors that know whose a link is and which are too old, openings, and mails."""

from pathlib import Path

from alembic import op

from migrations.tables import tenant_table

revision = "0023"
down_revision = "0022"

DOORS = Path(__file__).parent / "0023_receipt_links.sql"
WAYS = "'print','download','email','whatsapp'"


SCOPES = "'sign_in_account','sign_in_address','reset_account','reset_address','sign_up_address','public_address'"


def upgrade() -> None:
    # Which throttles there are is for the program to say; that a scope is a short name is enough here.
    op.execute("""ALTER TABLE throttle DROP CONSTRAINT throttle_scope_check,
                  ADD CONSTRAINT throttle_scope_check CHECK (scope ~ '^[a-z_]{3,40}$')""")
    _ways(f"{WAYS},'link','bulk'")
    op.execute("""
        CREATE TABLE receipt_link (
          tenant_id uuid NOT NULL, id uuid NOT NULL,
          document_id uuid NOT NULL, hand_out_id uuid NOT NULL,
          token_sha256 bytea NOT NULL CHECK (length(token_sha256) = 32),
          sent_to text CHECK (length(sent_to) BETWEEN 1 AND 254),
          made_at timestamptz NOT NULL DEFAULT now(),
          expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
          revoked_at timestamptz, revoked_by text,
          CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, token_sha256), UNIQUE (tenant_id, hand_out_id),
          FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id),
          FOREIGN KEY (tenant_id, hand_out_id) REFERENCES hand_out (tenant_id, id))""")
    # The doors look links up, by their hash and by their age, before any tenant is known.
    op.execute("CREATE INDEX receipt_link_by_hash ON receipt_link (token_sha256) WHERE revoked_at IS NULL")
    op.execute("CREATE INDEX receipt_link_by_age ON receipt_link (expires_at)")
    op.execute("""
        CREATE FUNCTION receipt_link_is_only_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF to_jsonb(NEW) - 'revoked_at' - 'revoked_by' = to_jsonb(OLD) - 'revoked_at' - 'revoked_by'
             AND OLD.revoked_at IS NULL THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'a link is only revoked, once' USING ERRCODE = 'check_violation';
        END $$""")
    op.execute("""CREATE TRIGGER receipt_link_is_only_revoked BEFORE UPDATE ON receipt_link
                  FOR EACH ROW EXECUTE FUNCTION receipt_link_is_only_revoked()""")
    tenant_table("receipt_link")
    op.execute("""
        CREATE TABLE link_opening (
          tenant_id uuid NOT NULL, link_id uuid NOT NULL,
          first_at timestamptz NOT NULL DEFAULT now(), last_at timestamptz NOT NULL DEFAULT now(),
          times int NOT NULL DEFAULT 1 CHECK (times > 0),
          PRIMARY KEY (tenant_id, link_id),
          FOREIGN KEY (tenant_id, link_id) REFERENCES receipt_link (tenant_id, id) ON DELETE CASCADE)""")
    tenant_table("link_opening")
    op.execute("""
        CREATE TABLE receipt_mail (
          tenant_id uuid NOT NULL, link_id uuid NOT NULL,
          address text NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
          asked_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz, failed_at timestamptz,
          problem text CHECK (length(problem) <= 300),
          CHECK (sent_at IS NULL OR failed_at IS NULL),
          PRIMARY KEY (tenant_id, link_id),
          FOREIGN KEY (tenant_id, link_id) REFERENCES receipt_link (tenant_id, id) ON DELETE CASCADE)""")
    tenant_table("receipt_mail")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the functions change hands
    for statement in DOORS.read_text(encoding="utf-8").split(";\n\n"):
        op.execute(statement.strip().rstrip(";"))
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION whose_receipt_link(bytea)")
    op.execute("DROP FUNCTION old_receipt_links(int)")
    op.execute("RESET ROLE")
    for table in ("receipt_mail", "link_opening", "receipt_link"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION receipt_link_is_only_revoked()")
    _ways(WAYS)
    op.execute(f"DELETE FROM throttle WHERE scope NOT IN ({SCOPES})")
    op.execute(f"""ALTER TABLE throttle DROP CONSTRAINT throttle_scope_check,
                   ADD CONSTRAINT throttle_scope_check CHECK (scope IN ({SCOPES}))""")


def _ways(words: str) -> None:
    op.execute(f"""ALTER TABLE hand_out DROP CONSTRAINT hand_out_way_check,
                   ADD CONSTRAINT hand_out_way_check CHECK (way IN ({words}))""")
