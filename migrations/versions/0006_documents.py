"""Sales and credit notes with their numbers: drafts may change, what is issued never does."""

from alembic import op

from migrations.tables import append_only, tenant_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE counter (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          scope_id uuid NOT NULL, series text NOT NULL,
          first_no bigint NOT NULL DEFAULT 1, last_no bigint NOT NULL DEFAULT 0,
          PRIMARY KEY (tenant_id, scope_id, series),
          CHECK (last_no >= first_no - 1))""")
    tenant_table("counter", verbs="SELECT, INSERT, UPDATE")
    # A number that KRA made us leave out: the nightly audit of numbers takes these off (RELIABILITY §3, §5).
    op.execute("""
        CREATE TABLE counter_jump (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          scope_id uuid NOT NULL, series text NOT NULL,
          from_no bigint NOT NULL, to_no bigint NOT NULL,
          at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, scope_id, series) REFERENCES counter (tenant_id, scope_id, series))""")
    tenant_table("counter_jump", verbs="SELECT, INSERT")
    append_only("counter_jump")
    op.execute("""
        CREATE TABLE document (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          branch_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('sale','credit_note')),
          state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft','issued','void')),
          trader_no bigint CHECK (trader_no > 0),
          content jsonb NOT NULL,
          content_sha256 bytea CHECK (length(content_sha256) = 32),
          issued_at timestamptz,
          idem_key text CHECK (length(idem_key) BETWEEN 1 AND 200), idem_hash bytea,
          buyer_name text, buyer_pin text,
          search_name text COLLATE "C",
          taxable_amount numeric(15,2), tax_amount numeric(15,2), total_amount numeric(15,2),
          original_id uuid,
          replaces_id uuid,
          created_by uuid REFERENCES person (id),
          created_at timestamptz NOT NULL DEFAULT now(),
          changed_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, branch_id, kind, trader_no),
          UNIQUE (tenant_id, idem_key),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id),
          FOREIGN KEY (tenant_id, original_id) REFERENCES document (tenant_id, id),
          FOREIGN KEY (tenant_id, replaces_id) REFERENCES document (tenant_id, id),
          CHECK ((state = 'draft') = (trader_no IS NULL)),
          CHECK ((state = 'draft') = (content_sha256 IS NULL)),
          CHECK ((state = 'draft') = (issued_at IS NULL)),
          CHECK (state = 'draft' OR (buyer_name IS NOT NULL AND search_name IS NOT NULL AND total_amount IS NOT NULL)),
          CHECK (taxable_amount + tax_amount = total_amount),
          CHECK ((kind = 'credit_note') = (original_id IS NOT NULL)))""")
    op.execute("CREATE INDEX document_newest ON document (tenant_id, issued_at DESC, id) WHERE state <> 'draft'")
    op.execute("CREATE INDEX document_by_number ON document (tenant_id, trader_no)")
    op.execute("CREATE INDEX document_by_buyer ON document (tenant_id, search_name, id) WHERE state <> 'draft'")
    op.execute("CREATE INDEX document_by_pin ON document (tenant_id, buyer_pin) WHERE buyer_pin IS NOT NULL")
    op.execute("CREATE INDEX document_by_amount ON document (tenant_id, total_amount) WHERE state <> 'draft'")
    op.execute("CREATE INDEX document_drafts ON document (tenant_id, changed_at DESC, id) WHERE state = 'draft'")
    op.execute("CREATE INDEX document_credits ON document (tenant_id, original_id) WHERE original_id IS NOT NULL")
    # An issued document never changes, but to void (RELIABILITY §2).
    op.execute("""
        CREATE FUNCTION document_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' THEN
            IF OLD.state <> 'draft' THEN
              RAISE EXCEPTION 'an issued document is kept' USING ERRCODE = 'check_violation';
            END IF;
            RETURN OLD;
          END IF;
          IF OLD.state = 'draft' AND NEW.state IN ('draft','issued') THEN RETURN NEW; END IF;
          IF OLD.state = 'issued' AND NEW.state = 'void' AND to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'a document does not go from % to % or change', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END $$""")
    op.execute("CREATE TRIGGER document_is_kept BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION document_is_kept()")
    tenant_table("document")
    op.execute("""
        CREATE TABLE document_line (
          tenant_id uuid NOT NULL, document_id uuid NOT NULL, line_no int NOT NULL CHECK (line_no > 0),
          item_id uuid NOT NULL,
          band text NOT NULL CHECK (band IN ('A','B','C','D','E')),
          is_goods boolean NOT NULL,
          quantity numeric(17,4) NOT NULL CHECK (quantity > 0),
          price numeric(15,2) NOT NULL CHECK (price >= 0),
          supply_amount numeric(15,2) NOT NULL, discount_amount numeric(15,2) NOT NULL CHECK (discount_amount >= 0),
          taxable_amount numeric(15,2) NOT NULL, tax_amount numeric(15,2) NOT NULL, total_amount numeric(15,2) NOT NULL,
          credits_line_no int,
          credited_quantity numeric(17,4) NOT NULL DEFAULT 0 CHECK (credited_quantity >= 0 AND credited_quantity <= quantity),
          credited_amount numeric(15,2) NOT NULL DEFAULT 0 CHECK (credited_amount >= 0 AND credited_amount <= total_amount),
          PRIMARY KEY (tenant_id, document_id, line_no),
          CHECK (supply_amount - discount_amount = total_amount),
          CHECK (taxable_amount + tax_amount = total_amount),
          FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id),
          FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id))""")
    op.execute("CREATE INDEX document_line_of_item ON document_line (tenant_id, item_id)")
    # A line never changes; only what was credited of it is counted up, and down when the note is void.
    op.execute("""
        CREATE FUNCTION document_line_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'credited_quantity' - 'credited_amount'
                                = to_jsonb(OLD) - 'credited_quantity' - 'credited_amount' THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'the line of an issued document is kept' USING ERRCODE = 'check_violation';
        END $$""")
    op.execute("""CREATE TRIGGER document_line_is_kept BEFORE UPDATE OR DELETE ON document_line
                  FOR EACH ROW EXECUTE FUNCTION document_line_is_kept()""")
    op.execute("""CREATE TRIGGER no_vat_without_registration BEFORE INSERT ON document_line
                  FOR EACH ROW EXECUTE FUNCTION no_vat_without_registration()""")
    tenant_table("document_line", verbs="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("document_line", "document", "counter_jump", "counter"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION document_line_is_kept()")
    op.execute("DROP FUNCTION document_is_kept()")
