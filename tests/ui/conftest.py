"""The UI kit by itself: no app, no database."""

from collections.abc import Callable, Iterator

import jinja2
import pytest
from playwright.sync_api import Browser, Page

from tests.ui.environment import SHELL, build_environment
from tests.ui.markup import Markup
from tests.ui.site import Site

FAILED_REQUEST = ("Failed to load resource", "Response Status Error", "htmx:")


@pytest.fixture(scope="session")
def kit() -> jinja2.Environment:
    """Templates of the portal in a plain Jinja environment."""
    return build_environment()


@pytest.fixture(scope="session")
def draw(kit: jinja2.Environment) -> Callable[..., Markup]:
    """draw('{{ ui.field("name", "Name") }}') gives the markup of some components."""

    def drawn(source: str, **values: object) -> Markup:
        return Markup(kit.from_string('{% import "components/ui.html" as ui %}' + source).render(**values))

    return drawn


@pytest.fixture(scope="session")
def page(kit: jinja2.Environment) -> Callable[..., str]:
    """page("errors/404.html") gives a whole page, signed in unless person=None."""
    return lambda name, **values: kit.get_template(name).render(**{**SHELL, **values})


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(_site: Site) -> Site:
    """A small server without pages."""
    _site.forget()
    return _site


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    """An empty tab of a desk, whose console must stay quiet but for failed requests."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(5000)
    said: list[str] = []
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert [line for line in said if not line.startswith(FAILED_REQUEST)] == []


@pytest.fixture
def shown(kit: jinja2.Environment, site: Site, tab: Page) -> Callable[..., Page]:
    """shown('<form>…') opens a page of the portal with this content."""

    def opened(main: str, **values: object) -> Page:
        head = '{% extends "base.html" %}{% import "components/ui.html" as ui %}{% block title %}Test{% endblock %}'
        source = head + "{% block main %}<h1>Test</h1>" + main + "{% endblock %}"
        site.shows("/test", kit.from_string(source).render(**{**SHELL, **values}))
        tab.goto("/test")
        return tab

    return opened


@pytest.fixture
def fragment(kit: jinja2.Environment) -> Callable[..., str]:
    """fragment('{{ ui.field(…) }}') is the text of an htmx answer."""
    return lambda source, **values: kit.from_string('{% import "components/ui.html" as ui %}' + source).render(**values)
