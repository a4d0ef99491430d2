"""Documents are found newest first by whatever is searched for; a credit note says whether goods come back.

A business that is no longer registered for VAT must still be able to credit what it sold with VAT.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

ISSUED = "state <> 'draft'"
# Each search reads its own index in the order of the list, so that a page costs the same at any depth (PERFORMANCE §4).
INDEXES = {
    "document_newest": ("tenant_id, issued_at DESC, id DESC", ISSUED),
    "document_by_buyer": ("tenant_id, search_name, issued_at DESC, id DESC", ISSUED),
    "document_by_pin": ("tenant_id, buyer_pin, issued_at DESC, id DESC", f"{ISSUED} AND buyer_pin IS NOT NULL"),
    "document_by_amount": ("tenant_id, total_amount, issued_at DESC, id DESC", ISSUED),
    "document_of_branch": ("tenant_id, branch_id, issued_at DESC, id DESC", ISSUED),
    "document_void": ("tenant_id, issued_at DESC, id DESC", "state = 'void'"),
}
BEFORE = {
    "document_newest": ("tenant_id, issued_at DESC, id", ISSUED),
    "document_by_buyer": ("tenant_id, search_name, id", ISSUED),
    "document_by_pin": ("tenant_id, buyer_pin", "buyer_pin IS NOT NULL"),
    "document_by_amount": ("tenant_id, total_amount", ISSUED),
}


def upgrade() -> None:
    op.execute("ALTER TABLE document ADD COLUMN restock boolean NOT NULL DEFAULT true")
    rebuild(BEFORE, INDEXES)
    guard("NEW.band IN ('B','E') AND to_jsonb(NEW) ->> 'credits_line_no' IS NULL")


def downgrade() -> None:
    guard("NEW.band IN ('B','E')")
    rebuild(INDEXES, BEFORE)
    op.execute("ALTER TABLE document DROP COLUMN restock")


def rebuild(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> None:
    for name in old:
        op.execute(f"DROP INDEX {name}")
    for name, (columns, where) in new.items():
        op.execute(f"CREATE INDEX {name} ON document ({columns}) WHERE {where}")


def guard(condition: str) -> None:
    op.execute(f"""
        CREATE OR REPLACE FUNCTION no_vat_without_registration() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {condition}
             AND EXISTS (SELECT 1 FROM tenant t WHERE t.id = NEW.tenant_id AND t.vat_registered = false) THEN
            RAISE EXCEPTION 'not registered for VAT: bands B and E are not offered' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
