"""The rows of the list are written out for speed; they must stay what the components draw."""

from __future__ import annotations

import re

from flask import Flask, template_rendered
from jinja2 import Template

from tests.sales.conftest import Shop, line

BY_COMPONENTS = """{% import "components/ui.html" as ui %}{% for row in listed.rows %}
{% call ui.row() %}{{ ui.head_cell(row.buyer, href_of(row.id), phone_sub=row.number ~ " · " ~ row.when, tall=true) }}
{{ ui.cell(row.total|money, num=true, only="phone", right=true) }}{{ ui.cell(row.number, nowrap=true, only="wide") }}
{{ ui.cell(row.when, only="wide", nowrap=true, sub=row.branch if branches|length > 1 else "") }}
{{ ui.cell(ui.status_badge(row.state), right=true) }}{{ ui.cell(row.tax|amount, num=true, only="wide") }}
{{ ui.cell(row.total|amount, num=true, only="wide") }}{% endcall %}{% endfor %}"""


def squeezed(markup: str) -> str:
    return re.sub(r">\s+<", "><", markup.strip())


def test_a_row_is_what_the_components_would_draw(shop: Shop) -> None:
    item = shop.item("Work & more", "100.00")
    shop.kra_signs(shop.sells(line(item)).id)
    shop.sells(line(item))
    app = shop.business.app
    drawn: list[tuple[str, str]] = []

    def compare(_sender: Flask, template: Template, context: dict[str, object], **_rest: object) -> None:
        if template.name == "sales/list.html":
            rows = app.jinja_env.get_template("sales/_rows.html")
            drawn.append((rows.render(context), app.jinja_env.from_string(BY_COMPONENTS).render(context)))

    with template_rendered.connected_to(compare, app):
        assert shop.client.get("/invoices").status_code == 200
    ((written_out, by_components),) = drawn
    assert squeezed(written_out) == squeezed(by_components)
    assert written_out.count("<tr") == 2
