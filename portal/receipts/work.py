"""What the rendering child can do: a page to a PDF, for a copy with its empty field.

It loads WeasyPrint: nothing else may import it.
"""

from __future__ import annotations

from typing import Any

from weasyprint.urls import FatalURLFetchingError

from portal.receipts.copy_field import with_field
from portal.receipts.render import Renderer
from portal.receipts.sizes import PaperSize

WARM_UP = (
    "<!doctype html><html lang='en'><head><title>Warm</title></head>"
    "<body><p>A<b>B</b></p><p class='stamp' id='stamp'></p></body></html>"
)


class Work:
    """The jobs by name; made once, with everything loaded that they will need."""

    fatal = FatalURLFetchingError

    def __init__(self) -> None:
        self._renderer = Renderer()
        for size in PaperSize:
            with_field(self._renderer.render(WARM_UP, size).pdf)

    def do(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to one message."""
        rendered = self._renderer.render(body.decode(), PaperSize(head["size_of_paper"]))
        pdf = with_field(rendered.pdf) if head["do"] == "render_body" else rendered.pdf
        return {"ok": True, "pages": rendered.pages}, pdf
