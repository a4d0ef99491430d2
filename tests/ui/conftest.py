"""The components in a Jinja environment without Flask, and a small server that shows them under the real headers."""
import datetime
import threading
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jinja2
import pytest

ROOT = Path(__file__).parents[2]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


def amount(value: object) -> str:
    """1,234.50 with the typographic minus, as the portal's filter writes it."""
    return f"{Decimal(str(value)):,.2f}".replace("-", "−")


def build_environment(undefined: type[jinja2.Undefined] = jinja2.Undefined) -> jinja2.Environment:
    """Components, base pages and the gallery, with the globals and filters the portal promises them."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([ROOT / "templates", Path(__file__).parent / "templates"]),
        autoescape=True,
        undefined=undefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, number: one if number == 1 else many, newstyle=True
    )
    environment.globals.update(csrf_token=lambda: "token", static_url=lambda name: f"/static/{name}")
    environment.filters.update(
        amount=amount,
        money=lambda value: f"Ksh {amount(value)}".replace("Ksh −", "−Ksh "),
        quantity=lambda value: f"{Decimal(str(value)).normalize():f}",
        date=lambda value: f"{value:%-d %b %Y}",
    )
    return environment


@pytest.fixture(scope="session")
def kit() -> jinja2.Environment:
    """Strict: an argument that a macro forgets to default fails the test instead of drawing nothing."""
    return build_environment(jinja2.StrictUndefined)


@pytest.fixture(scope="session")
def draw(kit: jinja2.Environment):
    """draw("ui.field('name', 'Name')") gives the markup of one component."""
    return lambda call, **values: kit.from_string(
        '{% import "components/ui.html" as ui %}{{ ' + call + " }}"
    ).render(**values)


SHELL = {
    "current_business": "Mfano Traders", "current_branch": "Moi Avenue", "person": {"name": "Grace Wanjiru"},
    "request_id": "7F3A-21C0-9B4E", "today": datetime.date(2026, 11, 20),
    "nav": [
        {"label": "Home", "href": "/", "icon": "house", "active": True},
        {"label": "Invoices", "href": "/invoices", "icon": "receipt"},
        {"label": "Attention", "href": "/attention", "icon": "exclamation-triangle", "count": 3},
        {"label": "Items", "href": "/items", "icon": "box-seam", "where": "lg"},
        {"label": "Customers", "href": "/customers", "icon": "people", "where": "lg"},
        {"label": "Reports", "href": "/reports", "icon": "bar-chart"},
        {"label": "Branches", "href": "/branches", "icon": "shop", "where": "lg"},
        {"label": "Settings", "href": "/settings", "icon": "gear", "where": "lg"},
        {"label": "More", "href": "/more", "icon": "list", "where": "sm"},
    ],
    "banners": [{"kind": "wait", "title": "Sandbox", "text": "Nothing here is a tax document."}],
}


class Pages(SimpleHTTPRequestHandler):
    """Serves static/ from disk and everything else from a dict of (method, path) → (status, headers, body)."""

    answers: dict = {}

    def reply(self) -> None:
        """The prepared answer of this path, or 404."""
        if length := int(self.headers.get("Content-Length") or 0):
            self.rfile.read(length)
        path, _, query = self.path.partition("?")
        answer = self.answers.get((self.command, path))
        if answer is None:
            return self.send_error(404)
        if callable(answer):
            answer = answer(query)
        status, headers, text = answer
        content = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """A file below /static/, else a prepared answer."""
        return super().do_GET() if self.path.startswith("/static/") else self.reply()

    def do_POST(self) -> None:
        """A prepared answer."""
        self.reply()

    def end_headers(self) -> None:
        """Each answer carries the policy of the product."""
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Site:
    """A server on a free port; a test puts its answers in."""

    def __init__(self) -> None:
        self.answers: dict = {}
        handler = type("Handler", (Pages,), {"answers": self.answers, "extensions_map": {
            ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png",
            ".webmanifest": "application/manifest+json", "": "application/octet-stream"}})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(ROOT)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def shows(self, path: str, text: str, status: int = 200, method: str = "GET", **headers: str) -> None:
        """From now on this path answers with this text."""
        self.answers[method, path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The small server, gone after the module."""
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()
