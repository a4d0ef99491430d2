"""What credit notes take is counted by the database itself: no line of a note without its share of the sale's line.

A line of a note names the line that it takes from; that line is counted up in the same moment, and its caps refuse what is
too much, also for two people at once. A note that becomes void gives back what it took. A price reduction takes money, but
no quantity: the goods stay with the buyer.
"""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE document_line
          ADD reduces_price boolean NOT NULL DEFAULT false,
          ADD CONSTRAINT document_line_reduction_check CHECK (NOT reduces_price OR credits_line_no IS NOT NULL)""")
    op.execute("""
        CREATE FUNCTION count_credit(note document_line, sign int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE document_line l
             SET credited_quantity = l.credited_quantity + CASE WHEN note.reduces_price THEN 0 ELSE sign * note.quantity END,
                 credited_amount = l.credited_amount + sign * note.total_amount
            FROM document d
           WHERE d.tenant_id = note.tenant_id AND d.id = note.document_id AND l.tenant_id = d.tenant_id
             AND l.document_id = d.original_id AND l.line_no = note.credits_line_no
             AND (l.item_id, l.band, l.price) = (note.item_id, note.band, note.price);
          IF NOT FOUND THEN
            RAISE EXCEPTION 'a credit note takes from a line of its sale, at its item, band and price'
              USING ERRCODE = 'check_violation';
          END IF;
        END $$""")
    op.execute("""
        CREATE FUNCTION line_takes_its_share() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM count_credit(NEW, 1);
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER line_takes_its_share AFTER INSERT ON document_line FOR EACH ROW
                  WHEN (NEW.credits_line_no IS NOT NULL) EXECUTE FUNCTION line_takes_its_share()""")
    op.execute("""
        CREATE FUNCTION void_note_gives_back() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM count_credit(l, -1) FROM document_line l
           WHERE l.tenant_id = NEW.tenant_id AND l.document_id = NEW.id AND l.credits_line_no IS NOT NULL;
          RETURN NEW;
        END $$""")
    op.execute("""CREATE TRIGGER void_note_gives_back AFTER UPDATE OF state ON document FOR EACH ROW
                  WHEN (OLD.state = 'issued' AND NEW.state = 'void' AND NEW.kind = 'credit_note')
                  EXECUTE FUNCTION void_note_gives_back()""")


def downgrade() -> None:
    op.execute("DROP TRIGGER void_note_gives_back ON document")
    op.execute("DROP TRIGGER line_takes_its_share ON document_line")
    op.execute("DROP FUNCTION void_note_gives_back()")
    op.execute("DROP FUNCTION line_takes_its_share()")
    op.execute("DROP FUNCTION count_credit(document_line, int)")
    op.execute("ALTER TABLE document_line DROP reduces_price")
