"""Items, customers and stock in Chromium: on a phone and on a desk, with and without JavaScript, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.catalogue.shop import Shop
from tests.support.live import served

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
Open = Callable[..., Page]


@pytest.fixture
def open_page(shop: Shop, browser: Browser) -> Iterator[Open]:
    """open_page("/items", viewport=PHONE) opens a page of the owner; the console must stay quiet."""
    cookie = shop.business.client().get_cookie("session")
    assert cookie is not None
    contexts, said = [], []
    with served(shop.business.app) as url:

        def opened(path: str, **options: object) -> Page:
            context = browser.new_context(base_url=url, reduced_motion="reduce", **options)  # type: ignore[arg-type]
            contexts.append(context)
            context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
            tab = context.new_page()
            tab.set_default_timeout(10_000)
            tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
            tab.on("pageerror", lambda error: said.append(str(error.stack)))
            tab.goto(path)
            return tab

        yield opened
        for context in contexts:
            context.close()
    # A form that was refused answers 422, which the browser reports.
    assert not [words for words in said if "status of 422" not in words]


def looks_right(tab: Page) -> None:
    """Nothing stands beyond the right edge, and axe finds nothing."""
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab.url
    found = Axe().run(tab, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_an_item_is_added_with_the_keyboard_and_a_guarded_band(shop: Shop, open_page: Open) -> None:
    tab = open_page("/items/new", viewport=PHONE)
    tab.get_by_label("Name").fill("Pishori rice 2kg")
    tab.get_by_label("Price", exact=True).fill("420")
    tab.get_by_role("combobox", name="KRA's class").press_sequentially("rice pack")
    expect(tab.get_by_role("option", name="Rice, retail pack")).to_be_visible()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("combobox", name="KRA's class")).to_have_value("Rice, retail pack")
    tab.get_by_label("Tax band", exact=True).select_option(label="Tax band A (exempt)")
    expect(tab.get_by_text("You chose Tax band A (exempt).")).to_be_visible()
    looks_right(tab)
    tab.get_by_label("How many do you have now?").fill("12.5")
    tab.get_by_role("button", name="Add item").click()
    expect(tab.get_by_role("alert")).to_contain_text("Check the tax band")
    expect(tab).to_have_title(re.compile("^Error: "))
    expect(tab.get_by_label("How many do you have now?")).to_have_value("12.5")
    looks_right(tab)
    tab.get_by_label("The band I chose is right").check()
    tab.get_by_role("button", name="Add item").click()
    expect(tab.get_by_role("heading", name="Pishori rice 2kg")).to_be_visible()
    tab.get_by_role("link", name="Stock").last.click()
    expect(tab.get_by_text("Opening stock")).to_be_visible()


def test_a_service_hides_what_is_asked_of_goods(open_page: Open) -> None:
    tab = open_page("/items/new", viewport=DESK)
    expect(tab.get_by_label("How many do you have now?")).to_be_visible()
    tab.get_by_label("A service").check()
    expect(tab.get_by_label("How many do you have now?")).to_be_hidden()


def test_an_item_is_added_without_javascript(open_page: Open) -> None:
    tab = open_page("/items/new", viewport=PHONE, java_script_enabled=False)
    tab.get_by_label("Name").fill("Pishori rice 2kg")
    tab.get_by_label("Price", exact=True).fill("420")
    tab.get_by_role("combobox", name="KRA's class").fill("rice")
    tab.get_by_role("button", name="Add item").click()
    expect(tab.get_by_role("alert")).to_contain_text("Choose the class that fits best")
    tab.get_by_label("Rice, retail pack").check()
    tab.get_by_role("button", name="Add item").click()
    expect(tab.get_by_role("heading", name="Pishori rice 2kg")).to_be_visible()


def test_an_item_is_added_inside_an_invoice_without_losing_it(shop: Shop, open_page: Open) -> None:
    tab = open_page("/invoices/new", viewport=DESK)
    line = tab.get_by_role("combobox", name="Item").first
    line.press_sequentially("Salt")
    tab.get_by_role("option", name="Add “Salt”").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value("Salt")
    dialog.get_by_role("button", name="Add item").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Enter the price")
    dialog.get_by_label("Price", exact=True).fill("35")
    dialog.get_by_role("combobox", name="KRA's class").fill("")
    dialog.get_by_role("combobox", name="KRA's class").press_sequentially("sugar")
    dialog.get_by_role("option", name="Sugar, retail pack").click()
    looks_right(tab)
    dialog.get_by_role("button", name="Add item").click()
    expect(dialog).to_be_hidden()
    expect(tab.get_by_role("combobox", name="Item").first).to_have_value("Salt")
    expect(tab.get_by_label("Unit price").first).to_have_value("35.00")


def test_a_filter_changes_the_list_and_the_address(shop: Shop, open_page: Open) -> None:
    for name in ("Sugar 1kg", "Salt"):
        shop.adds(name)
    tab = open_page("/items", viewport=DESK)
    tab.get_by_label("Search").fill("sal")
    tab.get_by_role("button", name="Filter").click()
    expect(tab.get_by_role("link", name="Sugar 1kg")).to_be_hidden()
    expect(tab.get_by_role("link", name="Salt")).to_be_visible()
    expect(tab).to_have_url(re.compile("q=sal"))
