"""HTML to PDF with WeasyPrint: our own fonts and nothing else from anywhere (`RELIABILITY.md` §13).

Only the rendering child imports this module: WeasyPrint takes seconds to load and its text library may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

FONTS = Path(__file__).parent / "fonts"
STYLE = Path(__file__).parents[2] / "templates" / "receipts" / "print" / "a4.css"
FONT_FILES = {
    "asset:sans": "LiberationSans-Regular.ttf",
    "asset:sans-bold": "LiberationSans-Bold.ttf",
    "asset:mono": "LiberationMono-Regular.ttf",
}


class OnlyOurs(URLFetcher):
    """Gives our own assets by name and refuses every other address, which ends the rendering."""

    def __init__(self, assets: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.assets = assets

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The asset of that name; raises FatalURLFetchingError for anything else."""
        if url not in self.assets:
            raise FatalURLFetchingError(f"refused {url[:80]!r}")
        data, mime = self.assets[url]
        return URLFetcherResponse(url, data, {"Content-Type": mime})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF and how many pages it has."""

    pdf: bytes
    pages: int


class Renderer:
    """Renders page after page with fonts and style loaded once."""

    def __init__(self) -> None:
        self.fetcher = OnlyOurs({name: ((FONTS / file).read_bytes(), "font/ttf") for name, file in FONT_FILES.items()})
        self.fonts = FontConfiguration()

    @cached_property
    def style(self) -> CSS:
        """The style of A4 papers."""
        return CSS(string=STYLE.read_text(encoding="utf-8"), font_config=self.fonts, url_fetcher=self.fetcher)

    def render(self, page: str) -> Rendered:
        """The tagged PDF of a page; raises FatalURLFetchingError (a BaseException) when it asks for anything outside."""
        document = HTML(string=page, url_fetcher=self.fetcher).render(
            font_config=self.fonts, stylesheets=[self.style], pdf_tags=True
        )
        pdf = document.write_pdf(pdf_tags=True)
        assert pdf is not None
        return Rendered(pdf, len(document.pages))
