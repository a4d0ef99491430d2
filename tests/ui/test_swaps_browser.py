"""What app.js adds around htmx: where the focus goes, and what a lost request says."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORM = """<form id="f" method="post" action="/save" hx-post="/save" hx-target="this" hx-swap="outerHTML">
  {{ ui.error_summary(errors|default([])) }}{{ ui.field("name", "Name", value|default("")) }}
  <button class="btn btn-primary" name="action" value="save">Save</button>
  <button class="btn btn-quiet" name="action" value="check">Check</button></form>"""
LINES = """<form id="f" method="post" action="/lines" hx-post="/lines" hx-target="this" hx-swap="outerHTML">
  {% for line in lines %}<fieldset class="ln" id="line-{{ line }}"><input type="hidden" name="id" value="{{ line }}">
  {{ ui.field("item-" ~ line, "Item " ~ line) }}</fieldset>{% endfor %}<button class="btn">Add a line</button></form>"""


def test_after_errors_the_focus_is_on_the_summary_and_the_title_says_error(shown, site, fragment):
    site.shows("/save", fragment(FORM, errors=[("name", "Enter a name")]), 422, "POST")
    tab = shown(FORM)
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("alert")).to_be_focused()
    expect(tab).to_have_title("Error: Test – Mfano Traders – Risiti")
    tab.get_by_role("link", name="Enter a name").click()
    expect(tab.get_by_label("Name")).to_be_focused()


def test_a_page_that_comes_with_errors_starts_at_the_summary(shown):
    expect(shown(FORM, errors=[("name", "Enter a name")]).get_by_role("alert")).to_be_focused()


def test_a_new_line_can_be_filled_in_at_once(shown, site, fragment):
    site.shows("/lines", fragment(LINES, lines=[1, 2, 3]), 200, "POST")
    tab = shown(LINES, lines=[1, 2])
    tab.get_by_role("button", name="Add a line").click()
    expect(tab.get_by_label("Item 3")).to_be_focused()


def test_when_the_pressed_button_is_gone_the_focus_is_on_the_new_heading(shown, site):
    site.shows("/done", '<section id="s"><h2>Customer added</h2></section>', 200, "POST")
    tab = shown('<section id="s"><button class="btn" hx-post="/done" hx-target="#s" hx-swap="outerHTML">Add</button></section>')
    tab.get_by_role("button", name="Add").click()
    expect(tab.get_by_role("heading", name="Customer added")).to_be_focused()


def test_without_a_heading_the_focus_is_on_the_new_part_and_never_lost(shown, site):
    site.shows("/done", '<section id="s">Done</section>', 200, "POST")
    tab = shown('<section id="s"><button class="btn" hx-post="/done" hx-target="#s" hx-swap="outerHTML">Add</button></section>')
    tab.get_by_role("button", name="Add").click()
    expect(tab.locator("#s")).to_be_focused()


def test_a_poll_leaves_the_focus_where_the_person_is(shown, site):
    site.shows("/status", '<section id="s"><h2 tabindex="-1">Signed</h2></section>')
    tab = shown(
        '{{ ui.field("name", "Name") }}'
        '<section id="s" hx-get="/status" hx-trigger="load delay:300ms" hx-swap="outerHTML"></section>'
    )
    tab.get_by_label("Name").focus()
    expect(tab.get_by_role("heading", name="Signed")).to_be_visible()
    expect(tab.get_by_label("Name")).to_be_focused()


def test_a_field_that_is_checked_keeps_the_focus_of_the_next_one(shown, site, fragment):
    site.shows("/check", fragment('{{ ui.pin("pin", "PIN", "P1", error="Enter 11 characters", check="/check") }}'), 200, "POST")
    tab = shown('<form id="f">{{ ui.pin("pin", "PIN", check="/check") }}{{ ui.field("name", "Name") }}</form>')
    tab.get_by_label("PIN").fill("P1")
    tab.get_by_label("PIN").press("Tab")
    expect(tab.get_by_text("Enter 11 characters")).to_be_visible()
    expect(tab.get_by_label("Name")).to_be_focused()


def test_a_broken_answer_says_so_in_the_words_of_its_page_and_keeps_what_was_typed(shown, site, page):
    site.shows("/save", page("errors/500.html"), 500, "POST", X_Request_ID="7F3A21C0")
    tab = shown(FORM)
    tab.get_by_label("Name").fill("Baraka Café")
    tab.get_by_role("button", name="Save").click()
    alert = tab.locator("#alerts")
    expect(alert).to_contain_text("Something broke on our side")
    expect(alert).to_contain_text("7F3A21C0")
    expect(tab.get_by_label("Name")).to_have_value("Baraka Café")


def test_a_lost_connection_says_nothing_was_lost_and_sends_the_same_again(shown, site, fragment):
    site.shows("/save", status=0, method="POST")
    tab = shown(FORM)
    tab.get_by_label("Name").fill("Baraka")
    tab.get_by_role("button", name="Check").click()
    alert = tab.locator("#alerts")
    expect(alert).to_contain_text("We could not reach the portal")
    expect(alert).to_contain_text("Nothing was lost")
    assert not alert.get_by_text("Reference").is_visible()
    site.answers.clear()
    site.shows("/save", fragment(FORM, value="Baraka, saved"), 200, "POST")
    alert.get_by_role("button", name="Try again").click()
    expect(tab.get_by_label("Name")).to_have_value("Baraka, saved")
    expect(alert).to_be_empty()
    assert site.asked[-1] == ("POST", "/save", "name=Baraka&action=check"), "the button that was pressed is sent too"


def test_what_goes_by_itself_does_not_cover_a_press_that_was_lost(shown, site, fragment):
    site.shows("/save", status=0, method="POST")
    site.shows("/draft", "Draft saved")
    tab = shown(FORM + '<p id="draft" hx-get="/draft" hx-trigger="input from:#f"></p>')
    tab.get_by_role("button", name="Save").click()
    expect(tab.locator("#alerts")).to_contain_text("We could not reach the portal")
    tab.get_by_label("Name").fill("Baraka")
    expect(tab.locator("#draft")).to_have_text("Draft saved")
    site.answers.clear()
    site.shows("/draft", status=0)
    site.shows("/save", fragment(FORM, value="Baraka, saved"), 200, "POST")
    tab.get_by_label("Name").fill("Baraka Café")
    tab.locator("#alerts").get_by_role("button", name="Try again").click()
    expect(tab.get_by_label("Name")).to_have_value("Baraka, saved")
    expect(tab.locator("#alerts")).to_be_empty()


def test_a_poll_that_failed_goes_on_by_itself(shown, site, tab):
    site.shows("/status", status=503)
    site.shows("/status", '<section id="s">Signed</section>')
    tab.clock.install()
    shown('<section id="s" hx-get="/status" hx-trigger="load" hx-swap="outerHTML">Waiting to send</section>')
    expect(tab.locator("#alerts")).to_contain_text("We could not reach the portal")
    tab.clock.fast_forward(10_000)
    expect(tab.locator("#s")).to_have_text("Signed")
    expect(tab.locator("#alerts")).to_be_empty()


def test_a_poll_that_was_refused_does_not_go_on(shown, site, tab):
    site.shows("/status", status=404)
    tab.clock.install()
    shown('<section id="s" hx-get="/status" hx-trigger="load" hx-swap="outerHTML">Waiting to send</section>')
    expect(tab.locator("#alerts")).to_contain_text("We could not reach the portal")
    tab.clock.fast_forward(30_000)
    expect(tab.locator("#s")).to_have_text("Waiting to send")
    assert len([one for one in site.asked if one[1] == "/status"]) == 1


def test_an_ended_session_leads_to_the_log_in_page_and_not_into_the_table(shown, site):
    site.shows("/save", "", 401, "POST", HX_Redirect="/login?next=/test")
    site.shows("/login", "<title>Log in</title>")
    tab = shown(FORM)
    tab.get_by_role("button", name="Save").click()
    tab.wait_for_url("**/login?next=/test")


def test_a_phone_without_network_says_so_until_it_is_back(shown):
    tab = shown(FORM)
    tab.context.set_offline(True)
    expect(tab.locator("#alerts")).to_contain_text("This phone is offline")
    tab.context.set_offline(False)
    expect(tab.locator("#alerts")).to_be_empty()


def test_a_double_click_sends_once(shown, site, fragment):
    site.shows("/save", fragment(FORM), 200, "POST")
    once = FORM.replace('hx-swap="outerHTML"', 'hx-swap="outerHTML" hx-sync="this:drop" hx-disabled-elt="find button"')
    tab = shown(once)
    tab.get_by_role("button", name="Save").dblclick()
    expect(tab.get_by_label("Name")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    assert len([one for one in site.asked if one[0] == "POST"]) == 1


def test_a_toast_of_an_answer_joins_the_others_and_can_be_dismissed(shown, site, fragment):
    site.shows("/save", fragment(FORM) + fragment('{{ ui.toast_oob("Customer added") }}'), 200, "POST")
    tab = shown(FORM)
    tab.get_by_role("button", name="Save").click()
    expect(tab.locator("#toasts")).to_contain_text("Customer added")
    expect(tab.locator("#f")).to_be_focused()  # and not the toast
    tab.locator("#toasts").get_by_role("button", name="Dismiss").click()
    expect(tab.locator("#toasts")).to_be_empty()


def test_filters_answer_when_chosen_and_the_address_tells_the_list(shown, site):
    site.shows("/list", '<div id="results">Two drafts</div>')
    tab = shown(
        '{% call ui.filter_bar("/list", "Filter", target="#results") %}{{ ui.select("status", "Status", [("draft", "Draft")], '
        'blank="All", wrap="") }}{% endcall %}<div id="results">All</div>'
    )
    tab.get_by_label("Status").focus()
    tab.get_by_label("Status").select_option("draft")
    expect(tab.locator("#results")).to_have_text("Two drafts")
    assert tab.url.endswith("/list?q=&status=draft")
    expect(tab.get_by_label("Status")).to_be_focused()


def test_more_rows_are_added_below_with_a_new_count(shown, site, fragment):
    row = '{% call ui.row(id="r2") %}{{ ui.head_cell("Baraka") }}{% endcall %}{{ ui.pager(2, 2, oob=true) }}'
    site.shows("/more", fragment(row))
    tab = shown(
        '{% call ui.table("Customers", ["Name"], body_id="rows") %}{% call ui.row(id="r1") %}{{ ui.head_cell("Jirani") }}'
        '{% endcall %}{% endcall %}{{ ui.pager(1, 2, "/more", target="#rows") }}'
    )
    tab.get_by_role("link", name="Show 25 more").click()
    expect(tab.get_by_role("rowheader")).to_have_text(["Jirani", "Baraka"])
    expect(tab.locator("#pager")).to_have_text("2 of 2 shown")
    expect(tab.locator("#r2")).to_be_focused()  # the link is gone; one reads on in the first new row
