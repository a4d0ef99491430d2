"""What goes wrong between a person and the portal: nothing is lost, nothing happens twice, nothing stays behind."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import text

from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from tests.browser.processes import Portal
from tests.browser.shop import Shop
from tests.browser.window import DESK, PHONE, Look, OpenWindow

pytestmark = pytest.mark.browser
SCRIPT, PLAIN = Look(PHONE), Look(PHONE, script=False)
both = pytest.mark.parametrize("look", [SCRIPT, PLAIN], ids=str)
_next = itertools.count(1)


@pytest.fixture
def buyer() -> str:
    """Somebody who bought nothing before."""
    return f"Asha {next(_next)}"


def issue_button(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("button", name="Issue invoice")


def invoice(page: Page) -> Locator:
    return page.get_by_role("heading", name=re.compile("^INV-"), level=1)


def alerts(page: Page) -> Locator:
    return page.locator("#alerts")


@both
def test_a_double_click_issues_one_invoice(shop: Shop, open_window: OpenWindow, buyer: str, look: Look) -> None:
    page = open_window(look, shop.session()).page
    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Customer").fill(buyer)
    page.get_by_role("combobox", name="Item").fill("Delivery")
    page.get_by_label("Quantity").fill("1")
    page.get_by_label("Unit price").fill("350")
    issue_button(page).dblclick()
    expect(invoice(page)).to_be_visible()
    assert shop.issued_to(buyer) == ["350.00"]


def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    portal: Portal, shop: Shop, open_window: OpenWindow, buyer: str
) -> None:
    page = open_window(SCRIPT, shop.session()).page
    page.goto(f"/invoices/drafts/{shop.drafts(buyer)}")
    page.get_by_label("Quantity").fill("4")
    portal.freeze_web()
    issue_button(page).click()
    portal.stop_web()
    expect(alerts(page)).to_contain_text("We could not reach the portal")
    expect(alerts(page)).to_contain_text("Nothing was lost")
    expect(page.get_by_label("Quantity")).to_have_value("4")
    portal.start_web()
    alerts(page).get_by_role("button", name="Try again").click()
    expect(invoice(page)).to_be_visible()
    assert shop.issued_to(buyer) == ["1400.00"]


def test_an_invoice_whose_answer_was_lost_is_not_issued_again(shop: Shop, open_window: OpenWindow, buyer: str) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page = open_window(SCRIPT, shop.session()).page
    page.goto(f"/invoices/drafts/{shop.drafts(buyer)}")
    page.route("**/invoices/drafts", lose_the_answer, times=1)
    issue_button(page).click()
    expect(alerts(page)).to_contain_text("We could not reach the portal")
    alerts(page).get_by_role("button", name="Try again").click()
    expect(invoice(page)).to_be_visible()
    assert shop.issued_to(buyer) == ["350.00"]


@both
def test_refused_input_puts_the_focus_on_the_summary_and_leads_to_the_field(
    shop: Shop, open_window: OpenWindow, look: Look
) -> None:
    window = open_window(look, shop.session())
    page = window.page
    page.goto("/invoices/new")
    issue_button(page).click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: New invoice"))
    page.get_by_role("alert").get_by_role("link", name="Choose what you sold").click()
    expect(page.get_by_role("combobox", name="Item")).to_be_focused()
    window.has_nothing_to_complain_about()


def test_an_invoice_is_issued_with_the_keyboard_alone(shop: Shop, open_window: OpenWindow, buyer: str) -> None:
    page = open_window(Look(DESK, "dark"), shop.session()).page
    page.goto("/")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/invoices/new"))
    tab_to(page.get_by_role("combobox", name="Customer"))
    page.keyboard.type(buyer)
    item = page.get_by_role("combobox", name="Item")
    tab_to(item)
    page.keyboard.type("deliv")
    expect(page.get_by_role("option", name="Delivery")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(item).to_have_value("Delivery")
    expect(page.get_by_label("Unit price")).to_have_value("350.00")
    tab_to(page.get_by_label("Quantity"))
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    tab_to(issue_button(page))
    page.keyboard.press("Enter")
    expect(invoice(page)).to_be_visible()
    assert shop.issued_to(buyer) == ["700.00"]


def test_a_customer_is_added_in_the_form_with_the_name_that_kra_has(shop: Shop, open_window: OpenWindow) -> None:
    window = open_window(Look(DESK), shop.session())
    page, pin = window.page, "P055555555B"
    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Customer").press_sequentially("Baraka")
    page.get_by_role("option", name="Add “Baraka”").click()
    dialog = page.get_by_role("dialog", name="Add a customer")
    dialog.get_by_label("Name").fill("")
    dialog.get_by_label("KRA PIN").fill(pin)
    dialog.get_by_label("KRA PIN").press("Tab")
    expect(dialog.get_by_label("Name")).not_to_have_value("")
    name = dialog.get_by_label("Name").input_value()
    dialog.get_by_role("button", name="Add customer").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox", name="Customer")).to_have_value(name)
    expect(page.get_by_label("Buyer’s KRA PIN")).to_have_value(pin)
    window.has_nothing_to_complain_about()


@both
def test_after_logging_out_the_back_button_shows_nothing(shop: Shop, open_window: OpenWindow, buyer: str, look: Look) -> None:
    page = open_window(look, shop.session()).page
    page.goto(f"/invoices/{shop.sells(buyer=buyer)}")
    expect(page.get_by_text(buyer).first).to_be_visible()
    page.get_by_role("link", name="More").click()
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out of this browser.")).to_be_visible()
    for _step in range(2):
        page.go_back()
        expect(page).to_have_url(re.compile("/login"))
        expect(page.get_by_text(buyer)).to_have_count(0)


def test_a_session_that_ends_while_a_page_follows_an_invoice_leads_to_the_log_in(
    portal: Portal, shop: Shop, open_window: OpenWindow, buyer: str
) -> None:
    shop.goes_wrong("slow:6000")
    page = open_window(SCRIPT, shop.session()).page
    document_id = shop.sells(buyer=buyer)
    page.goto(f"/invoices/{document_id}")
    expect(page.get_by_text("Not signed yet")).to_be_visible()
    end_sessions(portal, shop)
    expect(page).to_have_url(re.compile(f"/login.*{document_id}"))
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    expect(page.get_by_text(buyer)).to_have_count(0)


def test_a_phone_without_a_network_says_so_and_keeps_the_form(shop: Shop, open_window: OpenWindow, buyer: str) -> None:
    page = open_window(SCRIPT, shop.session()).page
    page.goto(f"/invoices/drafts/{shop.drafts(buyer)}")
    page.context.set_offline(True)
    expect(alerts(page)).to_contain_text("This phone is offline")
    issue_button(page).click()
    expect(alerts(page)).to_contain_text("We could not reach the portal")
    page.context.set_offline(False)
    expect(alerts(page)).not_to_contain_text("This phone is offline")
    expect(page.get_by_role("combobox", name="Customer")).to_have_value(buyer)
    alerts(page).get_by_role("button", name="Try again").click()
    expect(invoice(page)).to_be_visible()


def tab_to(wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    for _press in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        wanted.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached with Tab")


def end_sessions(portal: Portal, shop: Shop) -> None:
    """What *Log out everywhere* on another device does."""
    with portal.app.app_context(), acting_for_nobody():
        mine = {"person": shop.business.owner_id}
        db.session.execute(text("UPDATE person_session SET ended_at = now() WHERE person_id = :person"), mine)
        db.session.commit()
