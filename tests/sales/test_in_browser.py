"""Selling in a real browser: typing, scanning, one press, following the signature, crediting; on a phone and at a desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from portal.sales.new_invoice import NewBuyer
from tests.sales.conftest import Shop, line
from tests.support.live import served

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
LOOKS = pytest.mark.parametrize(
    ("size", "theme", "javascript"),
    [(PHONE, "light", True), (PHONE, "dark", False), (DESK, "dark", True), (DESK, "light", False)],
    ids=["phone light", "phone dark without js", "desk dark", "desk light without js"],
)
SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
  .map(e => e.outerHTML.slice(0, 90))"""
Open = Callable[..., Page]


@pytest.fixture
def open_page(shop: Shop, browser: Browser) -> Iterator[Open]:
    """open_page("/", viewport=PHONE) opens a page of the owner; the console must stay quiet."""
    cookie = shop.client.get_cookie("session")
    assert cookie is not None
    contexts, said = [], []
    with served(shop.business.app) as url:

        def opened(path: str, **options: object) -> Page:
            context = browser.new_context(base_url=url, reduced_motion="reduce", **options)  # type: ignore[arg-type]
            contexts.append(context)
            context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
            tab = context.new_page()
            tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
            tab.on("pageerror", lambda error: said.append(str(error)))
            tab.on("request", lambda request: said.append(request.url) if not request.url.startswith(url) else None)
            tab.goto(path)
            return tab

        yield opened
        for context in contexts:
            context.close()
    # A form that was refused answers 422, which the browser reports.
    assert [words for words in said if "status of 422" not in words] == []


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Three items and a customer."""
    shop.item("Maize flour 2kg", "185.00", band="A", stock="100", barcode="6161100000015")
    shop.item("Cooking oil 5 litres", "1450.00", stock="50")
    shop.item("Delivery", "800.00")
    shop.customer("Lake View Academy", pin="P222222222C")
    return shop


def looked_at(tab: Page) -> None:
    """No violation of accessibility, nothing over the edge."""
    violations = [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:160]}"
        for rule in Axe().run(tab).response["violations"]
        for node in rule["nodes"]
    ]
    assert violations == []
    assert tab.evaluate(SIDEWAYS) == []


def pick(tab: Page, label: str, words: str, option: str) -> None:
    """Type into a combobox and choose with the keyboard."""
    field = tab.get_by_role("combobox", name=label, exact=True).last
    field.press_sequentially(words)
    choice = tab.get_by_role("option", name=re.compile(option))
    expect(choice).to_be_visible()
    for _step in range(3):
        if choice.get_attribute("aria-selected") == "true":
            break
        field.press("ArrowDown")
    field.press("Enter")


def test_an_invoice_is_typed_and_issued_with_the_keyboard_alone(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=DESK)
    pick(tab, "Customer", "lake", "Lake View Academy")
    expect(tab.get_by_label("Buyer’s KRA PIN")).to_have_value("P222222222C")
    pick(tab, "Item", "maize", "Maize flour 2kg")
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Quantity")).to_be_focused()
    tab.keyboard.type("24")
    expect(tab.locator("#totals")).to_contain_text("Ksh 4,440.00")
    expect(tab.locator("#draft-state")).to_contain_text("Draft saved")
    expect(tab).to_have_url(re.compile("/invoices/drafts/"))
    tab.get_by_role("button", name="Add a line").press("Enter")
    expect(tab.get_by_role("combobox", name="Item", exact=True).last).to_be_focused()
    pick(tab, "Item", "cooking", "Cooking oil")
    expect(tab.locator("#totals")).to_contain_text("Ksh 5,890.00")
    tab.locator("#issue").press("Enter")
    expect(tab.get_by_role("heading", name="INV-000001")).to_be_visible()
    looked_at(tab)


def test_a_scanned_barcode_picks_its_item(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=DESK)
    field = tab.get_by_role("combobox", name="Item", exact=True)
    field.press_sequentially("6161100000015")
    field.press("Enter")
    expect(field).to_have_value("Maize flour 2kg")
    expect(tab.get_by_label("Unit price")).to_have_value("185.00")


def test_what_was_typed_comes_back_after_a_reload(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=PHONE)
    pick(tab, "Item", "deli", "Delivery")
    tab.get_by_role("combobox", name="Customer").fill("Asha")
    expect(tab.locator("#draft-state")).to_contain_text("Draft saved")
    tab.get_by_label("Quantity").fill("3")
    with tab.expect_response(lambda answer: "autosave" in answer.url):
        pass
    tab.reload()
    expect(tab.get_by_label("Quantity")).to_have_value("3")
    expect(tab.locator("#totals")).to_contain_text("Ksh 2,400.00")


def test_a_double_press_issues_one_invoice(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=DESK)
    pick(tab, "Item", "deli", "Delivery")
    expect(tab.locator("#totals")).to_contain_text("Ksh 800.00")
    tab.locator("#issue").dblclick()
    expect(tab.get_by_role("heading", name="INV-000001")).to_be_visible()
    assert [one.state for one in stocked.documents()] == ["issued"]


def test_a_refused_form_says_what_to_correct_and_has_the_focus(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=PHONE)
    pick(tab, "Item", "deli", "Delivery")
    tab.get_by_label("Quantity").fill("two")
    tab.locator("#issue-bar").click()
    expect(tab.get_by_role("alert")).to_be_focused()
    expect(tab).to_have_title(re.compile("^Error: "))
    looked_at(tab)
    tab.get_by_role("link", name=re.compile("Write the quantity in figures")).click()
    expect(tab.get_by_label("Quantity")).to_be_focused()
    expect(tab.get_by_label("Quantity")).to_have_value("two")


def test_an_item_and_a_customer_are_added_without_losing_the_form(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=DESK)
    pick(tab, "Item", "deli", "Delivery")
    tab.get_by_label("Quantity").fill("4")
    field = tab.get_by_role("combobox", name="Customer", exact=True)
    field.press_sequentially("Baraka")
    expect(tab.get_by_role("option", name=re.compile("Add"))).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Baraka")
    looked_at(tab)
    dialog.get_by_label("Name", exact=True).fill("Baraka Café")
    dialog.get_by_role("button", name="Add customer").click()
    expect(dialog).to_have_count(0)
    expect(field).to_have_value("Baraka Café")
    expect(tab.get_by_label("Quantity")).to_have_value("4")


def test_the_page_follows_kras_answer_by_itself(shop: Shop, open_page: Open):
    sale = shop.sells(line(shop.item("Work", "100.00")))
    tab = open_page(f"/invoices/{sale.id}", viewport=PHONE)
    expect(tab.get_by_text("Not signed yet")).to_be_visible()
    shop.kra_signs(sale.id)
    expect(tab.get_by_role("heading", name="Signed by KRA")).to_be_visible(timeout=15_000)
    expect(tab.locator("#document-badge")).to_have_text("Signed")
    expect(tab.get_by_role("img", name="QR code: check this invoice on KRA eTIMS")).to_be_visible()
    looked_at(tab)


def test_a_sale_is_issued_and_credited_without_javascript(stocked: Shop, open_page: Open):
    tab = open_page("/invoices/new", viewport=PHONE, java_script_enabled=False)
    tab.get_by_role("combobox", name="Item").fill("delivery")
    tab.get_by_role("combobox", name="Customer").fill("lake view academy")
    tab.get_by_role("button", name="Add a line").click()
    expect(tab.get_by_label("Unit price").first).to_have_value("800.00")
    expect(tab.get_by_label("Buyer’s KRA PIN")).to_have_value("P222222222C")
    tab.get_by_role("combobox", name="Item").last.fill("maize")
    tab.get_by_role("button", name="Keep as draft").last.click()
    tab.get_by_label("Which one?").select_option(label="Maize flour 2kg")
    tab.get_by_role("button", name="Preview").last.click()
    expect(tab.get_by_text("This is a draft and no tax invoice")).to_be_visible()
    tab.get_by_role("button", name="Issue invoice").last.click()
    expect(tab.get_by_role("heading", name="INV-000001")).to_be_visible()
    stocked.kra_signs(stocked.documents()[0].id)
    tab.reload()
    tab.get_by_role("link", name="Credit").click()
    tab.get_by_label("Reason").select_option(label="Refund")
    tab.get_by_role("button", name="Nothing").click()
    tab.get_by_label("Give back").first.fill("1")
    tab.get_by_role("button", name="Issue credit note").last.click()
    expect(tab.get_by_role("heading", name="CN-000001")).to_be_visible()
    expect(tab.locator(".amount")).to_have_text("−Ksh 800.00")


def test_the_credit_note_counts_while_somebody_types(shop: Shop, open_page: Open):
    sale = shop.sells(line(shop.item("Pens", "33.33"), "3"))
    shop.kra_signs(sale.id)
    tab = open_page(f"/invoices/{sale.id}/credit", viewport=DESK)
    tab.get_by_label("Give back").fill("1")
    expect(tab.locator("#totals")).to_contain_text("−Ksh 33.33")
    expect(tab.locator("#left-after")).to_have_text("Ksh 66.66")
    tab.get_by_label("Reason").select_option(label="Damaged")
    tab.locator("#issue").click()
    expect(tab.get_by_role("heading", name="CN-000001")).to_be_visible()


def test_a_search_narrows_the_list_and_the_address_repeats_it(shop: Shop, open_page: Open):
    item = shop.item("Work", "100.00")
    for name in ("Asha", "Otieno & Sons"):
        shop.sells(line(item), buyer=NewBuyer(name=name))
    tab = open_page("/invoices", viewport=DESK)
    tab.get_by_label("Search").fill("otieno")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link", name="Asha")).to_have_count(0)
    expect(tab.get_by_role("link", name="Otieno & Sons")).to_be_visible()
    expect(tab).to_have_url(re.compile("q=otieno"))
    tab.reload()
    expect(tab.get_by_role("link", name="Asha")).to_have_count(0)
