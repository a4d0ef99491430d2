"""An item's code may change until KRA has accepted it: a refusal hands the number back, KRA may expect another one."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE item
          ADD registered_at timestamptz,
          ADD changed_by text NOT NULL DEFAULT 'Risiti' CHECK (length(changed_by) BETWEEN 1 AND 60),
          ADD CONSTRAINT item_registered_under_a_code CHECK (registered_at IS NULL OR kra_code IS NOT NULL)""")
    # Type, units and origin are part of the code: while bytes with it may be on their way they stand still, and once it is
    # accepted it is printed on signed receipts and stands for ever.
    op.execute("""
        CREATE OR REPLACE FUNCTION item_code_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.registered_at IS NOT NULL AND (NEW.registered_at, NEW.kra_code) IS DISTINCT FROM (OLD.registered_at, OLD.kra_code) THEN
            RAISE EXCEPTION 'the code of a registered item does not change' USING ERRCODE = 'check_violation';
          END IF;
          IF OLD.kra_code IS NOT NULL AND NEW.kra_code IS NOT NULL
             AND (NEW.item_type, NEW.package_unit, NEW.quantity_unit, NEW.origin)
                 IS DISTINCT FROM (OLD.item_type, OLD.package_unit, OLD.quantity_unit, OLD.origin) THEN
            RAISE EXCEPTION 'the type and units of a registered item do not change' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")


def downgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION item_code_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.kra_code IS NOT NULL AND (NEW.kra_code, NEW.item_type, NEW.package_unit, NEW.quantity_unit, NEW.origin)
             IS DISTINCT FROM (OLD.kra_code, OLD.item_type, OLD.package_unit, OLD.quantity_unit, OLD.origin) THEN
            RAISE EXCEPTION 'the type and units of a registered item do not change' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("ALTER TABLE item DROP CONSTRAINT item_registered_under_a_code, DROP changed_by, DROP registered_at")
