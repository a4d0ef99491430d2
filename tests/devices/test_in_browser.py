"""Set-up, branches and control units in a real browser: the page follows by itself, accessible, inside the screen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from werkzeug.serving import make_server

from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from tests.devices.newcomer import Newcomer, hurry, work
from tests.devices.steps import add_branch
from tests.support.simulator import SimulatorProcess

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
SIZES = pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
  .map(e => e.outerHTML.slice(0, 90))"""
Open = Callable[..., Page]


@pytest.fixture
def open_page(newcomer: Newcomer, browser: Browser) -> Iterator[Open]:
    """open_page("/setup", viewport=PHONE) opens a page of the owner; the console must stay quiet."""
    db.session.rollback()
    server = make_server("127.0.0.1", 0, newcomer.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    cookie = newcomer.client().get_cookie("session")
    assert cookie is not None
    contexts, said = [], []

    def opened(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=url, reduced_motion="reduce", **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(path)
        return tab

    yield opened
    for context in contexts:
        context.close()
    server.shutdown()
    thread.join()
    # A form that was refused answers 422, which the browser reports.
    assert not [words for words in said if "status of 422" not in words]


def run(newcomer: Newcomer) -> None:
    """What a worker does meanwhile."""
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        hurry()
        work()


def looked_at(tab: Page) -> None:
    """No violation of accessibility, nothing over the edge."""
    violations = [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:160]}"
        for rule in Axe().run(tab).response["violations"]
        for node in rule["nodes"]
    ]
    assert violations == []
    assert tab.evaluate(SIDEWAYS) == []


def test_each_step_comes_in_by_itself(newcomer: Newcomer, open_page: Open) -> None:
    tab = open_page("/setup", viewport=PHONE)
    expect(tab.get_by_text("0 of 5 done")).to_be_visible()
    run(newcomer)
    expect(tab.get_by_text("5 of 5 done")).to_be_visible(timeout=15_000)
    expect(tab.locator("#setup-said")).to_have_text("The control unit is ready.")
    expect(tab.get_by_text("Everything is ready.")).to_be_visible()
    expect(tab.get_by_text(re.compile("KRA says"))).to_be_visible()


def test_the_owner_copies_the_serial_and_says_that_it_is_done(
    newcomer: Newcomer, open_page: Open, simulator: SimulatorProcess
) -> None:
    simulator.control.options(approval_needed=True)
    tab = open_page("/setup", viewport=PHONE)
    run(newcomer)
    expect(tab.get_by_role("button", name="Copy the serial")).to_be_visible(timeout=15_000)
    simulator.control.approve()
    tab.get_by_role("button", name="I have done it").click()
    run(newcomer)
    expect(tab.get_by_text("5 of 5 done")).to_be_visible(timeout=15_000)


def test_a_branch_is_opened_without_javascript(newcomer: Newcomer, open_page: Open) -> None:
    run(newcomer)
    tab = open_page("/branches", viewport=PHONE, java_script_enabled=False)
    tab.get_by_role("link", name="Add a branch").click()
    tab.get_by_label("KRA branch code").fill("00")
    tab.get_by_role("button", name="Add branch").click()
    expect(tab.get_by_role("alert")).to_contain_text("00 is your head office")
    expect(tab).to_have_title(re.compile("^Error: "))
    tab.get_by_label("KRA branch code").fill("1")
    tab.get_by_label("Name of the branch").fill("Ngong Road")
    tab.get_by_role("button", name="Add branch").click()
    expect(tab.get_by_role("heading", name="Setting up Ngong Road")).to_be_visible()
    run(newcomer)
    tab.goto("/branches")
    expect(tab.get_by_text("2 branches, 2 signing.")).to_be_visible()


def test_a_connection_test_is_answered_on_the_page(newcomer: Newcomer, open_page: Open) -> None:
    run(newcomer)
    tab = open_page(f"/devices/{newcomer.device_id}", viewport=DESK)
    tab.get_by_role("button", name="Test the connection").click()
    expect(tab.get_by_text("Asking KRA.")).to_be_visible()
    run(newcomer)
    expect(tab.get_by_text("The connection works")).to_be_visible(timeout=10_000)


@SIZES
def test_every_state_is_accessible_and_inside_the_screen(
    newcomer: Newcomer, open_page: Open, simulator: SimulatorProcess, size: dict[str, int], theme: str
) -> None:
    simulator.control.options(approval_needed=True)
    run(newcomer)
    tab = open_page("/setup", viewport=size, color_scheme=theme)
    looked_at(tab)
    simulator.control.options(approval_needed=False)
    simulator.control.next("code:910", "item_classes")
    newcomer.client().post(f"/setup/{newcomer.device_id}/steps/initialise")
    run(newcomer)
    tab.goto("/setup")
    tab.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    looked_at(tab)
    newcomer.client().post(f"/setup/{newcomer.device_id}/steps/item_classes")
    run(newcomer)
    with newcomer.app.app_context(), acting_for(newcomer.tenant_id):
        for code, change in (("01", "status = 'lane_held'"), ("02", "last_contact_at = now() - interval '21 hours'")):
            device = text(f"UPDATE device SET {change} WHERE branch_id = :branch")
            branch_id = add_branch(code).id
            work()
            with transaction():
                db.session.execute(device, {"branch": branch_id})
        add_branch("03")
    pages = ("/setup", "/branches", "/branches/new", f"/branches/{newcomer.branch_id}/edit", f"/devices/{newcomer.device_id}")
    for path in pages:
        tab.goto(path)
        looked_at(tab)
