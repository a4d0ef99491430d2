"""Home: today at a glance, and what needs a person first."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from portal.devices.models import Notice
from portal.infra.db import db
from tests.sales.conftest import Shop, line
from tests.support.database import Cleaner


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


def issued_before(cleaner: Cleaner, hours: str):
    """Let everything have been issued that long ago."""
    cleaner.connection.execute(f"UPDATE submission SET queued_at = clock_timestamp() - interval '{hours}'")


@pytest.mark.parametrize(
    ("hours", "kind"), [("11:59:00", None), ("12:00:00", "note-wait"), ("23:59:00", "note-wait"), ("24:00:00", "note-bad")]
)
def test_an_invoice_without_signature_is_told_at_12_hours_and_red_at_24(
    shop: Shop, cleaner: Cleaner, hours: str, kind: str | None
):
    sold = shop.sells(line(shop.item("Work", "10.00")))
    issued_before(cleaner, hours)
    page = shop.client.get("/").text
    assert [look for look in ("note-wait", "note-bad") if _looks(page, look)] == ([kind] if kind else [])
    shop.kra_signs(sold.id)
    assert "oldest invoice without" not in shop.client.get("/").text


def test_a_refused_invoice_ages_too(shop: Shop, cleaner: Cleaner):
    shop.kra_refuses(shop.sells(line(shop.item("Work", "10.00"))).id)
    issued_before(cleaner, "26:00:00")
    assert _looks(shop.client.get("/").text, "note-bad")


def _looks(page: str, look: str) -> bool:
    """Whether the note about the oldest invoice is drawn in this look."""
    notes = page.split('class="note ')[1:]
    return any(note.startswith(look) and "The oldest invoice without" in note.split("</span>")[0] for note in notes)
