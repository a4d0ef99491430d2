"""The list against raw psycopg and Jinja, Issue against a no-op POST with one INSERT: `python -m bench.web`."""

from __future__ import annotations

from uuid import uuid4

import psycopg
from flask import Flask
from jinja2 import Environment

from bench import rig, shops
from portal.catalogue.models import Item
from portal.identity.models import PersonSession
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from tests.support.stack import TestDatabase
from tests.support.world import Business, new_business

RAW_LIST = """SELECT trader_no, buyer_name, issued_at, tax_amount, total_amount, s.state FROM document d
  JOIN submission s ON s.tenant_id = d.tenant_id AND s.subject_id = d.id
 WHERE d.tenant_id = %s AND d.state <> 'draft' ORDER BY issued_at DESC, d.id LIMIT 25"""
RAW_PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><title>Invoices</title><table>{% for r in rows %}<tr><td>INV-{{ '%06d' % r[0] }}</td><td>{{ r[1] }}</td>"
    "<td>{{ r[2].strftime('%d %b %Y, %H:%M') }}</td><td>{{ '{:,.2f}'.format(r[3]) }}</td><td>{{ '{:,.2f}'.format(r[4]) }}</td>"
    "<td>{{ r[5] }}</td></tr>{% endfor %}</table>"
)


def main() -> None:
    with rig.servers() as stack:
        database = stack.new_database("web")
        app = rig.app_over(stack, database)
        visitor = shops.fill(app, database, 10_000)
        tenant = _entered_tenant(app)
        with psycopg.connect(database.app_dsn) as raw:
            got = rig.interleaved(
                {"list": lambda: visitor.get("/invoices"), "raw": lambda: _raw_page(raw, tenant)},
            )
        _tell("List page of 25 invoices", got, "list", "raw", "raw psycopg + Jinja")
        issue, floor = _issue(app), _floor(database)
        got = rig.interleaved({"issue": issue, "floor": floor})
        _tell("Issue POST, one line", got, "issue", "floor", "no-op Flask POST with one INSERT")


def _tell(title: str, got: dict[str, rig.Measured], ours: str, floor: str, floor_name: str) -> None:
    one, other = got[ours], got[floor]
    rows = [
        ("", "wall ms", "CPU ms"),
        ("the portal", f"{one.wall:.2f}", f"{one.cpu:.2f}"),
        (floor_name, f"{other.wall:.2f}", f"{other.cpu:.2f}"),
        ("ratio", rig.ratio(one.wall, other.wall), rig.ratio(one.cpu, other.cpu)),
    ]
    rig.table(title, rows)


def _raw_page(connection: psycopg.Connection, tenant: str) -> str:
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (tenant,))
        return RAW_PAGE.render(rows=connection.execute(RAW_LIST, (tenant,)).fetchall())


def _entered_tenant(app: Flask) -> str:
    with app.app_context(), acting_for_nobody():
        return str(db.session.execute(db.select(PersonSession.entered_tenant_id)).scalars().first())


def _issue(app: Flask) -> object:
    shop: Business = new_business(app)
    with app.app_context(), acting_for(shop.tenant_id):
        item = Item(
            tenant_id=shop.tenant_id, id=uuid4(), name="Delivery", search_name="delivery", class_code="10101500", item_type="3",
            package_unit="NT", quantity_unit="NO", band="B", price=800,
        )  # fmt: skip
        db.session.add(item)
        db.session.commit()
        item_id = str(item.id)
    visitor = shop.client("owner")

    def press() -> None:
        data = {
            "action": "issue", "idempotency_key": uuid4().hex, "draft": str(uuid4()), "row": ["l1", "p1"], "l1-item_id": item_id,
            "l1-item": "Delivery", "l1-qty": "1", "l1-prc": "800.00", "p1-method": "cash",
        }  # fmt: skip
        answer = visitor.post("/invoices/drafts", data=data)
        assert answer.status_code == 303, answer.text[:500]
        assert "/drafts/" not in answer.location

    return press


def _floor(database: TestDatabase) -> object:
    with psycopg.connect(database.superuser_dsn, autocommit=True) as owner:
        owner.execute("CREATE TABLE floor (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, content text)")
        owner.execute("GRANT INSERT ON floor TO portal_app")
    bare = Flask("floor")
    connection = psycopg.connect(database.app_dsn)

    @bare.post("/")
    def insert() -> str:
        with connection.transaction():
            connection.execute("INSERT INTO floor (content) VALUES (%s)", ("x" * 1500,))
        return ""

    client = bare.test_client()
    return lambda: client.post("/", data={"row": ["l1", "p1"]})


if __name__ == "__main__":
    main()
