"""What app.js adds by itself: dialogs, keys, copying, passwords, the combobox."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

COMBO = """<form id="f" method="post" action="/sent">{{ ui.combobox("buyer", "Customer", url="/search", picked={
  "hx-post": "/picked", "hx-trigger": "change", "hx-target": "#out"}) }}<button class="btn">Issue</button></form>
  <p id="out"></p>"""
ROWS = """{{ ui.combobox_options("buyer", [{"value": "c1", "text": "Baraka Café", "sub": "A000000000Q"},
  {"value": "c2", "text": "Baraka Hotel", "exact": exact|default(false)}], add="Add “Bara”") }}"""


@pytest.fixture
def combo(shown, site, fragment):
    """A combobox whose search finds two customers."""
    site.shows("/search", fragment(ROWS))
    site.shows("/picked", "Picked", 200, "POST")
    tab = shown(COMBO)
    return tab.get_by_role("combobox", name="Customer")


def searched(site) -> list[str]:
    return [query for _, path, query in site.asked if path == "/search"]


def value(combo) -> str:
    return combo.page.locator("#buyer-value").input_value()


def test_typing_opens_the_list_and_arrows_and_enter_pick(combo, site):
    combo.press_sequentially("bara")
    expect(combo).to_have_attribute("aria-expanded", "true")
    combo.press("ArrowDown")
    combo.press("ArrowDown")
    expect(combo).to_have_attribute("aria-activedescendant", "buyer-option-1")
    expect(combo.page.get_by_role("option", selected=True)).to_contain_text("Baraka Café")
    combo.press("Enter")
    expect(combo).to_have_value("Baraka Café")
    expect(combo).to_have_attribute("aria-expanded", "false")
    expect(combo.page.locator("#out")).to_have_text("Picked")
    assert value(combo) == "c1"
    assert searched(site)[-1].endswith("q=bara")


def test_how_many_were_found_is_said(combo):
    combo.press_sequentially("bara")
    expect(combo.page.locator("#buyer-found")).to_have_text("2 found")


def test_arrows_go_round_and_up_starts_at_the_end(combo):
    combo.press_sequentially("bara")
    expect(combo.page.get_by_role("option")).to_have_count(3)
    combo.press("ArrowUp")
    expect(combo).to_have_attribute("aria-activedescendant", "buyer-option-2")
    combo.press("ArrowDown")
    expect(combo).to_have_attribute("aria-activedescendant", "buyer-option-new")


def test_a_finger_picks_too(combo):
    combo.press_sequentially("bara")
    combo.page.get_by_role("option", name="Baraka Hotel").click()
    expect(combo).to_have_value("Baraka Hotel")
    expect(combo).to_be_focused()
    assert value(combo) == "c2"


def test_adding_a_new_one_keeps_what_was_typed(combo):
    combo.press_sequentially("bara")
    combo.page.get_by_role("option", name="Add “Bara”").click()
    expect(combo).to_have_value("bara")
    assert value(combo) == "new"


def test_one_letter_asks_nothing(combo, site):
    combo.press_sequentially("b")
    combo.press_sequentially("a")
    expect(combo).to_have_attribute("aria-expanded", "true")
    assert [query.endswith("q=ba") for query in searched(site)] == [True]


def test_escape_closes_and_keeps_the_words(combo):
    combo.press_sequentially("bara")
    expect(combo).to_have_attribute("aria-expanded", "true")
    combo.press("Escape")
    expect(combo).to_have_attribute("aria-expanded", "false")
    expect(combo).to_have_value("bara")


def test_leaving_closes(combo):
    combo.press_sequentially("bara")
    expect(combo).to_have_attribute("aria-expanded", "true")
    combo.press("Tab")
    expect(combo.page.get_by_role("listbox")).to_be_hidden()


def test_enter_never_sends_the_form_from_here(combo, site):
    combo.press_sequentially("bara")
    combo.press("Enter")
    expect(combo).to_have_attribute("aria-expanded", "true")
    assert ("POST", "/sent") not in {one[:2] for one in site.asked}


def test_changed_words_are_no_longer_the_picked_customer(combo):
    combo.press_sequentially("bara")
    combo.page.get_by_role("option", name="Baraka Hotel").click()
    combo.press("Backspace")
    assert value(combo) == ""


def test_a_scanner_picks_the_exact_match_without_waiting(combo, site, fragment):
    site.answers.pop(("GET", "/search"))
    site.shows("/search", fragment(ROWS, exact=True))
    combo.press_sequentially("6001234567890")
    combo.press("Enter")
    expect(combo).to_have_value("Baraka Hotel")
    assert value(combo) == "c2"


def test_a_dialog_of_the_server_opens_over_the_page_and_returns_the_focus(shown, site, fragment):
    dialog = '{% call ui.dialog("add", "Add a customer") %}{{ ui.field("name", "Name") }}{% endcall %}'
    site.shows("/new", fragment(dialog))
    tab = shown('<a class="btn" id="go" href="/new" hx-get="/new" hx-target="#dialog">Add a customer</a>')
    tab.get_by_role("link", name="Add a customer").click()
    expect(tab.get_by_role("dialog", name="Add a customer")).to_be_visible()
    expect(tab.get_by_label("Name")).to_be_focused()
    tab.get_by_role("button", name="Close").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tab.locator("#go")).to_be_focused()


def test_the_server_closes_the_dialog_when_its_form_is_done(shown, site, fragment):
    site.shows(
        "/new",
        fragment(
            '{% call ui.dialog("add", "Add") %}<form hx-post="/save" hx-swap="none"><button>Save</button></form>{% endcall %}'
        ),
    )
    site.shows("/save", "", 200, "POST", HX_Trigger="dialog-close")
    tab = shown('<a class="btn" href="/new" hx-get="/new" hx-target="#dialog">Add</a>')
    tab.get_by_role("link", name="Add").click()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_a_dialog_of_the_page_opens_and_escape_returns_the_focus(shown):
    tab = shown(
        '{{ ui.link_button("Void it", "/void", attrs={"data-dialog": "#sure"}) }}'
        '{% call ui.dialog("sure", "Void INV-000105?", open=false) %}{{ ui.button("Void it", "danger") }}{% endcall %}'
    )
    for _ in range(2):
        tab.get_by_role("link", name="Void it").click()
        expect(tab.get_by_role("dialog", name="Void INV-000105?")).to_be_visible()
        tab.keyboard.press("Escape")
        expect(tab.get_by_role("dialog")).to_have_count(0)
        expect(tab.get_by_role("link", name="Void it")).to_be_focused()


def test_a_password_can_be_seen_and_hidden(shown):
    tab = shown('{{ ui.password("password", "Password") }}')
    tab.get_by_role("button", name="Show Password").click()
    expect(tab.locator("#password")).to_have_attribute("type", "text")
    tab.get_by_role("button", name="Hide Password").click()
    expect(tab.locator("#password")).to_have_attribute("type", "password")


def test_copying_says_that_it_was_done(shown):
    tab = shown('{{ ui.copy_button("KRACU0400000000", "Copy the serial") }}')
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy the serial").click()
    expect(tab.get_by_role("button", name="Copied")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == "KRACU0400000000"


SEARCH = '{% call ui.filter_bar("/list", "Filter") %}{% endcall %}{{ ui.link_button("New item", "/items/new", key="n") }}'


def test_a_slash_goes_to_the_search(shown):
    tab = shown(SEARCH)
    tab.keyboard.press("/")
    expect(tab.get_by_role("searchbox")).to_be_focused()
    expect(tab.get_by_role("searchbox")).to_have_value("")


@pytest.mark.parametrize(
    ("main", "key", "address"), [(SEARCH, "n", "/items/new"), ("", "n", "/invoices/new"), ("", "?", "/help")]
)
def test_keys_lead_where_the_page_says(shown, site, main, key, address):
    site.shows(address, "<title>There</title>")
    tab = shown(main)
    tab.keyboard.press(key)
    tab.wait_for_url(f"**{address}")


def test_keys_are_letters_while_one_types(shown):
    tab = shown('{{ ui.field("name", "Name") }}' + SEARCH)
    tab.get_by_label("Name").press_sequentially("n/?n")
    expect(tab.get_by_label("Name")).to_have_value("n/?n")
    assert tab.url.endswith("/test")


def test_keys_can_be_switched_off(shown):
    tab = shown(SEARCH, shortcuts=False)
    tab.keyboard.press("/")
    expect(tab.get_by_role("searchbox")).not_to_be_focused()


def test_enter_in_a_line_saves_and_does_not_remove_the_line(shown, site):
    site.shows("/sent", "<title>Sent</title>", 200, "POST")
    tab = shown(
        '<form method="post" action="/sent">{{ ui.default_button("save") }}<button name="action" value="remove-line:1">Remove'
        '</button>{{ ui.quantity("qty", "Quantity", "") }}</form>'
    )
    tab.get_by_label("Quantity").fill("2")
    tab.get_by_label("Quantity").press("Enter")
    tab.wait_for_url("**/sent")
    assert site.asked[-1] == ("POST", "/sent", "action=save&qty=2")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_is_as_accessible_as_the_page(combo, theme):
    tab = combo.page
    tab.emulate_media(color_scheme=theme)
    combo.press_sequentially("bara")
    expect(combo).to_have_attribute("aria-expanded", "true")
    combo.press("ArrowDown")
    tab.context.set_offline(True)
    expect(tab.get_by_role("option", selected=True)).to_be_visible()
    expect(tab.locator("#alerts")).to_contain_text("offline")
    assert Axe().run(tab).response["violations"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_open_dialog_is_accessible(shown, theme):
    tab = shown(
        '{{ ui.link_button("Add", "/new", attrs={"data-dialog": "#add"}) }}'
        '{% call ui.dialog("add", "Add a customer", open=false) %}{{ ui.field("name", "Name") }}{% endcall %}'
    )
    tab.emulate_media(color_scheme=theme)
    tab.get_by_role("link", name="Add").click()
    expect(tab.get_by_role("dialog", name="Add a customer")).to_be_visible()
    assert Axe().run(tab).response["violations"] == []
