"""Every component in a real browser: accessible, inside the screen, in both themes, under the real policy."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
  .map(e => e.outerHTML.slice(0, 90))"""
SMALL = """() => [...document.querySelectorAll('main a.btn, main button, main input:not([type=hidden]), main select, nav a')]
  .filter(e => e.offsetParent && !e.matches('.visually-hidden, .box'))
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 90))"""


@pytest.fixture
def gallery(browser: Browser, site, page, request) -> Iterator[Page]:
    """The gallery, with everything the console said."""
    options = {"viewport": DESK, "color_scheme": "light", "reduced_motion": "reduce"}
    options.update(getattr(request, "param", {}))
    site.shows("/gallery", page("gallery.html"))
    context = browser.new_context(**options)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(f"{site.url}/gallery")
    yield tab
    context.close()
    assert not said


def opened(browser: Browser, url: str, **options: object) -> Page:
    tab = browser.new_context(reduced_motion="reduce", **options).new_page()
    tab.goto(url)
    return tab


def violations(tab: Page) -> list[str]:
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:160]}"
        for rule in Axe().run(tab).response["violations"]
        for node in rule["nodes"]
    ]


@SIZES
@THEMES
def test_the_gallery_is_accessible_and_nothing_hangs_over_the_edge(browser, site, page, size, theme):
    site.shows("/gallery", page("gallery.html"))
    tab = opened(browser, f"{site.url}/gallery", viewport=size, color_scheme=theme)
    tab.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert violations(tab) == []
    assert tab.evaluate(SIDEWAYS) == []
    assert tab.evaluate(SMALL) == []
    tab.context.close()


@THEMES
def test_a_chosen_theme_wins_over_the_device(browser, site, page, theme):
    site.shows("/gallery", page("gallery.html", theme=theme))
    other = {"light": "dark", "dark": "light"}[theme]
    tab = opened(browser, f"{site.url}/gallery", viewport=PHONE, color_scheme=other)
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(250, 248, 243)", "dark": "rgb(19, 20, 18)"}[theme]
    assert violations(tab) == []
    tab.context.close()


@pytest.mark.parametrize("width", [320, 720], ids=["smallest phone", "desk at 200 %"])
def test_nothing_is_lost_when_little_room_is_left(browser, site, page, width):
    site.shows("/gallery", page("gallery.html"))
    tab = opened(browser, f"{site.url}/gallery", viewport={"width": width, "height": 450})
    assert tab.evaluate(SIDEWAYS) == []
    tab.context.close()


@pytest.mark.parametrize("code", ["404", "429", "500"])
@pytest.mark.parametrize("person", [{"name": "Grace Wanjiru"}, None], ids=["signed in", "signed out"])
@SIZES
def test_an_error_page_is_accessible(browser, site, page, code, person, size):
    site.shows("/error", page(f"errors/{code}.html", person=person), status=200)
    tab = opened(browser, f"{site.url}/error", viewport=size)
    assert violations(tab) == []
    assert tab.evaluate(SIDEWAYS) == []
    tab.context.close()


def test_the_browser_has_nothing_to_complain_about(gallery):
    assert gallery.title() == "Gallery – Mfano Traders – Risiti"  # the fixture reads the console at the end


def test_nothing_is_fetched_from_elsewhere_and_in_few_requests(browser, site, page):
    site.shows("/gallery", page("gallery.html"))
    tab = browser.new_context().new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{site.url}/gallery", wait_until="networkidle")
    assert {url.split("/")[2] for url in asked} == {site.url.split("/")[2]}
    assert len(asked) <= 8, asked
    tab.context.close()


@pytest.mark.parametrize("gallery", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_nothing_is_offered_that_would_do_nothing(gallery):
    assert gallery.locator(".js-only").count() > 0
    assert gallery.locator(".js-only:visible").count() == 0


@pytest.mark.parametrize("gallery", [{"viewport": PHONE, "java_script_enabled": False}], indirect=True)
def test_without_javascript_a_phone_can_still_filter(gallery):
    assert gallery.get_by_role("button", name="Filter").is_visible()


@pytest.mark.parametrize("gallery", [{"viewport": PHONE}], indirect=True)
def test_on_a_phone_the_bar_takes_the_place_of_the_tabs(gallery):
    assert gallery.locator(".bar").is_visible()
    assert not gallery.get_by_role("navigation", name="Main").is_visible()


@pytest.mark.parametrize("gallery", [{"viewport": PHONE}], indirect=True)
def test_the_bar_never_covers_the_focused_field(gallery):
    covered = gallery.evaluate("""() => [...document.querySelectorAll('main input:not([type=hidden]):not([type=file])')]
      .filter(e => e.offsetParent).filter(e => {
        e.focus();
        return e.getBoundingClientRect().bottom > document.querySelector('.bar').getBoundingClientRect().top + 1;
      }).map(e => e.id)""")
    assert covered == []


def test_on_paper_only_the_content_is_left(gallery):
    gallery.emulate_media(media="print")
    for part in (".side", ".bar", ".acts"):
        assert gallery.locator(f"{part}:visible").count() == 0
