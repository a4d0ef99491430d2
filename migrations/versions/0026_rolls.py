"""Receipts on rolls of 80 mm beside A4: each branch has its paper, each hand-out the one it was given on."""

from alembic import op

revision = "0026"
down_revision = "0025"

A4 = "'a4','a4_copy_body','a4_copy'"


def upgrade() -> None:
    op.execute("ALTER TABLE branch ADD paper text NOT NULL DEFAULT 'a4' CHECK (paper IN ('a4','roll'))")
    op.execute("ALTER TABLE hand_out ADD paper text NOT NULL DEFAULT 'a4' CHECK (paper IN ('a4','roll'))")
    _variants(f"{A4},'roll','roll_copy_body','roll_copy'", "variant IN ('a4_copy','roll_copy')")


def downgrade() -> None:
    op.execute("ALTER TABLE branch DROP paper")
    op.execute("ALTER TABLE hand_out DROP paper")
    _variants(A4, "variant = 'a4_copy'")


def _variants(words: str, is_copy: str) -> None:
    op.execute(f"""
        ALTER TABLE receipt_file
          DROP CONSTRAINT receipt_file_variant_check,
          ADD CONSTRAINT receipt_file_variant_check CHECK (variant IN ({words})),
          DROP CONSTRAINT receipt_file_copy_check,
          ADD CONSTRAINT receipt_file_copy_check CHECK (({is_copy}) = (copy_no > 0))""")
