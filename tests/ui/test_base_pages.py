"""The frame around every page."""

import json

import pytest

from tests.ui.markup import Markup

CONFIG = {
    "allowEval": False, "allowScriptTags": False, "selfRequestsOnly": True, "disableInheritance": True,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0, "refreshOnHistoryMiss": True, "timeout": 15000, "scrollBehavior": "auto",
    "responseHandling": [
        {"code": "204", "swap": False}, {"code": "[23]..", "swap": True}, {"code": "(409|422)", "swap": True},
        {"code": "...", "swap": False, "error": True},
    ],
}  # fmt: skip
STANDALONE = {"person": None, "current_business": None}
ERRORS = ["400", "403", "404", "409", "413", "419", "422", "429", "500", "503", "maintenance"]
bases = pytest.mark.parametrize("base", ["base.html", "bare.html"])


@bases
def test_htmx_never_evaluates_and_never_keeps_pages_on_a_shared_phone(page, base):
    assert json.loads(Markup(page(base)).one("meta", name="htmx-config").get("content")) == CONFIG


@bases
def test_every_htmx_request_carries_the_csrf_token(page, base):
    assert json.loads(Markup(page(base)).one("body").get("hx-headers")) == {"X-CSRFToken": "token"}


@bases
def test_scripts_wait_for_the_page_and_styles_come_in_order(page, base):
    markup = Markup(page(base))
    assert all("defer" in script.attributes for script in markup.all("script"))
    sheets = [link.get("href").rpartition("/")[2] for link in markup.all("link", rel="stylesheet")]
    assert sheets == ["bootstrap-5.3.8.min.css", "tokens.css", "app.css"]


@bases
def test_a_keyboard_can_skip_to_the_content(page, base):
    markup = Markup(page(base))
    first = next(element for element in markup.elements if element.tag in ("a", "button", "input"))
    assert first.get("href") == "#main"
    assert markup.by_id("main").tag == "main"


@bases
def test_the_phone_can_install_the_portal(page, base):
    assert Markup(page(base)).one("link", rel="manifest").get("href") == "/static/manifest.webmanifest"


@bases
@pytest.mark.parametrize("theme", ["light", "dark", None])
def test_the_theme_is_the_persons_choice_or_the_devices(page, base, theme):
    html = Markup(page(base, theme=theme)).one("html")
    assert html.attributes.get("data-bs-theme") == theme


@bases
def test_the_language_of_the_page_is_said(page, base):
    assert Markup(page(base)).one("html").get("lang") == "en"
    assert Markup(page(base, lang="sw")).one("html").get("lang") == "sw"


def test_the_title_names_page_business_and_portal_and_warns_of_errors(kit, page):
    title = Markup(page("errors/404.html")).one("title").text
    assert title == "There is nothing at this address – Mfano Traders – Risiti"
    source = '{% extends "base.html" %}{% set has_errors = true %}{% block title %}New invoice{% endblock %}'
    title = Markup(kit.from_string(source).render(current_business="Mfano Traders")).one("title").text
    assert title == "Error: New invoice – Mfano Traders – Risiti"


def test_the_page_one_is_on_is_marked_in_the_one_navigation(page):
    markup = Markup(page("base.html"))
    assert markup.one("nav").get("aria-label") == "Main"
    assert [link.text.strip() for link in markup.all("a", aria_current="page")] == ["Home"]
    assert "3 need attention" in markup.one("a", href="/attention").text


def test_a_phone_shows_five_tabs(page):
    tabs = [link for link in Markup(page("base.html")).all("a") if any(p.tag == "nav" for p in link.parents)]
    assert len([tab for tab in tabs if "d-lg" not in tab.classes]) == 5


def test_branch_and_business_are_the_way_to_switch(page):
    where = Markup(page("base.html")).one("a", class_="where")
    assert where.get("href") == "/switch"
    assert "Moi Avenue" in where.text
    assert "Mfano Traders" in where.text
    assert "All branches" in Markup(page("base.html", current_branch=None)).one("a", class_="where").text


def test_logging_out_is_a_post_with_the_token(page):
    form = Markup(page("base.html")).one("form")
    assert (form.get("method"), form.get("action")) == ("post", "/logout")


def test_a_warning_for_all_pages_stands_on_the_page(page):
    assert "Nothing here is a tax document." in Markup(page("base.html")).one("main").text


def test_a_flashed_message_becomes_a_toast(kit):
    html = kit.get_template("base.html").render(get_flashed_messages=lambda: ["Customer added"])
    assert "Customer added" in Markup(html).by_id("toasts").text


def test_a_person_can_switch_the_keys_off(page):
    assert Markup(page("base.html")).one("body").get("data-help") == "/help"
    assert "data-help" not in Markup(page("base.html", shortcuts=False)).one("body").attributes


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("around", [{}, STANDALONE], ids=["signed in", "signed out"])
def test_an_error_page_says_what_happened_what_was_kept_what_to_do_and_its_number(page, code, around):
    markup = Markup(page(f"errors/{code}.html", **around))
    words = markup.one("main").text
    assert markup.one("h1").text
    assert "7F3A-21C0-9B4E" in words
    assert markup.all("a", class_="btn-primary")
    kept = ("Nothing was", "not saved", "is safe")
    assert any(word in markup.one("p", data_what="").text for word in kept)
    assert "!" not in words
    assert "invalid" not in words.lower()
    assert code not in words, "no raw code for a person"


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_page_needs_nothing_to_be_shown(kit, code):
    assert Markup(kit.get_template(f"errors/{code}.html").render()).one("h1").text


def test_our_own_sentence_takes_the_place_of_the_general_one(page):
    markup = Markup(page("errors/409.html", sentence="Baraka Café was merged with another customer."))
    assert markup.one("p", data_what="").text.strip() == "Baraka Café was merged with another customer."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second,"), (45, "45 seconds"), (60, "1 minute,"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_the_wait_is_said_in_words(page, seconds, words):
    assert f"Wait {words}" in Markup(page("errors/429.html", retry_after=seconds)).one("p", data_what="").text
