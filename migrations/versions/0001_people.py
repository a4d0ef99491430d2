"""People who sign in, their sessions, throttles, links and letters: what is known before any business is.

These tables have no tenant: a person may belong to several businesses.
"""

from alembic import op

from migrations.tables import shared_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% of % is refused: its rows are kept for ever', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$""")
    op.execute("""
        CREATE TABLE person (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
          phone text CHECK (phone ~ '^\\+[0-9]{8,15}$'),
          password_hash text NOT NULL,
          email_confirmed_at timestamptz,
          theme text CHECK (theme IN ('light','dark')),
          sign_up_key text CHECK (length(sign_up_key) <= 64),
          disabled_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          CONSTRAINT person_email_once UNIQUE (email),
          CONSTRAINT person_sign_up_once UNIQUE (sign_up_key))""")
    op.execute("""
        CREATE TABLE person_session (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          entered_tenant_id uuid,
          address text NOT NULL,
          browser text NOT NULL CHECK (length(browser) <= 200),
          signed_in_at timestamptz NOT NULL DEFAULT now(),
          last_seen_at timestamptz NOT NULL DEFAULT now(),
          ended_at timestamptz)""")
    op.execute("CREATE INDEX person_session_of ON person_session (person_id, ended_at)")
    op.execute("""
        CREATE TABLE throttle (
          scope text NOT NULL CHECK (scope IN ('sign_in_account','sign_in_address','reset_account','reset_address','sign_up_address','public_address')),
          key_sha256 bytea NOT NULL,
          failures int NOT NULL DEFAULT 0 CHECK (failures >= 0),
          window_began_at timestamptz NOT NULL DEFAULT now(),
          shut_until timestamptz,
          PRIMARY KEY (scope, key_sha256))""")
    op.execute("""
        CREATE TABLE one_time_link (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          purpose text NOT NULL CHECK (purpose IN ('confirm_email','reset_password')),
          token_sha256 bytea UNIQUE CHECK (length(token_sha256) = 32),
          expires_at timestamptz NOT NULL,
          used_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now())""")
    op.execute("CREATE INDEX one_time_link_of ON one_time_link (person_id, purpose)")
    op.execute("""
        CREATE TABLE letter (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          kind text NOT NULL CHECK (kind IN ('confirm_email','reset_password','password_changed')),
          link_id uuid REFERENCES one_time_link (id) ON DELETE CASCADE,
          not_before timestamptz NOT NULL DEFAULT now(),
          attempts int NOT NULL DEFAULT 0,
          sent_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now())""")
    op.execute("CREATE INDEX letter_due ON letter (not_before) WHERE sent_at IS NULL")
    op.execute("""
        CREATE TABLE process_beat (
          name text PRIMARY KEY CHECK (name IN ('clock')),
          at timestamptz NOT NULL)""")
    for table in ("person", "person_session", "throttle", "one_time_link", "letter", "process_beat"):
        shared_table(table)


def downgrade() -> None:
    for table in ("process_beat", "letter", "one_time_link", "throttle", "person_session", "person"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_change()")
