"""A Receipt value as the page that is printed: HTML without anything outside of itself."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.fiscal.labels import DocumentKind
from portal.fiscal.receipt import Receipt
from portal.infra import qr
from portal.receipts import a4_lines, roll_lines
from portal.receipts.sizes import PaperSize

LINES = {PaperSize.A4: a4_lines, PaperSize.ROLL: roll_lines}
TEMPLATES = Path(__file__).parents[2] / "templates" / "receipts" / "print"
# What could break the page or turn its reading direction: controls, lone surrogates, bidi marks, non-characters.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def page_of(receipt: Receipt, size: PaperSize) -> str:
    """The page of a receipt as HTML on that paper, for `portal.receipts.press`."""
    code = qr.draw(receipt.qr_url) if receipt.qr_url else None
    template = _environment().get_template(f"{size}.html")
    page = template.render(receipt=receipt, qr=code, title=title_of(receipt), lines=LINES[size])
    return UNPRINTABLE.sub("", page)


def a4_page(receipt: Receipt) -> str:
    """The A4 page of a receipt as HTML."""
    return page_of(receipt, PaperSize.A4)


def title_of(receipt: Receipt) -> str:
    """What the PDF is called in a reader's title bar: `Tax invoice INV-000105, Mfano Traders Limited`."""
    word = "Credit note" if receipt.label.kind is DocumentKind.CREDIT_NOTE else "Tax invoice"
    before = {"COPY": "Copy of ", "TRAINING": "Training: ", "PROFORMA": "Proforma of "}.get(receipt.label.designation or "")
    paper = f"{before}{word.lower()}" if before else word
    return f"{paper} {receipt.number.number}, {receipt.header.business_name}"


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment
