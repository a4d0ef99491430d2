"""The pages beside the API in Chromium: on a phone, on a desk in the dark, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser.window import DESK, PHONE, Look, OpenWindow, windows
from tests.support.live import served
from tests.support.program import Program
from tests.support.world import new_business

pytestmark = pytest.mark.browser
LOOKS = [Look(PHONE), Look(DESK, "dark"), Look(PHONE, script=False)]


@pytest.fixture
def open_window(browser: Browser, app: Flask) -> Iterator[OpenWindow]:
    with served(app) as url, windows(browser, url) as opened:
        yield opened


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_description_is_read(open_window: OpenWindow, look: Look) -> None:
    window = open_window(look)
    window.page.goto("/api/docs")
    window.page.get_by_role("link", name="POST /api/v1/invoices", exact=True).click()
    expect(window.page.get_by_role("heading", name="POST /api/v1/invoices", exact=True)).to_be_in_viewport()
    window.page.locator("#post-api-v1-invoices summary").first.click()
    expect(window.page.get_by_text("lines[].item", exact=True).first).to_be_visible()
    if look.script:
        window.is_well_made()
    window.has_nothing_to_complain_about()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_vat_is_worked_out(open_window: OpenWindow, look: Look) -> None:
    window = open_window(look)
    window.page.goto("/tax-calculator")
    window.page.get_by_label("Unit price").fill("5,800")
    window.page.get_by_role("button", name="Add a line").click()
    window.page.get_by_label("Unit price").nth(1).fill("1oo")
    window.page.get_by_role("button", name="Work it out").click()
    expect(window.page.get_by_role("alert").first).to_contain_text("figures")
    if look.script:
        window.is_well_made()
    window.page.get_by_label("Unit price").nth(1).fill("200")
    window.page.get_by_role("button", name="Work it out").click()
    expect(window.page.get_by_text("Ksh 6,000.00")).to_be_visible()
    if look.script:
        window.is_well_made()
    window.has_nothing_to_complain_about()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_token_is_made_copied_and_revoked(open_window: OpenWindow, look: Look, app: Flask) -> None:
    cookie = new_business(app).client().get_cookie("session")
    assert cookie is not None
    window = open_window(look, session=cookie.value)
    window.page.goto("/settings")
    window.page.get_by_role("link", name="API tokens").click()
    window.page.get_by_role("button", name="Make a token").click()
    expect(window.page.get_by_role("alert").first).to_contain_text("Till 2")
    window.page.get_by_label("What will use it").fill("Till 2")
    window.page.get_by_role("button", name="Make a token").click()
    token = window.page.locator("#token").inner_text()
    if look.script:
        window.is_well_made()
    assert Program(app, token).get("/customers").status_code == 200
    window.page.get_by_role("button", name="Revoke").click()
    expect(window.page.get_by_text("No tokens yet")).to_be_visible()
    assert Program(app, token).get("/customers").status_code == 401
    window.has_nothing_to_complain_about()
