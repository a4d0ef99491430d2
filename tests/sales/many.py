"""A business with tens of thousands of signed documents among others, put straight into the database."""

from __future__ import annotations

from uuid import UUID

import psycopg

from tests.support.stack import TestDatabase
from tests.support.world import Business

# Every tenth is a credit note of nothing in particular; names, PINs and amounts repeat as they do in a shop.
DOCUMENTS = """
    INSERT INTO document (tenant_id, branch_id, kind, state, trader_no, content, content_sha256, issued_at, buyer_name, buyer_pin,
                          search_name, taxable_amount, tax_amount, total_amount)
    SELECT %(tenant)s, %(branch)s, 'sale', CASE WHEN n %% 97 = 0 THEN 'void' ELSE 'issued' END, n, '{}', sha256('x'),
           timestamptz '2026-11-20 09:00+03' - n * interval '7 minutes',
           CASE WHEN n %% 3 = 0 THEN 'Customer ' || (n %% 400) ELSE 'Walk-in customer' END,
           CASE WHEN n %% 3 = 0 THEN 'P' || lpad((n %% 400)::text, 9, '0') || 'Q' END,
           CASE WHEN n %% 3 = 0 THEN 'customer ' || (n %% 400) ELSE 'walk-in customer' END,
           100 + n %% 1000, 0, 100 + n %% 1000
      FROM generate_series(1, %(count)s) n"""
SUBMISSIONS = """
    INSERT INTO submission (tenant_id, device_id, kind, subject_id, state, sequence_no, body, body_sha256, bound_at, receipt_no,
                            total_receipt_no, signature, signed_at, sdc_id)
    SELECT d.tenant_id, %(device)s, d.kind, d.id, s.state,
           CASE WHEN s.state = 'accepted' THEN d.trader_no END, CASE WHEN s.state = 'accepted' THEN '\\x7b7d'::bytea END,
           CASE WHEN s.state = 'accepted' THEN sha256('{}') END, CASE WHEN s.state = 'accepted' THEN now() END,
           CASE WHEN s.state = 'accepted' THEN d.trader_no END, CASE WHEN s.state = 'accepted' THEN d.trader_no END,
           CASE WHEN s.state = 'accepted' THEN 'S' END, CASE WHEN s.state = 'accepted' THEN now() END,
           CASE WHEN s.state = 'accepted' THEN 'KRACU' END
      FROM document d,
           LATERAL (SELECT CASE WHEN d.state = 'void' THEN 'void' WHEN d.trader_no %% 1999 = 0 THEN 'refused'
                                WHEN d.trader_no < 6 THEN 'queued' ELSE 'accepted' END AS state) s
     WHERE d.tenant_id = %(tenant)s"""


def fill(database: TestDatabase, business: Business, count: int) -> None:
    """Give the business `count` sales, newest first from number 1."""
    values: dict[str, UUID | int] = {
        "tenant": business.tenant_id,
        "branch": business.branch_id,
        "device": business.device_id,
        "count": count,
    }
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        connection.execute(DOCUMENTS, values)
        connection.execute(SUBMISSIONS, values)


def analyze(database: TestDatabase) -> None:
    """Tell the planner what is there."""
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        connection.execute("ANALYZE document")
        connection.execute("ANALYZE submission")
