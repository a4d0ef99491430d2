"""Going live: which paper steps a business says are done, and what it brought along from its practice portal."""

from alembic import op

from migrations.tables import tenant_table

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE going_live_step (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          name text NOT NULL CHECK (name IN ('service_request','commitment_form')),
          done_by text NOT NULL,
          done_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, name))""")
    tenant_table("going_live_step", verbs="SELECT, INSERT, DELETE")
    # Only a file without an error is kept, until somebody has looked at the preview and said yes.
    op.execute("""
        CREATE TABLE take_over (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          content jsonb NOT NULL,
          brought_by text NOT NULL,
          brought_at timestamptz NOT NULL DEFAULT now(),
          taken_at timestamptz,
          PRIMARY KEY (tenant_id, id))""")
    tenant_table("take_over", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE take_over")
    op.execute("DROP TABLE going_live_step")
