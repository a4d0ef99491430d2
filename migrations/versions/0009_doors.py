"""The doors: what must be asked before a tenant is known (`RELIABILITY.md` §9). Each returns ids, never content."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

DOORS = Path(__file__).parent / "0009_doors.sql"
NAMES = ("due_lanes(int)", "due_outbox(text, int)", "my_memberships(uuid)", "devices_to_beat(int)", "devices_elsewhere(text)")
TABLES = ("submission", "device", "outbox", "membership")


def upgrade() -> None:
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the functions change hands
    for statement in DOORS.read_text(encoding="utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement.strip().rstrip(";").replace(":", "\\:").replace("\\:\\:", "::"))
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    for name in NAMES:
        op.execute(f"DROP FUNCTION {name}")
    op.execute("RESET ROLE")
    for table in TABLES:
        op.execute(f"DROP POLICY doors ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM portal_doors")
        # Grants by column outlive a revoke on the table.
        op.execute(f"""DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass
                       AND attnum > 0 AND NOT attisdropped LOOP EXECUTE format('REVOKE SELECT (%I) ON {table} FROM portal_doors', c);
                       END LOOP; END $$""")
