"""Control units: what they are, how their set-up went, their keys, and what KRA told them last."""

from alembic import op

from migrations.tables import shared_table, tenant_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE device (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          branch_id uuid NOT NULL,
          transport text NOT NULL DEFAULT 'vscu' CHECK (transport IN ('vscu','oscu')),
          environment text NOT NULL CHECK (environment IN ('simulator','sandbox','production')),
          serial text NOT NULL CHECK (length(serial) BETWEEN 4 AND 100),
          status text NOT NULL DEFAULT 'setting_up' CHECK (status IN ('setting_up','ready','lane_held','blocked','retired')),
          vscu_url text,
          sdc_id text, mrc_number text, kra_device_id text,
          last_contact_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id),
          CONSTRAINT device_serial_once UNIQUE (serial))""")
    op.execute("CREATE UNIQUE INDEX one_device_per_branch ON device (tenant_id, branch_id) WHERE status <> 'retired'")
    tenant_table("device", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE device_key (
          tenant_id uuid NOT NULL, device_id uuid NOT NULL,
          name text NOT NULL CHECK (name IN ('communication','internal','signing')),
          ciphertext text NOT NULL CHECK (ciphertext LIKE 'v1|%'),
          stored_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, device_id, name),
          FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id))""")
    tenant_table("device_key")
    op.execute("""
        CREATE TABLE setup_step (
          tenant_id uuid NOT NULL, device_id uuid NOT NULL,
          name text NOT NULL CHECK (name IN ('initialise','codes','item_classes','branches','notices')),
          state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','running','done','failed','waiting_for_kra')),
          code text, message text,
          attempts int NOT NULL DEFAULT 0,
          changed_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, device_id, name),
          FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id))""")
    tenant_table("setup_step", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE look_up_mark (
          tenant_id uuid NOT NULL, device_id uuid NOT NULL,
          operation text NOT NULL,
          mark timestamptz NOT NULL,
          PRIMARY KEY (tenant_id, device_id, operation),
          FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id))""")
    tenant_table("look_up_mark", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE notice (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          number bigint NOT NULL,
          title text NOT NULL, body text NOT NULL DEFAULT '', url text, author text,
          published_at timestamptz, read_at timestamptz,
          PRIMARY KEY (tenant_id, number))""")
    tenant_table("notice", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE kra_branch (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          code text NOT NULL, name text NOT NULL, status text, address text, is_head_office boolean NOT NULL DEFAULT false,
          PRIMARY KEY (tenant_id, code))""")
    tenant_table("kra_branch")
    op.execute("""
        CREATE TABLE kra_question (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          device_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('taxpayer','connection')),
          argument text NOT NULL DEFAULT '' CHECK (length(argument) <= 64),
          asked_at timestamptz NOT NULL DEFAULT now(),
          answered_at timestamptz,
          outcome text,
          answer jsonb,
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id))""")
    op.execute("CREATE INDEX kra_question_asked ON kra_question (tenant_id, kind, argument, asked_at)")
    tenant_table("kra_question")
    # One row per KRA host and no tenant: an outage is the host's, and one banner tells all.
    op.execute("""
        CREATE TABLE kra_host (
          host text PRIMARY KEY,
          failures_in_row int NOT NULL DEFAULT 0,
          open_until timestamptz,
          last_answer_at timestamptz,
          last_failure_at timestamptz)""")
    shared_table("kra_host", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("kra_host", "kra_question", "kra_branch", "notice", "look_up_mark", "setup_step", "device_key", "device"):
        op.execute(f"DROP TABLE {table}")
