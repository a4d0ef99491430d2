"""Sign-up to log-out in Chromium: on a phone and on a desk, with and without JavaScript, light and dark."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.support.live import served

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)


@pytest.fixture(params=["phone", "phone without JavaScript", "desk in the dark"])
def tab(request: pytest.FixtureRequest, browser: Browser, app: Flask) -> Iterator[Page]:
    dark, script = "dark" in request.param, "without" not in request.param
    with served(app) as url:
        context = browser.new_context(
            base_url=url,
            viewport=DESK if dark else PHONE,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        page, said = context.new_page(), list[str]()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        context.close()
    assert [line for line in said if not line.startswith(EXPECTED)] == []


def looks_right(page: Page, scripted: bool) -> None:
    """Nothing stands beyond the right edge, and axe finds nothing."""
    if scripted:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()


def test_somebody_signs_up_looks_round_and_logs_out(tab: Page, request: pytest.FixtureRequest) -> None:
    scripted = "without" not in request.node.callspec.params["tab"]
    tab.goto("/sign-up")
    tab.get_by_role("button", name="Create account").click()
    expect(tab.get_by_role("alert")).to_contain_text("5 things to correct")
    expect(tab).to_have_title("Error: Create your account – Risiti")
    looks_right(tab, scripted)
    tab.get_by_label("Business name").fill("Mfano Traders Limited")
    tab.get_by_label("KRA PIN").fill("P051365947M")
    tab.get_by_label("Phone number").fill("0700 000 000")
    tab.get_by_label("Email").fill("grace.wanjiru@mfano.example")
    if scripted:
        expect(tab.get_by_text("This looks right. KRA checks it in the next step.")).to_be_visible()
    tab.get_by_label("Password", exact=True).fill("maji ni uhai wetu")
    tab.get_by_role("button", name="Create account").click()
    expect(tab).to_have_url(re.compile("/setup"))
    for path in ("/settings", "/people", "/more", "/account", "/switch", "/businesses/new"):
        tab.goto(path)
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        looks_right(tab, scripted)
    tab.goto("/account")
    tab.get_by_label("Your name").fill("Grace W. Mfano")
    tab.get_by_role("button", name="Save name").click()
    expect(tab.get_by_text("Your name is changed.")).to_be_visible()
    tab.goto("/more")
    tab.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(tab.get_by_text("You are logged out of this browser.")).to_be_visible()
    tab.go_back()
    tab.reload()
    expect(tab).to_have_url(re.compile("/login"))


def test_the_pages_of_visitors(tab: Page, request: pytest.FixtureRequest) -> None:
    scripted = "without" not in request.node.callspec.params["tab"]
    for path in ("/sign-up", "/login", "/login?expired=1", "/reset", "/reset?sent=1", "/reset/gone", "/privacy", "/nothing-here"):
        tab.goto(path)
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        looks_right(tab, scripted)


def test_the_password_can_be_looked_at(tab: Page, request: pytest.FixtureRequest) -> None:
    tab.goto("/login")
    field = tab.get_by_label("Password", exact=True)
    field.fill("maji ni uhai wetu")
    show = tab.get_by_role("button", name="Show")
    if "without" in request.node.callspec.params["tab"]:
        expect(show).to_be_hidden()
        return
    show.click()
    expect(field).to_have_attribute("type", "text")
    tab.get_by_role("button", name="Hide").click()
    expect(field).to_have_attribute("type", "password")
