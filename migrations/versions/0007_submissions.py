"""The lane: what KRA must be told, every attempt and what came back; and the outbox of all other wishes.

The tables and the transitions are those of RELIABILITY §1 and §2.
"""

from alembic import op

from migrations.tables import append_only, tenant_table

revision = "0007"
down_revision = "0006"

TRANSITIONS = """
  ('queued','sending'), ('sending','accepted'), ('sending','refused'), ('sending','queued'), ('sending','unknown'),
  ('unknown','accepted'), ('unknown','queued'), ('unknown','unknown'), ('unknown','held'), ('unknown','refused'),
  ('held','accepted'), ('held','queued'), ('held','void'), ('held','held'),
  ('refused','queued'), ('refused','void'), ('queued','void'), ('queued','refused'), ('queued','queued'), ('sending','sending')"""


def upgrade() -> None:
    op.execute("""
        CREATE TABLE submission (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), device_id uuid NOT NULL,
          position bigint GENERATED ALWAYS AS IDENTITY,
          kind text NOT NULL CHECK (kind IN ('sale','credit_note','item','item_change','composition','stock_movement',
                                             'stock_level','purchase','import_update','branch_customer','branch_user','insurer')),
          subject_id uuid NOT NULL, waits_for uuid[] NOT NULL DEFAULT '{}',
          sequence text GENERATED ALWAYS AS (CASE kind WHEN 'sale' THEN 'invoice' WHEN 'credit_note' THEN 'invoice'
                   WHEN 'item' THEN 'item' WHEN 'stock_movement' THEN 'stock' WHEN 'purchase' THEN 'purchase' END) STORED,
          sequence_no bigint CHECK (sequence_no > 0),
          body bytea, body_sha256 bytea, bound_at timestamptz,
          state text NOT NULL DEFAULT 'queued'
            CHECK (state IN ('queued','sending','unknown','accepted','refused','held','void')),
          held_reason text CHECK (held_reason IN ('spent','cannot_tell','device')),
          problem_code text, problem_message text,
          lease_token uuid, lease_until timestamptz, attempts int NOT NULL DEFAULT 0,
          next_at timestamptz NOT NULL DEFAULT now(), queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          unknown_since timestamptz, settled_at timestamptz,
          receipt_no bigint, total_receipt_no bigint, internal_data text, signature text, signed_at timestamptz,
          sdc_id text, mrc_number text,
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id),
          UNIQUE (tenant_id, device_id, sequence, sequence_no),
          CHECK (sequence_no IS NULL OR sequence IS NOT NULL),
          CHECK (sequence IS NULL OR state IN ('queued','refused','void') OR sequence_no IS NOT NULL),
          CHECK (state <> 'refused' OR sequence_no IS NULL),
          CHECK (state IN ('queued','refused','void') OR body IS NOT NULL),
          CHECK ((body IS NULL) = (body_sha256 IS NULL) AND (body IS NULL) = (bound_at IS NULL)),
          CHECK (state <> 'sending' OR (lease_token IS NOT NULL AND lease_until IS NOT NULL)),
          CHECK ((state = 'held') = (held_reason IS NOT NULL)),
          CHECK (kind NOT IN ('sale','credit_note') OR (state = 'accepted') = (signature IS NOT NULL)),
          CHECK (signature IS NULL OR (signature <> '' AND receipt_no IS NOT NULL AND total_receipt_no IS NOT NULL
                                       AND signed_at IS NOT NULL AND sdc_id IS NOT NULL)))""")
    op.execute("""CREATE UNIQUE INDEX told_once ON submission (tenant_id, kind, subject_id)
                  WHERE kind IN ('sale','credit_note','item','stock_movement','purchase')""")
    op.execute("""CREATE UNIQUE INDEX one_doubt_per_lane ON submission (tenant_id, device_id)
                  WHERE state IN ('sending','unknown') OR (state = 'held' AND held_reason = 'cannot_tell')""")
    op.execute("""CREATE INDEX lane_head ON submission (tenant_id, device_id, position)
                  WHERE state IN ('queued','sending','unknown')""")
    op.execute("CREATE INDEX submission_due ON submission (next_at) WHERE state IN ('queued','sending','unknown')")
    op.execute("CREATE INDEX submission_attention ON submission (tenant_id, queued_at) WHERE state IN ('refused','held')")
    op.execute("CREATE INDEX submission_of_subject ON submission (tenant_id, subject_id)")
    op.execute(f"""
        CREATE FUNCTION submission_moves_by_the_rules() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (OLD.state, NEW.state) NOT IN (VALUES {TRANSITIONS}) THEN
            RAISE EXCEPTION 'a submission does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
          END IF;
          IF (NEW.tenant_id, NEW.id, NEW.device_id, NEW.kind, NEW.subject_id, NEW.position)
             IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.device_id, OLD.kind, OLD.subject_id, OLD.position) THEN
            RAISE EXCEPTION 'what a submission is about does not change' USING ERRCODE = 'check_violation';
          END IF;
          IF (NEW.sequence_no, NEW.body) IS DISTINCT FROM (OLD.sequence_no, OLD.body) AND NOT (
               (OLD.state = 'queued' AND NEW.state = 'sending' AND OLD.body IS NULL)
            OR (NEW.state IN ('queued','refused') AND OLD.state IN ('sending','unknown','held')
                AND NEW.sequence_no IS NULL AND NEW.body IS NULL)) THEN
            RAISE EXCEPTION 'number and bytes are bound at the claim and cleared by a refusal only' USING ERRCODE = 'check_violation';
          END IF;
          IF (NEW.receipt_no, NEW.total_receipt_no, NEW.internal_data, NEW.signature, NEW.signed_at, NEW.sdc_id, NEW.mrc_number)
             IS DISTINCT FROM (OLD.receipt_no, OLD.total_receipt_no, OLD.internal_data, OLD.signature, OLD.signed_at, OLD.sdc_id,
                               OLD.mrc_number) AND NOT (NEW.state = 'accepted' AND OLD.state <> 'accepted') THEN
            RAISE EXCEPTION 'KRA''s receipt is written once' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER submission_moves_by_the_rules BEFORE UPDATE ON submission
                  FOR EACH ROW EXECUTE FUNCTION submission_moves_by_the_rules()""")
    tenant_table("submission", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE attempt (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          submission_id uuid NOT NULL,
          token uuid NOT NULL,
          act text NOT NULL CHECK (act IN ('send','repeat','look_up')),
          body_sha256 bytea NOT NULL,
          started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, submission_id) REFERENCES submission (tenant_id, id))""")
    op.execute("CREATE INDEX attempt_of ON attempt (tenant_id, submission_id, started_at)")
    tenant_table("attempt", verbs="SELECT, INSERT")
    append_only("attempt")
    op.execute("""
        CREATE TABLE evidence (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          submission_id uuid NOT NULL,
          token uuid NOT NULL,
          source text NOT NULL CHECK (source IN ('send','repeat','look_up','late','person')),
          outcome text NOT NULL,
          silent boolean NOT NULL,
          http_status int, result_code text, message text,
          body text NOT NULL DEFAULT '',
          receipt jsonb,
          came_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, submission_id) REFERENCES submission (tenant_id, id))""")
    op.execute("CREATE INDEX evidence_of ON evidence (tenant_id, submission_id, came_at)")
    tenant_table("evidence", verbs="SELECT, INSERT")
    append_only("evidence")
    op.execute("""
        CREATE TABLE outbox (
          tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL DEFAULT gen_random_uuid(),
          queue text NOT NULL CHECK (queue IN ('lanes','documents')),
          kind text NOT NULL, ref uuid NOT NULL,
          not_before timestamptz NOT NULL DEFAULT now(),
          attempts int NOT NULL DEFAULT 0,
          done_at timestamptz,
          problem text,
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, kind, ref))""")
    op.execute("CREATE INDEX outbox_due ON outbox (queue, not_before) WHERE done_at IS NULL")
    tenant_table("outbox")
    op.execute("""
        CREATE TABLE day_total (
          tenant_id uuid NOT NULL, branch_id uuid NOT NULL,
          day date NOT NULL,
          kind text NOT NULL CHECK (kind IN ('sale','credit_note')),
          documents int NOT NULL DEFAULT 0,
          taxable_amount numeric(17,2) NOT NULL DEFAULT 0, tax_amount numeric(17,2) NOT NULL DEFAULT 0,
          total_amount numeric(17,2) NOT NULL DEFAULT 0,
          PRIMARY KEY (tenant_id, branch_id, day, kind),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id))""")
    tenant_table("day_total", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("day_total", "outbox", "evidence", "attempt", "submission"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION submission_moves_by_the_rules()")
