"""Training and proforma: documents without a signature, in a table of their own, so that nothing counts them as sales.

KRA is told of documents only (`submission` names one, its bytes are built from one), and these are none: a second wall
refuses a submission about them all the same. A branch in training mode issues nothing but training documents.
"""

from alembic import op

from migrations.tables import tenant_table

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("ALTER TABLE branch ADD training boolean NOT NULL DEFAULT false")
    # `printed` holds what a paper shows beside the content: the control unit's id and KRA's item codes of that moment.
    op.execute("""
        CREATE TABLE unsigned_document (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          branch_id uuid NOT NULL,
          label text NOT NULL CHECK (label IN ('TS','TC','PS')),
          number bigint NOT NULL CHECK (number > 0),
          content jsonb NOT NULL,
          content_sha256 bytea NOT NULL CHECK (length(content_sha256) = 32),
          printed jsonb NOT NULL,
          issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          idem_key text NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200), idem_hash bytea NOT NULL,
          buyer_name text NOT NULL,
          search_name text COLLATE "C" NOT NULL,
          taxable_amount numeric(15,2) NOT NULL, tax_amount numeric(15,2) NOT NULL, total_amount numeric(15,2) NOT NULL,
          original_id uuid,
          original_label text GENERATED ALWAYS AS (CASE WHEN label = 'TC' THEN 'TS' END) STORED,
          created_by uuid REFERENCES person (id),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, id, label),
          UNIQUE (tenant_id, branch_id, label, number),
          UNIQUE (tenant_id, idem_key),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id),
          FOREIGN KEY (tenant_id, original_id, original_label) REFERENCES unsigned_document (tenant_id, id, label),
          CHECK ((label = 'TC') = (original_id IS NOT NULL)),
          CHECK (content ->> 'kind' = CASE label WHEN 'TC' THEN 'credit_note' ELSE 'sale' END),
          CHECK (taxable_amount + tax_amount = total_amount))""")
    op.execute("CREATE INDEX unsigned_document_newest ON unsigned_document (tenant_id, label, issued_at DESC, id DESC)")
    op.execute("""CREATE INDEX unsigned_document_credits ON unsigned_document (tenant_id, original_id)
                  WHERE original_id IS NOT NULL""")
    op.execute("""
        CREATE FUNCTION unsigned_document_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' AND OLD.label IN ('TS','TC') THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'a proforma is kept, and no document changes' USING ERRCODE = 'check_violation';
        END $$""")
    op.execute("""CREATE TRIGGER unsigned_document_is_kept BEFORE UPDATE OR DELETE ON unsigned_document
                  FOR EACH ROW EXECUTE FUNCTION unsigned_document_is_kept()""")
    op.execute("""
        CREATE FUNCTION practice_only_in_training() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.label IN ('TS','TC') AND NOT (SELECT b.training FROM branch b
                                                WHERE b.tenant_id = NEW.tenant_id AND b.id = NEW.branch_id) THEN
            RAISE EXCEPTION 'the branch is not in training mode' USING ERRCODE = 'check_violation';
          END IF;
          IF EXISTS (SELECT 1 FROM submission s WHERE s.tenant_id = NEW.tenant_id AND s.subject_id = NEW.id) THEN
            RAISE EXCEPTION 'KRA was told of this document' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER practice_only_in_training BEFORE INSERT ON unsigned_document
                  FOR EACH ROW EXECUTE FUNCTION practice_only_in_training()""")
    op.execute("""
        CREATE FUNCTION nothing_real_in_training() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT b.training FROM branch b WHERE b.tenant_id = NEW.tenant_id AND b.id = NEW.branch_id) THEN
            RAISE EXCEPTION 'the branch is in training mode' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER nothing_real_in_training BEFORE UPDATE OF state ON document FOR EACH ROW
                  WHEN (OLD.state = 'draft' AND NEW.state = 'issued') EXECUTE FUNCTION nothing_real_in_training()""")
    op.execute("""
        CREATE FUNCTION never_told_of_the_unsigned() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM unsigned_document u WHERE u.tenant_id = NEW.tenant_id AND u.id = NEW.subject_id) THEN
            RAISE EXCEPTION 'training and proforma are never sent' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER never_told_of_the_unsigned BEFORE INSERT ON submission FOR EACH ROW
                  WHEN (NEW.kind IN ('sale','credit_note')) EXECUTE FUNCTION never_told_of_the_unsigned()""")
    # UPDATE is granted for row locks only: the trigger above refuses every change.
    tenant_table("unsigned_document")
    # The invoice that a proforma became; the proforma stays.
    op.execute("""ALTER TABLE document ADD proforma_id uuid,
                  ADD FOREIGN KEY (tenant_id, proforma_id) REFERENCES unsigned_document (tenant_id, id)""")
    op.execute("CREATE INDEX document_of_proforma ON document (tenant_id, proforma_id) WHERE proforma_id IS NOT NULL")
    op.execute("""
        CREATE TABLE unsigned_paper (
          tenant_id uuid NOT NULL, document_id uuid NOT NULL,
          paper text NOT NULL CHECK (paper IN ('a4','roll')),
          edition int NOT NULL DEFAULT 1 CHECK (edition > 0),
          storage_key text NOT NULL,
          sha256 bytea NOT NULL CHECK (length(sha256) = 32),
          receipt_sha256 bytea NOT NULL CHECK (length(receipt_sha256) = 32),
          size int NOT NULL CHECK (size > 0),
          pages int NOT NULL CHECK (pages > 0),
          made_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, document_id, paper, edition),
          FOREIGN KEY (tenant_id, document_id) REFERENCES unsigned_document (tenant_id, id) ON DELETE CASCADE)""")
    tenant_table("unsigned_paper", verbs="SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE unsigned_paper")
    op.execute("ALTER TABLE document DROP proforma_id")
    op.execute("DROP TRIGGER never_told_of_the_unsigned ON submission")
    op.execute("DROP TRIGGER nothing_real_in_training ON document")
    op.execute("DROP TABLE unsigned_document")
    for function in (
        "never_told_of_the_unsigned", "nothing_real_in_training", "practice_only_in_training", "unsigned_document_is_kept",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("ALTER TABLE branch DROP training")
