"""Businesses, who belongs to them, their branches, and the audit chain of each."""

from alembic import op

from migrations.tables import append_only, tenant_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE tenant (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
          registered_name text CHECK (length(registered_name) <= 60),
          kra_pin text NOT NULL CHECK (kra_pin ~ '^[AP][0-9]{9}[A-Z]$'),
          phone text CHECK (phone ~ '^\\+[0-9]{8,15}$'),
          email text,
          vat_registered boolean,
          vat_said_by text CHECK (vat_said_by IN ('owner','kra')),
          vat_since date,
          created_at timestamptz NOT NULL DEFAULT now(),
          closed_at timestamptz,
          CHECK ((vat_registered IS NULL) = (vat_said_by IS NULL)))""")
    # The one unique key across tenants: a PIN has one open business in a deployment; its error is neutral.
    op.execute("CREATE UNIQUE INDEX one_open_business_per_pin ON tenant (kra_pin) WHERE closed_at IS NULL")
    tenant_table("tenant", column="id", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE membership (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          person_id uuid NOT NULL REFERENCES person (id),
          role text NOT NULL CHECK (role IN ('owner','admin','biller','accountant','viewer')),
          suspended_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, person_id))""")
    op.execute("CREATE INDEX membership_of ON membership (person_id)")
    tenant_table("membership")
    op.execute("""
        CREATE TABLE branch (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          code text NOT NULL CHECK (code ~ '^[0-9]{2}$'),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
          address text CHECK (length(address) <= 200),
          phone text CHECK (phone ~ '^\\+[0-9]{8,15}$'),
          trade_name text CHECK (length(trade_name) <= 20),
          top_message text CHECK (length(top_message) <= 20),
          bottom_message text CHECK (length(bottom_message) <= 20),
          closed_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, code))""")
    tenant_table("branch", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE audit (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          chain uuid NOT NULL,
          seq bigint NOT NULL CHECK (seq > 0),
          at timestamptz NOT NULL,
          actor text NOT NULL,
          action text NOT NULL,
          object text NOT NULL,
          before_sha256 bytea,
          after_sha256 bytea,
          detail jsonb NOT NULL,
          prev_hash bytea NOT NULL,
          hash bytea NOT NULL CHECK (length(hash) = 32),
          PRIMARY KEY (tenant_id, chain, seq))""")
    tenant_table("audit", verbs="SELECT, INSERT")
    append_only("audit")
    op.execute("""
        CREATE TABLE audit_head (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          chain uuid NOT NULL,
          seq bigint NOT NULL DEFAULT 0,
          hash bytea NOT NULL,
          PRIMARY KEY (tenant_id, chain))""")
    tenant_table("audit_head", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("audit_head", "audit", "branch", "membership", "tenant"):
        op.execute(f"DROP TABLE {table}")
