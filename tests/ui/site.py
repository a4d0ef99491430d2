"""A small server that shows prepared pages under the portal's own content security policy."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from tests.ui.environment import ROOT

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    "": "application/octet-stream",
}


class Handler(SimpleHTTPRequestHandler):
    """static/ from disk, everything else from the answers of the site."""

    extensions_map = TYPES
    site: "Site"

    def do_GET(self) -> None:
        """A file below /static/, else a prepared answer."""
        if self.path.startswith("/static/"):
            super().do_GET()
        else:
            self.answer("")

    def do_POST(self) -> None:
        """A prepared answer; what was sent is kept for the test."""
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def answer(self, body: str) -> None:
        """The next prepared answer of this path, or 404; the last one stays."""
        path, _, query = self.path.partition("?")
        self.site.asked.append((self.command, path, query or body))
        waiting = self.site.answers.get((self.command, path), [(404, {}, "")])
        status, headers, text = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if status == 0:  # the connection drops without an answer
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        content = text.encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Every answer carries the policy."""
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Site:
    """A server on a free port; a test puts its pages in and reads what was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[tuple[int, dict[str, str], str]]] = {}
        self.asked: list[tuple[str, str, str]] = []
        handler = type("SiteHandler", (Handler,), {"site": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(ROOT)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def shows(self, path: str, text: str = "", status: int = 200, method: str = "GET", **headers: str) -> None:
        """This path answers so; called again, the answers come one after the other."""
        answer = (status, {name.replace("_", "-"): value for name, value in headers.items()}, text)
        self.answers.setdefault((method, path), []).append(answer)

    def forget(self) -> None:
        """Empty for the next test."""
        self.answers.clear()
        self.asked.clear()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
