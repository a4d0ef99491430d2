"""A browser window that remembers what it asked for and what its console said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
# A form that came back with errors is answered with 422, which the browser reports by itself.
EXPECTED = "the server responded with a status of 422"
SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth)
  .map(one => one.outerHTML.slice(0, 120))"""


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at the portal."""

    size: dict[str, int]
    theme: str = "light"
    script: bool = True

    def __str__(self) -> str:
        size = "phone" if self.size is PHONE else "desk"
        return f"{size} {self.theme}{'' if self.script else ' without JavaScript'}"


@dataclass(slots=True)
class Window:
    """One page in a context of its own, with an empty cache."""

    page: Page
    look: Look
    url: str
    said: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def listen(self) -> None:
        """Remember the console and every request from now on."""
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and EXPECTED not in text:
            self.said.append(f"{text} ({self.page.url})")

    def has_nothing_to_complain_about(self) -> None:
        """The console is silent and nothing was asked of another host."""
        assert self.said == [], "\n".join(self.said)
        strangers = [request.url for request in self.asked if not request.url.startswith((f"{self.url}/", "data:", "blob:"))]
        assert strangers == [], strangers

    def is_well_made(self) -> None:
        """Nothing stands beyond the right edge, and axe finds nothing."""
        found = violations(self.page) if self.look.script else self._violations_in_a_twin()
        for problems in (self.page.evaluate(SIDEWAYS), found):
            assert problems == [], "\n".join([self.page.url, *problems])

    def _violations_in_a_twin(self) -> list[str]:
        """Axe is a script itself: it looks at the same page where scripts may run, and those of the portal are empty."""
        browser = self.page.context.browser
        assert browser is not None
        context = new_context(browser, self.url, replace(self.look, script=True))
        context.add_cookies(self.page.context.cookies())  # type: ignore[arg-type]
        context.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        twin = context.new_page()
        twin.goto(self.page.url)
        found = violations(twin)
        context.close()
        return found


def violations(page: Page) -> list[str]:
    """What axe has to say about the page, one line for each node."""
    found: list[dict[str, Any]] = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for rule in found for node in rule["nodes"]
    ]


OpenWindow = Callable[..., Window]


@contextmanager
def windows(browser: Browser, url: str) -> Iterator[OpenWindow]:
    """open_window(look, session=token) opens one; all are closed at the end."""
    contexts = []

    def opened(look: Look, session: str | None = None) -> Window:
        context = new_context(browser, url, look)
        contexts.append(context)
        if session is not None:
            context.add_cookies([{"name": "session", "value": session, "url": url}])
        window = Window(context.new_page(), look, url)
        window.listen()
        return window

    yield opened
    for context in contexts:
        context.close()


def new_context(browser: Browser, url: str, look: Look) -> BrowserContext:
    """A browser without cookies and without a cache."""
    context = browser.new_context(
        base_url=url,
        viewport=look.size,  # type: ignore[arg-type]
        color_scheme=look.theme,  # type: ignore[arg-type]
        java_script_enabled=look.script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context
