"""KRA's code lists, item classes and dated tax rates: the same for every business of the deployment."""

from alembic import op

from migrations.tables import shared_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE code (
          class_code text NOT NULL, code text NOT NULL,
          class_name text NOT NULL, name text NOT NULL, description text,
          sort_order int NOT NULL DEFAULT 0,
          in_use boolean NOT NULL DEFAULT true,
          extra_1 text, extra_2 text, extra_3 text,
          changed_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (class_code, code))""")
    op.execute("""
        CREATE TABLE item_class (
          code text PRIMARY KEY CHECK (code ~ '^[0-9]{2,10}$'),
          name text NOT NULL,
          level int NOT NULL CHECK (level BETWEEN 1 AND 5),
          band text CHECK (band IN ('A','B','C','D','E')),
          is_major boolean NOT NULL DEFAULT false,
          in_use boolean NOT NULL DEFAULT true,
          changed_at timestamptz NOT NULL DEFAULT now())""")
    op.execute("CREATE INDEX item_class_words ON item_class USING gin (to_tsvector('simple', name))")
    op.execute("""
        CREATE TABLE tax_rate (
          band text NOT NULL CHECK (band IN ('A','B','C','D','E')),
          valid_from timestamptz NOT NULL,
          rate numeric(5,2) NOT NULL CHECK (rate >= 0 AND rate < 100),
          said_by text NOT NULL CHECK (said_by IN ('start','kra','operator')),
          PRIMARY KEY (band, valid_from))""")
    op.execute("""
        INSERT INTO tax_rate (band, valid_from, rate, said_by)
        VALUES ('A','2018-01-01',0,'start'), ('B','2018-01-01',16,'start'), ('C','2018-01-01',0,'start'),
               ('D','2018-01-01',0,'start'), ('E','2018-01-01',8,'start')""")
    for table in ("code", "item_class", "tax_rate"):
        shared_table(table, verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("tax_rate", "item_class", "code"):
        op.execute(f"DROP TABLE {table}")
