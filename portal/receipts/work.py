"""What the rendering child can do: a page to a PDF, a body to a copy. Loads WeasyPrint: never import it elsewhere."""

from __future__ import annotations

from typing import Any

from weasyprint.urls import FatalURLFetchingError

from portal.receipts.render import Renderer
from portal.receipts.stamp import stamped, with_stamp_font

WARM_UP = (
    "<!doctype html><html lang='en'><head><title>Warm</title></head>"
    "<body><p>A<b>B</b></p><p class='stamp' id='stamp'></p></body></html>"
)


class Work:
    """The jobs by name; made once, with everything loaded that they will need."""

    fatal = FatalURLFetchingError

    def __init__(self) -> None:
        self._renderer = Renderer()
        stamped(with_stamp_font(self._renderer.render(WARM_UP).pdf), 1, "")

    def do(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to one message."""
        if head["do"] == "stamp":
            return {"ok": True}, stamped(body, head["number"], head["printed_at"])
        rendered = self._renderer.render(body.decode())
        pdf = with_stamp_font(rendered.pdf) if head["do"] == "render_body" else rendered.pdf
        return {"ok": True, "pages": rendered.pages}, pdf
