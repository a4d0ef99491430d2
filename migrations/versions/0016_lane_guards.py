"""The lane's rules drawn closer: one answer per attempt, moves of RELIABILITY §1 and no other, lanes found without a sort.

A submission that stays in its state may change when it is next looked at, and nothing else. The door of the lanes reads one
row per lane instead of every open row: an outage leaves long lanes behind.
"""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

RULES = Path(__file__).parent / "0016_lane_guards.sql"
BEFORE = Path(__file__).parent / "0016_before.sql"


def upgrade() -> None:
    op.execute("CREATE UNIQUE INDEX evidence_once ON evidence (tenant_id, token)")
    op.execute("CREATE UNIQUE INDEX attempt_once ON attempt (tenant_id, token)")
    op.execute("""CREATE INDEX submission_by_receipt ON submission (tenant_id, device_id, total_receipt_no)
                  WHERE total_receipt_no IS NOT NULL""")
    _run(RULES)


def downgrade() -> None:
    _run(BEFORE)
    for index in ("submission_by_receipt", "attempt_once", "evidence_once"):
        op.execute(f"DROP INDEX {index}")


def _run(file: Path) -> None:
    """Statements end with a line of their own that holds a semicolon and nothing else."""
    for statement in file.read_text(encoding="utf-8").split("\n;\n"):
        if statement.strip():
            op.execute(statement.replace(":", "\\:").replace("\\:\\:", "::"))
