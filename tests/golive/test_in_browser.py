"""Taking a business along, and the password before an act that cannot be undone, in a real browser without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from portal.infra.db import db
from portal.infra.tenancy import acting_for_nobody
from tests.browser.window import PHONE, Look, OpenWindow, windows
from tests.catalogue.shop import Shop
from tests.golive.test_going_live import exported, practice, real
from tests.support.live import served
from tests.support.people import PASSWORD, person_with_password
from tests.support.world import Business

pytestmark = pytest.mark.browser
__all__ = ["practice", "real"]
PLAIN = Look(PHONE, "light", script=False)


@pytest.fixture
def open_window(app: Flask, browser: Browser) -> Iterator[OpenWindow]:
    """Opens windows on this app."""
    with served(app) as url, windows(browser, url) as opened:
        yield opened


def session_of(business: Business) -> str:
    cookie = business.client().get_cookie("session")
    assert cookie is not None
    return cookie.value


def test_a_file_is_looked_at_and_taken_over(practice: Business, real: Shop, open_window: OpenWindow) -> None:
    window = open_window(PLAIN, session_of(real.business))
    page = window.page
    page.goto("/going-live")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the file that you exported")
    data = exported(practice)
    file = {"name": "risiti-business.json", "mimeType": "application/json", "buffer": data}
    page.get_by_label("The file you exported").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("File from your practice portal")
    expect(page.get_by_text("Sugar 1kg")).to_be_visible()
    window.is_well_made()
    page.get_by_role("button", name="Take all of it over").click()
    expect(page.get_by_text("This is done")).to_be_visible()
    page.get_by_role("link", name="See the items").click()
    expect(page.get_by_text("Haircut")).to_be_visible()


def test_the_password_is_asked_for_and_the_act_goes_on(app: Flask, real: Shop, open_window: OpenWindow) -> None:
    person_with_password(app, real.business.owner_id)
    window = open_window(PLAIN, session_of(real.business))
    with app.app_context(), acting_for_nobody():
        db.session.execute(text("UPDATE person_session SET password_at = now() - interval '16 minutes'"))
        db.session.commit()
    page = window.page
    page.goto(f"/devices/{real.business.device_id}/replace")
    page.get_by_role("button", name="Change to OSCU").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    window.is_well_made()
    page.get_by_label("Your password", exact=True).fill("not this one")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not your password")
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Setting up")
