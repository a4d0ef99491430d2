"""Who is sold to, what is sold, and how much of it is there."""

from alembic import op

from migrations.tables import append_only, tenant_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE customer (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
          pin text CHECK (pin ~ '^[AP][0-9]{9}[A-Z]$'),
          phone text CHECK (phone ~ '^\\+[0-9]{8,15}$'),
          email text CHECK (length(email) <= 50),
          address text CHECK (length(address) <= 200),
          search_name text COLLATE "C" NOT NULL,
          kra_name text, kra_status text, checked_at timestamptz,
          archived_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id))""")
    op.execute("CREATE UNIQUE INDEX customer_pin_once ON customer (tenant_id, pin) WHERE archived_at IS NULL")
    op.execute("CREATE INDEX customer_by_name ON customer (tenant_id, search_name, id)")
    tenant_table("customer", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE item (
          tenant_id uuid NOT NULL REFERENCES tenant (id),
          id uuid NOT NULL DEFAULT gen_random_uuid(),
          sku text CHECK (length(sku) BETWEEN 1 AND 40),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
          search_name text COLLATE "C" NOT NULL,
          class_code text NOT NULL CHECK (class_code ~ '^[0-9]{8,10}$'),
          item_type text NOT NULL CHECK (item_type IN ('1','2','3')),
          package_unit text NOT NULL CHECK (package_unit ~ '^[A-Z]{2}$'),
          quantity_unit text NOT NULL CHECK (quantity_unit ~ '^[A-Z0-9]{1,3}$'),
          origin text NOT NULL DEFAULT 'KE' CHECK (origin ~ '^[A-Z]{2}$'),
          band text NOT NULL CHECK (band IN ('A','B','C','D','E')),
          price numeric(15,2) NOT NULL CHECK (price >= 0),
          prices text NOT NULL DEFAULT 'inclusive' CHECK (prices IN ('inclusive','exclusive')),
          barcode text CHECK (length(barcode) <= 20),
          kra_code text CHECK (length(kra_code) <= 20),
          archived_at timestamptz,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, sku),
          UNIQUE (tenant_id, kra_code))""")
    op.execute("CREATE INDEX item_by_name ON item (tenant_id, search_name, id)")
    op.execute("CREATE INDEX item_by_barcode ON item (tenant_id, barcode) WHERE barcode IS NOT NULL")
    # Type and units are part of KRA's code, and the code is printed on signed receipts.
    op.execute("""
        CREATE FUNCTION item_code_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.kra_code IS NOT NULL AND (NEW.kra_code, NEW.item_type, NEW.package_unit, NEW.quantity_unit, NEW.origin)
             IS DISTINCT FROM (OLD.kra_code, OLD.item_type, OLD.package_unit, OLD.quantity_unit, OLD.origin) THEN
            RAISE EXCEPTION 'the type and units of a registered item do not change' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("CREATE TRIGGER code_is_kept BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION item_code_is_kept()")
    # A business that is not registered for VAT charges none (kra/COMPLIANCE §6).
    op.execute("""
        CREATE FUNCTION no_vat_without_registration() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.band IN ('B','E') AND EXISTS (SELECT 1 FROM tenant t WHERE t.id = NEW.tenant_id AND t.vat_registered = false) THEN
            RAISE EXCEPTION 'not registered for VAT: bands B and E are not offered' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER no_vat_without_registration BEFORE INSERT OR UPDATE OF band ON item
                  FOR EACH ROW EXECUTE FUNCTION no_vat_without_registration()""")
    tenant_table("item", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE stock_level (
          tenant_id uuid NOT NULL, branch_id uuid NOT NULL, item_id uuid NOT NULL,
          on_hand numeric(17,4) NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
          reserved numeric(17,4) NOT NULL DEFAULT 0,
          PRIMARY KEY (tenant_id, branch_id, item_id),
          CHECK (reserved BETWEEN 0 AND on_hand),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id),
          FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id))""")
    tenant_table("stock_level", verbs="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE stock_movement (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          branch_id uuid NOT NULL,
          type text NOT NULL CHECK (type IN ('01','02','03','04','05','06','11','12','13','14','15','16')),
          document_id uuid,
          occurred_on date NOT NULL,
          note text CHECK (length(note) <= 400),
          created_by text NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, branch_id) REFERENCES branch (tenant_id, id))""")
    op.execute("CREATE UNIQUE INDEX one_movement_per_document ON stock_movement (tenant_id, document_id) WHERE document_id IS NOT NULL")
    op.execute("CREATE INDEX stock_movement_of_branch ON stock_movement (tenant_id, branch_id, created_at)")
    tenant_table("stock_movement", verbs="SELECT, INSERT")
    append_only("stock_movement")
    op.execute("""
        CREATE TABLE stock_movement_line (
          tenant_id uuid NOT NULL, movement_id uuid NOT NULL, line_no int NOT NULL CHECK (line_no > 0),
          item_id uuid NOT NULL,
          quantity numeric(17,4) NOT NULL CHECK (quantity > 0),
          price numeric(15,2) NOT NULL CHECK (price >= 0),
          band text NOT NULL CHECK (band IN ('A','B','C','D','E')),
          taxable_amount numeric(15,2) NOT NULL, tax_amount numeric(15,2) NOT NULL, total_amount numeric(15,2) NOT NULL,
          PRIMARY KEY (tenant_id, movement_id, line_no),
          CHECK (taxable_amount + tax_amount = total_amount),
          FOREIGN KEY (tenant_id, movement_id) REFERENCES stock_movement (tenant_id, id),
          FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id))""")
    op.execute("CREATE INDEX stock_movement_line_of_item ON stock_movement_line (tenant_id, item_id)")
    tenant_table("stock_movement_line", verbs="SELECT, INSERT")
    append_only("stock_movement_line")


def downgrade() -> None:
    for table in ("stock_movement_line", "stock_movement", "stock_level", "item", "customer"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION item_code_is_kept()")
    op.execute("DROP FUNCTION no_vat_without_registration()")
