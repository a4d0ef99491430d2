"""An OSCU may be reached through KRA's developer gateway: operators say so for each device."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE device
          ADD door text NOT NULL DEFAULT 'direct' CHECK (door IN ('direct','gateway')),
          ADD CONSTRAINT only_an_oscu_has_another_door CHECK (door = 'direct' OR transport = 'oscu')""")


def downgrade() -> None:
    op.execute("ALTER TABLE device DROP CONSTRAINT only_an_oscu_has_another_door, DROP door")
