"""When a person last typed their password in a browser: acts that cannot be undone want it younger than 15 minutes."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("ALTER TABLE person_session ADD password_at timestamptz NOT NULL DEFAULT now()")
    # A session that was handed on to another business says when it began, not when the password was typed.
    op.execute("UPDATE person_session SET password_at = signed_in_at")


def downgrade() -> None:
    op.execute("ALTER TABLE person_session DROP password_at")
