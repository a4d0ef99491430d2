"""Which database the lanes were reconciled for: restored or promoted, it is another one, and the lanes stay closed."""

from alembic import op

from migrations.tables import shared_table

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE reconciled_database (
          only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
          database text NOT NULL,
          at timestamptz NOT NULL DEFAULT now())""")
    shared_table("reconciled_database", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE reconciled_database")
