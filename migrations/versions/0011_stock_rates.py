"""A stock movement keeps the tax rate it was priced at, as every priced line does; customers are found by phone."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("ALTER TABLE stock_movement_line ADD rate numeric(5,2) NOT NULL CHECK (rate >= 0 AND rate < 100)")
    op.execute("CREATE INDEX customer_by_phone ON customer (tenant_id, phone) WHERE phone IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX customer_by_phone")
    op.execute("ALTER TABLE stock_movement_line DROP rate")
