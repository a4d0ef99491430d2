"""A control unit is replaced: what waits goes over to the one that comes after it, and nothing is ever left behind.

A submission changes its device only from a retired unit to the unit of the same branch, while no number and no bytes
are bound. One that is queued for a retired unit by an act that had read it before goes to its successor by itself.
"""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

RULES = Path(__file__).parent / "0020_replaced_units.sql"
BEFORE = Path(__file__).parent / "0016_lane_guards.sql"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE device_key
          ADD last_four text CHECK (length(last_four) = 4),
          ADD entered_by text""")
    _run(RULES.read_text(encoding="utf-8").split("\n;\n"))
    # The door of operators: a serial is known to them from KRA, the business it belongs to is not.
    op.execute("GRANT SELECT (serial) ON device TO portal_doors")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_doors")  # only while the function changes hands
    op.execute("""
        CREATE FUNCTION device_of_serial(wanted text) RETURNS TABLE (tenant_id uuid, device_id uuid)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
          SELECT d.tenant_id, d.id FROM device d WHERE d.serial = wanted AND d.status <> 'retired' $$""")
    op.execute("REVOKE ALL ON FUNCTION device_of_serial(text) FROM public")
    op.execute("GRANT EXECUTE ON FUNCTION device_of_serial(text) TO portal_app")
    op.execute("ALTER FUNCTION device_of_serial(text) OWNER TO portal_doors")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_doors")


def downgrade() -> None:
    op.execute("SET ROLE portal_doors")
    op.execute("DROP FUNCTION device_of_serial(text)")
    op.execute("RESET ROLE")
    op.execute("REVOKE SELECT (serial) ON device FROM portal_doors")
    op.execute("DROP TRIGGER successor_takes_over ON submission")
    op.execute("DROP FUNCTION successor_takes_over()")
    _run(BEFORE.read_text(encoding="utf-8").split("\n;\n")[:1])
    op.execute("ALTER TABLE device_key DROP last_four, DROP entered_by")


def _run(statements: list[str]) -> None:
    for statement in statements:
        if statement.strip():
            op.execute(statement.replace(":", "\\:").replace("\\:\\:", "::"))
