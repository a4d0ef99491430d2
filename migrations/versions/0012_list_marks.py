"""How far KRA's shared lists have been fetched, whichever business asked, and when each device last did."""

from alembic import op

from migrations.tables import shared_table

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE list_mark (
          operation text PRIMARY KEY,
          mark timestamptz NOT NULL,
          whole_at timestamptz)""")
    shared_table("list_mark", verbs="SELECT, INSERT, UPDATE")
    op.execute("ALTER TABLE look_up_mark ADD fetched_at timestamptz NOT NULL DEFAULT now()")


def downgrade() -> None:
    op.execute("ALTER TABLE look_up_mark DROP COLUMN fetched_at")
    op.execute("DROP TABLE list_mark")
