"""Papers: copy bodies and numbered copies, a new edition where a file was lost, and nothing for what KRA has not signed."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # `receipt_sha256`: the hash of the Receipt value that was printed; a file that is made again must have the same.
    op.execute("""
        ALTER TABLE receipt_file
          DROP CONSTRAINT receipt_file_variant_check,
          ADD CONSTRAINT receipt_file_variant_check CHECK (variant IN ('a4','a4_copy_body','a4_copy')),
          ADD copy_no int NOT NULL DEFAULT 0 CHECK (copy_no >= 0),
          ADD edition int NOT NULL DEFAULT 1 CHECK (edition > 0),
          ADD receipt_sha256 bytea NOT NULL CHECK (length(receipt_sha256) = 32),
          ADD handed_out_no int GENERATED ALWAYS AS (nullif(copy_no, 0)) STORED,
          ADD CONSTRAINT receipt_file_copy_check CHECK ((variant = 'a4_copy') = (copy_no > 0)),
          DROP CONSTRAINT receipt_file_pkey,
          ADD PRIMARY KEY (tenant_id, document_id, variant, copy_no, edition),
          ADD CONSTRAINT receipt_file_of_hand_out FOREIGN KEY (tenant_id, document_id, handed_out_no)
              REFERENCES hand_out (tenant_id, document_id, copy_no)""")
    # A form that was sent twice hands out once.
    op.execute("""
        ALTER TABLE hand_out
          ADD idem_key text CHECK (length(idem_key) BETWEEN 1 AND 200),
          ADD CONSTRAINT hand_out_idem_key UNIQUE (tenant_id, document_id, idem_key)""")
    op.execute("""
        CREATE FUNCTION only_of_signed_documents() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (SELECT 1 FROM submission s WHERE s.tenant_id = NEW.tenant_id AND s.subject_id = NEW.document_id
                            AND s.kind IN ('sale','credit_note') AND s.state = 'accepted') THEN
            RAISE EXCEPTION 'KRA has not signed this document' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""")
    for table in ("receipt_file", "hand_out"):
        op.execute(f"""CREATE TRIGGER only_of_signed_documents BEFORE INSERT ON {table}
                       FOR EACH ROW EXECUTE FUNCTION only_of_signed_documents()""")


def downgrade() -> None:
    for table in ("receipt_file", "hand_out"):
        op.execute(f"DROP TRIGGER only_of_signed_documents ON {table}")
    op.execute("DROP FUNCTION only_of_signed_documents()")
    op.execute("ALTER TABLE hand_out DROP idem_key")
    op.execute("""
        ALTER TABLE receipt_file
          DROP CONSTRAINT receipt_file_of_hand_out, DROP CONSTRAINT receipt_file_copy_check,
          DROP CONSTRAINT receipt_file_pkey, ADD PRIMARY KEY (tenant_id, document_id, variant),
          DROP handed_out_no, DROP copy_no, DROP edition, DROP receipt_sha256,
          DROP CONSTRAINT receipt_file_variant_check,
          ADD CONSTRAINT receipt_file_variant_check CHECK (variant IN ('a4','a4_copy'))""")
