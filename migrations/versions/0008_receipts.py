"""The stored papers, and to whom, when and how each was handed out."""

from alembic import op

from migrations.tables import append_only, tenant_table

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE receipt_file (
          tenant_id uuid NOT NULL, document_id uuid NOT NULL,
          variant text NOT NULL CHECK (variant IN ('a4','a4_copy')),
          storage_key text NOT NULL,
          sha256 bytea NOT NULL CHECK (length(sha256) = 32),
          size int NOT NULL CHECK (size > 0),
          pages int NOT NULL CHECK (pages > 0),
          made_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, document_id, variant),
          FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id))""")
    tenant_table("receipt_file", verbs="SELECT, INSERT")
    append_only("receipt_file")
    op.execute("""
        CREATE TABLE hand_out (
          tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
          document_id uuid NOT NULL,
          copy_no int NOT NULL CHECK (copy_no >= 0),
          way text NOT NULL CHECK (way IN ('print','download','email','whatsapp')),
          by_person uuid REFERENCES person (id), by_name text NOT NULL,
          at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, document_id, copy_no),
          FOREIGN KEY (tenant_id, document_id) REFERENCES document (tenant_id, id))""")
    tenant_table("hand_out", verbs="SELECT, INSERT")
    append_only("hand_out")


def downgrade() -> None:
    for table in ("hand_out", "receipt_file"):
        op.execute(f"DROP TABLE {table}")
