"""Home: today at a glance, and what needs a person first."""

from __future__ import annotations

from sqlalchemy import text

from portal.devices.models import Notice
from portal.infra.db import db
from tests.sales.conftest import Shop, line


def test_a_new_business_is_greeted_and_invited_to_sell(shop: Shop):
    page = shop.client.get("/").text
    for shown in ("Habari,", "Your first invoice starts here", "Sales today", "Ksh 0.00", "Control unit", "Ready"):
        assert shown in page


def test_today_counts_what_kra_has_signed(shop: Shop):
    item = shop.item("Work", "1160.00")
    signed, waiting = shop.sells(line(item, "2")), shop.sells(line(item))
    shop.kra_signs(signed.id)
    note = shop.credits(signed.id, {1: "1"})
    shop.kra_signs(note.id)
    page = shop.client.get("/").text
    for shown in ("Ksh 1,160.00", "Ksh 160.00", "after Ksh 1,160.00 credited", "1 invoice, 1 credit note", waiting.number):
        assert shown in page


def test_what_needs_attention_stands_first(shop: Shop):
    bad = shop.sells(line(shop.item("Work", "10.00")))
    shop.kra_refuses(bad.id)
    page = shop.client.get("/").text
    assert page.index("One thing needs you") < page.index("Sales today")
    assert 'href="/attention"' in page


def test_the_control_unit_says_how_long_it_may_go_on_without_kra(shop: Shop):
    for hours, shown in ((3, "21 h 0 min"), (21, "2 h 59 min"), (25, "24 hours without KRA, nothing can be issued")):
        with shop.open():
            db.session.execute(text("UPDATE device SET last_contact_at = now() - :h * interval '1 hour'"), {"h": hours})
            db.session.commit()
        page = shop.client.get("/").text
        assert shown in page or shown.replace("21 h 0", "20 h 59") in page


def test_notices_of_kra_are_shown_until_somebody_has_read_them(shop: Shop):
    with shop.open():
        db.session.add(
            Notice(tenant_id=shop.business.tenant_id, number=7, title="VAT on fuel", body="<b>8 per cent</b> until July")
        )
        db.session.commit()
    page = shop.client.get("/").text
    assert "VAT on fuel" in page
    assert "&lt;b&gt;8 per cent" in page
    assert shop.client.post("/notices/7/read").status_code == 303
    assert "VAT on fuel" not in shop.client.get("/").text
    assert shop.client.post("/notices/8/read").status_code == 404
    assert shop.client.post(f"/notices/{10**30}/read").status_code == 404


def test_a_viewer_sees_today_and_no_button_to_sell(shop: Shop):
    page = shop.business.client("viewer").get("/").text
    assert "Sales today" in page
    assert "btn-primary" not in page
