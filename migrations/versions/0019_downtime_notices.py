"""Downtime notices to the Commissioner: what was down, since when, what was sold meanwhile, and the letter as printed."""

from alembic import op

from migrations.tables import tenant_table

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # `letter` holds who wrote and for which control unit, frozen with the first print: the same letter for ever.
    op.execute("""
        CREATE TABLE downtime_notice (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          branch_id uuid NOT NULL,
          number int NOT NULL CHECK (number > 0),
          started_at timestamptz NOT NULL,
          ended_at timestamptz,
          reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
          sales_count int NOT NULL CHECK (sales_count >= 0),
          sales_amount numeric(15,2) NOT NULL CHECK (sales_amount >= 0),
          reference text CHECK (length(reference) BETWEEN 1 AND 60),
          written_by text NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          printed_at timestamptz,
          letter jsonb,
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, number),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id),
          CHECK (ended_at > started_at),
          CHECK (started_at <= created_at),
          CHECK ((printed_at IS NULL) = (letter IS NULL)),
          CHECK (sales_count > 0 OR sales_amount = 0))""")
    op.execute("CREATE INDEX downtime_of_branch ON downtime_notice (tenant_id, branch_id, number DESC)")
    tenant_table("downtime_notice", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE FUNCTION printed_notice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.printed_at IS NOT NULL THEN
            RAISE EXCEPTION 'a printed notice is not changed' USING ERRCODE = 'check_violation';
          END IF;
          IF (NEW.tenant_id, NEW.id, NEW.branch_id, NEW.number, NEW.created_at)
             IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.branch_id, OLD.number, OLD.created_at) THEN
            RAISE EXCEPTION 'the number of a notice is its own' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER printed_notice_stays BEFORE UPDATE ON downtime_notice
                  FOR EACH ROW EXECUTE FUNCTION printed_notice_stays()""")


def downgrade() -> None:
    op.execute("DROP TABLE downtime_notice")
    op.execute("DROP FUNCTION printed_notice_stays()")
