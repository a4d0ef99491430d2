"""What KRA believes is in stock, kept beside our own figure: summing a busy item's history at each sale would grow for ever."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE stock_level ADD kra_level numeric(17,4) NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE stock_level DROP kra_level")
