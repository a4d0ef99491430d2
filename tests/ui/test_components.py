"""What each component says, and how a screen reader hears it."""

from decimal import Decimal

import pytest

STATES = {
    "draft": ("Draft", "pencil"),
    "queued": ("Waiting to send", "clock"),
    "sending": ("Sent to KRA", "send"),
    "unknown": ("Sent to KRA", "send"),
    "accepted": ("Signed", "shield-check"),
    "refused": ("Needs attention", "exclamation-triangle"),
    "held": ("Needs attention", "exclamation-triangle"),
    "void": ("Void", "x-circle"),
    "credited": ("Credited", "arrow-counterclockwise"),
    "partly_credited": ("Partly credited", "arrow-counterclockwise"),
}
DEVICE_STATES = {
    "ready": ("Ready", "check-circle"),
    "offline": ("Offline", "wifi-off"),
    "stopped": ("Stopped", "exclamation-triangle"),
    "setting_up": ("Setting up", "arrow-repeat"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_document_state_is_an_icon_and_a_word(draw, state):
    markup = draw("{{ ui.status_badge(state) }}", state=state)
    word, icon = STATES[state]
    assert markup.one("span").text == word
    assert markup.one("use").get("href").endswith(f"#{icon}")
    assert markup.one("svg").get("aria-hidden") == "true"


@pytest.mark.parametrize("state", DEVICE_STATES)
def test_a_control_unit_state_is_an_icon_and_a_word(draw, state):
    markup = draw("{{ ui.device_badge(state) }}", state=state)
    word, icon = DEVICE_STATES[state]
    assert markup.one("span").text == word
    assert markup.one("use").get("href").endswith(f"#{icon}")


@pytest.mark.parametrize("state", [state for state in STATES if state != "accepted"])
def test_only_a_signed_document_carries_the_shield_or_the_word(draw, state):
    markup = draw("{{ ui.status_badge(state) }}", state=state)
    assert "Signed" not in markup.one("span").text
    assert "shield" not in markup.one("use").get("href")


def test_the_error_summary_counts_links_and_says_what_became_of_the_data(draw):
    markup = draw('{{ ui.error_summary([("pin", "Enter the PIN"), (none, "Choose")], kept="Nothing was sent.") }}')
    summary = markup.one(role="alert")
    assert summary.get("tabindex") == "-1"
    assert "2 things to correct" in summary.text
    assert "Nothing was sent." in summary.text
    assert markup.one("a").get("href") == "#pin"


def test_the_error_summary_takes_a_dict_and_is_nothing_without_errors(draw):
    assert draw('{{ ui.error_summary({"pin": "Enter the PIN"}) }}').one("h2").text == "One thing to correct"
    assert not draw("{{ ui.error_summary({}) }}{{ ui.error_summary([]) }}").elements


def test_enter_in_a_form_does_what_the_default_button_says(draw):
    button = draw('{{ ui.default_button("save") }}').one("button")
    assert (button.get("value"), button.get("tabindex"), button.get("aria-hidden")) == ("save", "-1", "true")


def test_a_post_button_is_a_form_with_token_key_and_fields(draw):
    markup = draw('{{ ui.post_button("Print a copy", "/print", fields={"paper": "a4"}, key="k1") }}')
    assert markup.one("form").get("method") == "post"
    sent = {field.get("name"): field.get("value") for field in markup.all("input", type="hidden")}
    assert sent == {"csrf_token": "token", "idempotency_key": "k1", "paper": "a4"}
    assert markup.one("button").text == "Print a copy"


def test_a_note_with_an_address_is_a_link_as_a_whole(draw):
    assert draw('{{ ui.note("Text", "Title", "bad", href="/attention") }}').one("a").get("href") == "/attention"
    assert not draw('{{ ui.note("Text", "Title", "bad") }}').all("a")


def test_a_table_keeps_its_meaning_when_it_becomes_cards(draw):
    markup = draw(
        '{% call ui.table("Sales", ["Day", {"label": "Ksh", "num": true}]) %}'
        '{% call ui.row() %}{{ ui.head_cell("Monday", "/monday") }}{{ ui.cell("12.00", num=true) }}{% endcall %}'
        "{% endcall %}"
    )
    assert markup.one("caption").text == "Sales"
    assert [head.get("scope") for head in markup.all("th")] == ["col", "col", "row"]
    assert [head.get("role") for head in markup.all("th")] == ["columnheader", "columnheader", "rowheader"]
    assert markup.one("table").get("role") == "table"
    assert markup.one("td").get("role") == "cell"
    assert "num" in markup.one("td").classes


def test_a_value_on_a_phone_says_what_it_is(draw):
    assert draw('{{ ui.cell("1.00", num=true, label="VAT") }}').one("td").get("data-label") == "VAT"


def test_more_rows_are_a_real_link_and_the_count_is_said(draw):
    markup = draw('{{ ui.pager(50, 312, "?after=x", target="#rows") }}')
    assert "50 of 312 shown" in markup.one(role="status").text
    assert markup.one("a").get("href") == markup.one("a").get("hx-get") == "?after=x"
    assert not draw("{{ ui.pager(12, 12) }}").all("a")


def test_the_answer_of_a_pager_changes_the_count_in_its_place(draw):
    assert draw('{{ ui.pager(75, 312, "?after=y", oob=true) }}').by_id("pager").get("hx-swap-oob") == "innerHTML"


def test_filters_are_a_search_form_that_works_without_javascript(draw):
    markup = draw('{% call ui.filter_bar("/invoices", "Filter invoices", "abc", target="#results") %}{% endcall %}')
    form = markup.one("form")
    assert (form.get("method"), form.get("action"), form.get("role")) == ("get", "/invoices", "search")
    assert form.get("hx-push-url") == "true"
    assert markup.one("input").get("value") == "abc"
    assert markup.one("button").get("type") == "submit"


def test_the_chosen_dates_are_marked_for_everyone(draw):
    presets = [{"label": "Today", "href": "?d=t", "active": True}, {"label": "Week", "href": "?d=w"}]
    markup = draw("{{ ui.date_presets(presets) }}", presets=presets)
    assert [link.text for link in markup.all("a", aria_current="true")] == ["Today"]
    assert markup.one("nav").get("aria-label")


def test_nothing_yet_and_no_match_are_different_pages(draw):
    empty = draw('{{ ui.empty_state("Your first invoice", "Pick what you sold.", "New invoice", "/new") }}')
    assert empty.all("svg", class_="art")
    assert empty.one("a").get("href") == "/new"
    nothing = draw('{{ ui.no_match("/invoices") }}')
    assert not nothing.all("svg", class_="art")
    assert nothing.one("a").text == "Clear filters"


def test_progress_is_said_in_words(draw):
    bar = draw('{{ ui.progress(3, 10, "3 of 10 done") }}').one("progress")
    assert (bar.get("value"), bar.get("max"), bar.get("aria-label")) == ("3", "10", "3 of 10 done")


def test_a_timeline_is_a_list_in_order(draw):
    markup = draw('{{ ui.timeline([{"title": "Issued", "state": "on", "detail": "14:05:07"}, {"title": "Signed"}]) }}')
    assert markup.one("ol").get("role") == "list"
    assert [step.text for step in markup.all("b")] == ["Issued", "Signed"]


def test_a_chart_shows_its_figures_in_a_table_too(draw):
    days = {"Mon": 50, "Tue": 0, "Wed": -3}
    points = [{"label": day, "value": value} for day, value in days.items()]
    points.append({"label": "Today", "value": 100, "now": True})
    markup = draw('{{ ui.chart_bar("Net sales", points, first_head="Day") }}', points=points)
    assert [float(bar.get("height")) for bar in markup.all("rect")] == [46.0, 2.0, 2.0, 92.0]
    assert [bar.get("class") for bar in markup.all("rect")] == ["past", "past", "past", ""]
    assert [cell.text for cell in markup.all("td")] == ["50.00", "0.00", "−3.00", "100.00"]
    assert markup.one("svg", class_="bars").get("role") == "img"


def test_a_chart_of_nothing_is_flat(draw):
    markup = draw('{{ ui.chart_bar("Net sales", [{"label": "Mon", "value": 0}]) }}')
    assert markup.one("rect").get("height") == "2"
    assert not draw('{{ ui.chart_bar("Net sales", []) }}').all("rect")


@pytest.mark.parametrize(
    ("letter", "rate", "words"),
    [
        ("A", None, "A exempt"),
        ("B", 16, "B 16%"),
        ("B", Decimal("16.5"), "B 16.5%"),
        ("C", None, "C zero-rated"),
        ("D", None, "D outside VAT"),
        ("E", 8, "E 8%"),
    ],
)
def test_a_tax_band_is_said_in_words(draw, letter, rate, words):
    assert draw("<b>{{ ui.band(letter, rate) }}</b>", letter=letter, rate=rate).one("b").text == words


def test_totals_end_with_the_one_figure_that_carries_the_currency(draw):
    markup = draw('{{ ui.totals([("B 16%", 100, 16)], [("Discount", -4), ("VAT", 16)], 116) }}')
    assert [figure.text for figure in markup.all("dd")] == ["−4.00", "16.00", "Ksh 116.00"]
    assert [cell.text for cell in markup.all("td")] == ["100.00", "16.00"]


def test_the_bar_can_stand_outside_of_its_form(draw):
    markup = draw('{{ ui.totals_bar("Total, VAT 16.00", 116, "Issue invoice", form="invoice") }}')
    assert markup.one("button").get("form") == "invoice"
    assert "Ksh 116.00" in markup.by_id("bar-total").text


def test_a_page_has_one_heading_that_can_take_the_focus(draw):
    markup = draw('{{ ui.page_header("Invoices", "16 today", "/", "Home") }}')
    assert markup.one("h1").get("tabindex") == "-1"
    assert markup.one("a").text == "Home"


def test_a_dialog_is_named_by_its_heading_and_can_be_closed(draw):
    markup = draw('{% call ui.dialog("add", "Add a customer") %}…{% endcall %}')
    dialog = markup.one("dialog")
    assert markup.by_id(dialog.get("aria-labelledby")).text == "Add a customer"
    assert "data-open" in dialog.attributes
    assert markup.one("button").get("type") == "button"
    assert markup.one("svg").get("aria-label") == "Close"


def test_a_toast_joins_the_others_from_any_answer(draw):
    markup = draw('{{ ui.toast_oob("Saved") }}')
    assert markup.elements[0].get("hx-swap-oob") == "beforeend:#toasts"
    assert "Saved" in markup.one(class_="snack").text
