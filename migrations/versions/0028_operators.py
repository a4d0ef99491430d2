"""Operators: platform staff, and the doors through which they see what stands still in all businesses.

The doors show what the list needs and nothing of a document: whose, which unit, how long, what kind of trouble, KRA's code.
"""

from pathlib import Path

from alembic import op

from migrations.tables import shared_table

revision = "0028"
down_revision = "0027"

DOORS = Path(__file__).parent / "0028_operators.sql"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE platform_operator (
          person_id uuid PRIMARY KEY REFERENCES person (id),
          added_by text NOT NULL,
          added_at timestamptz NOT NULL DEFAULT now(),
          ended_at timestamptz)""")
    shared_table("platform_operator", verbs="SELECT, INSERT, UPDATE")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the functions change hands
    for statement in DOORS.read_text(encoding="utf-8").split("\n;\n"):
        if statement.strip():
            op.execute(statement)
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION trouble_everywhere(int), units_that_stand_still(int)")
    op.execute("RESET ROLE")
    op.execute("DROP POLICY doors ON branch")
    op.execute("REVOKE SELECT (tenant_id, id, code, name) ON branch FROM portal_doors")
    op.execute("REVOKE SELECT (name) ON tenant FROM portal_doors")
    op.execute("REVOKE SELECT (branch_id, transport) ON device FROM portal_doors")
    op.execute("REVOKE SELECT (kind, held_reason, unknown_since, queued_at, problem_code) ON submission FROM portal_doors")
    op.execute("DROP TABLE platform_operator")
