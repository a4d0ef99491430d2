"""Many businesses with many signed invoices, written straight into a database by its superuser."""

from __future__ import annotations

import psycopg
from flask import Flask

from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business

HEAVY_SHARE = 50  # the business that is looked at has one document in fifty

FILL = """
INSERT INTO tenant (id, name, kra_pin) SELECT gen_random_uuid(), 'Business ' || n, 'A' || lpad(n::text, 9, '0') || 'Z'
  FROM generate_series(1, %(tenants)s) n;
INSERT INTO branch (tenant_id, code, name) SELECT id, '00', 'Head office' FROM tenant t
 WHERE NOT EXISTS (SELECT 1 FROM branch b WHERE b.tenant_id = t.id);
INSERT INTO device (tenant_id, branch_id, environment, serial, status, last_contact_at)
SELECT b.tenant_id, b.id, 'simulator', 'BENCH' || row_number() OVER (), 'ready', now() FROM branch b
 WHERE NOT EXISTS (SELECT 1 FROM device d WHERE d.tenant_id = b.tenant_id);
CREATE TEMP TABLE place AS SELECT b.tenant_id, b.id AS branch_id, d.id AS device_id,
       row_number() OVER (ORDER BY b.tenant_id = %(heavy)s DESC, b.tenant_id) - 1 AS turn
  FROM branch b JOIN device d ON d.tenant_id = b.tenant_id AND d.branch_id = b.id;
CREATE UNIQUE INDEX ON place (turn);
CREATE TEMP TABLE made AS
SELECT p.tenant_id, p.branch_id, p.device_id, gen_random_uuid() AS id, n,
       row_number() OVER (PARTITION BY p.tenant_id ORDER BY n) AS number
  FROM generate_series(1, %(documents)s) n
  JOIN place p ON p.turn = CASE WHEN n %% %(share)s = 0 THEN 0 ELSE 1 + n %% (SELECT count(*) - 1 FROM place) END;
INSERT INTO document (tenant_id, id, branch_id, kind, state, trader_no, content, content_sha256, issued_at, idem_key, buyer_name,
                      buyer_pin, search_name, taxable_amount, tax_amount, total_amount)
SELECT tenant_id, id, branch_id, 'sale', 'issued', number, %(content)s, sha256('x'),
       now() - interval '1 minute' * (%(documents)s - n), id::text, 'Customer ' || lpad((number / 40)::text, 6, '0'),
       CASE WHEN n %% 3 = 0 THEN 'P' || lpad((number / 40)::text, 9, '0') || 'C' END,
       'customer ' || lpad((number / 40)::text, 6, '0'), 100 + number, 16, 116 + number FROM made;
INSERT INTO submission (tenant_id, device_id, kind, subject_id, sequence_no, body, body_sha256, bound_at, state, attempts,
                        receipt_no, total_receipt_no, internal_data, signature, signed_at, sdc_id, mrc_number)
SELECT tenant_id, device_id, 'sale', id, number, 'x', sha256('x'), now(), 'accepted', 1, number, number,
       'ABCDEFGHIJKLMNOPQRSTUVWX23', 'ABCDEFGH23456723', now(), 'KRACU0300000001', 'KRA00000001' FROM made;
INSERT INTO day_total (tenant_id, branch_id, day, kind, documents, taxable_amount, tax_amount, total_amount)
SELECT tenant_id, branch_id, (now() AT TIME ZONE 'Africa/Nairobi')::date - (n / 1440)::int, 'sale', count(*), 100 * count(*),
       16 * count(*), 116 * count(*) FROM made GROUP BY 1, 2, 3;
"""


def fill(app: Flask, database: TestDatabase, documents: int, tenants: int = 2000) -> Business:
    """Write the rows; the largest business."""
    business = new_business(app)
    values = {
        "documents": documents,
        "tenants": tenants,
        "heavy": business.tenant_id,
        "share": HEAVY_SHARE,
        "content": '{"seller": {"branch_code": "00"}}',
    }
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return business
