"""What the portal's web side is measured against: the same page and the same form, with nothing between Flask and psycopg.

The list's floor is one Flask route that reads the same rows with two statements and fills the same page: its template is the
portal's own answer with the rows turned into a loop and every figure into a placeholder, so both sides send the same bytes
(`same_page` compares them). It knows its business and person beforehand: no sign-in, no row-level security, no settings.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, redirect, request
from jinja2 import DictLoader, Environment
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.fiscal.moments import EAST_AFRICA
from portal.infra.wording import amount, money
from portal.sales.search import token
from portal.sales.words import short_moment

ROWS = """
    SELECT d.id, d.kind, d.trader_no, d.buyer_name, d.issued_at, d.tax_amount, d.total_amount, b.code, s.state,
           (SELECT sum(n.total_amount) FROM document n JOIN submission t ON t.tenant_id = n.tenant_id AND t.subject_id = n.id
             WHERE n.tenant_id = d.tenant_id AND n.original_id = d.id AND n.state = 'issued' AND t.kind = 'credit_note'
               AND t.state = 'accepted')
      FROM document d
      JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
      LEFT JOIN submission s ON s.tenant_id = d.tenant_id AND s.subject_id = d.id AND s.kind = d.kind
     WHERE d.tenant_id = %(tenant)s AND d.state <> 'draft' ORDER BY d.issued_at DESC, d.id DESC LIMIT 26"""
# What else stands on the page: names, the count, drafts, the signed sum, what needs attention, branches, silent control units.
AROUND = """
    SELECT (SELECT name FROM tenant WHERE id = %(tenant)s),
           (SELECT name FROM person WHERE id = %(person)s),
           (SELECT count(*) FROM (SELECT 1 FROM document WHERE tenant_id = %(tenant)s AND state <> 'draft' LIMIT 1001) c),
           (SELECT count(*) FROM document WHERE tenant_id = %(tenant)s AND state = 'draft' AND kind = 'sale'),
           (SELECT sum(CASE kind WHEN 'credit_note' THEN -total_amount ELSE total_amount END) FROM day_total
             WHERE tenant_id = %(tenant)s),
           (SELECT count(*) FROM submission WHERE tenant_id = %(tenant)s AND (state IN ('refused', 'held')
               OR state = 'unknown' AND unknown_since < now() - interval '5 minutes')),
           (SELECT array_agg(ARRAY[id::text, name] ORDER BY code) FROM branch WHERE tenant_id = %(tenant)s AND closed_at IS NULL),
           (SELECT count(*) FROM device WHERE tenant_id = %(tenant)s AND status IN ('ready', 'lane_held', 'blocked')
               AND (last_contact_at IS NULL OR last_contact_at < now() - interval '20 hours')),
           (SELECT count(*) FROM kra_host WHERE open_until IS NOT NULL)"""
TOKEN = re.compile(r"I[\w-]{50,}\.[\w-]+\.[\w-]+")
ONE_ROW = re.compile(r"<tr role=\"row\"><th role=\"rowheader\".*?</tr>", re.DOTALL)
BADGE = re.compile(r"<span class=\"st .*?</span>")


class ListFloor:
    """The list page of one business as the barest Flask app would answer it, one connection kept open."""

    def __init__(self, superuser_dsn: str, page: str, tenant_id: UUID, person_id: UUID) -> None:
        """`page` is what the portal answers."""
        self._connection = psycopg.connect(superuser_dsn)
        self._who = {"tenant": tenant_id, "person": person_id}
        rows, around = self._read()
        self._badges = {"accepted": Markup(BADGE.search(page)[0])}  # type: ignore[index]
        self._template = Environment(autoescape=True, loader=DictLoader({"list": _template(page, self._values(rows, around))}))
        self.app = Flask("floor of the list")
        self.app.add_url_rule("/invoices", "invoices", self._invoices)

    def _invoices(self) -> str:
        rows, around = self._read()
        return self._template.get_template("list").render(self._values(rows, around))

    def _read(self) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
        with self._connection.transaction():
            rows = self._connection.execute(ROWS, self._who).fetchall()
            return rows, self._connection.execute(AROUND, self._who).fetchone() or ()

    def _values(self, rows: list[tuple[Any, ...]], around: tuple[Any, ...]) -> dict[str, Any]:
        """Everything formatted before the template sees it (PERFORMANCE §3)."""
        business, person, count, _drafts, signed, _attention, _branches, _silent, _outages = around
        last, today = rows[24], datetime.now(EAST_AFRICA).date()
        return {
            "business": business,
            "person": person,
            "count": f"{count:,} invoices",
            "shown": f"25 of {count:,} shown",
            "signed": money(signed),
            "after": token(last[4], last[0]),
            "csrf": "Ij" + 80 * "x" + ".a.b",
            "rows": [
                (id_, buyer, f"INV-{number:06}", short_moment(at, today), money(total), amount(tax), amount(total),
                 self._badges[state] if hasattr(self, "_badges") else "")
                for id_, _kind, number, buyer, at, tax, total, _code, state, _credited in rows[:25]
            ],
        }  # fmt: skip


def _template(page: str, values: dict[str, Any]) -> str:
    """The portal's page as a template: its rows a loop, its figures placeholders."""
    found = ONE_ROW.findall(page)
    one, first = found[0], values["rows"][0]
    one = BADGE.sub("{{ badge }}", one)
    names = ("id", "buyer", "number", "when", "money", "tax", "total")
    for name, value in sorted(zip(names, first, strict=False), key=lambda pair: -len(str(pair[1]))):
        one = re.sub(rf"(?<![\w{{.,]){re.escape(str(value))}(?![\w}}.,])", f"{{{{ {name} }}}}", one)
    loop = f"{{% for {', '.join(names)}, badge in rows %}}{one}{{% endfor %}}"
    page = page.replace("".join(found), "\0")
    for name in ("business", "person", "count", "shown", "signed", "after"):
        assert values[name] in page, f"the page does not show {name}"
        page = page.replace(values[name], f"{{{{ {name} }}}}")
    return TOKEN.sub("{{ csrf }}", page).replace("\0", loop)


def same_page(one: str, other: str) -> bool:
    """Whether two answers are the same page, their tokens apart."""
    return TOKEN.sub("", one) == TOKEN.sub("", other)


def issue_floor(superuser_dsn: str, app_dsn: str) -> Flask:
    """A Flask app whose one POST reads the form, commits one row as heavy as an invoice's, and redirects."""
    with psycopg.connect(superuser_dsn, autocommit=True) as owner:
        owner.execute("CREATE TABLE floor (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, content text)")
        owner.execute("GRANT INSERT ON floor TO portal_app")
    app, connection = Flask("floor of Issue"), psycopg.connect(app_dsn)

    @app.post("/invoices/drafts")
    def insert() -> Response:
        with connection.transaction():
            connection.execute("INSERT INTO floor (content) VALUES (%s)", (request.form["l1-item"] * 190,))
        return redirect("/", 303)

    return app
