"""HTML to PDF with WeasyPrint: our own fonts and nothing else from anywhere (`RELIABILITY.md` §13).

Only the rendering child imports this module: WeasyPrint takes seconds to load and its text library may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weasyprint import CSS, HTML, Page
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.receipts.sizes import PaperSize

FONTS = Path(__file__).parent / "fonts"
STYLES = Path(__file__).parents[2] / "templates" / "receipts" / "print"
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
        self._styles: dict[PaperSize, CSS] = {}

    def render(self, page: str, size: PaperSize = PaperSize.A4) -> Rendered:
        """The tagged PDF of a page; raises FatalURLFetchingError (a BaseException) when it asks for anything outside."""
        document = HTML(string=page, url_fetcher=self.fetcher).render(
            font_config=self.fonts, stylesheets=[self._style(size)], pdf_tags=True
        )
        if size is PaperSize.ROLL:
            _cut(document.pages[-1])
        pdf = document.write_pdf(pdf_tags=True)
        assert pdf is not None
        return Rendered(pdf, len(document.pages))

    def _style(self, size: PaperSize) -> CSS:
        """The style of a paper, read once."""
        if size not in self._styles:
            text = (STYLES / f"{size}.css").read_text(encoding="utf-8")
            self._styles[size] = CSS(string=text, font_config=self.fonts, url_fetcher=self.fetcher)
        return self._styles[size]


def _cut(page: Page) -> None:
    """Let a page of the roll end where its text does, and one margin below.

    Laying it out a second time at that height would cost as much again; the height alone says where the sheet ends.
    """
    box = page._page_box
    end = max(child.position_y + child.margin_height() for child in box.children)
    page.height = min(page.height, float(end + box.margin_bottom))
