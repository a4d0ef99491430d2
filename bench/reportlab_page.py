"""The floor of P1: the texts, rules and QR code of an A4 receipt, drawn with reportlab where they go, without any layout."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from portal.fiscal.receipt import Receipt
from portal.receipts.units import unit_word

FONTS = Path(__file__).parents[1] / "portal" / "receipts" / "fonts"
LEFT, RIGHT, TOP, BOTTOM = 15 * mm, A4[0] - 15 * mm, A4[1] - 12 * mm, 20 * mm
COLUMNS = (LEFT, LEFT + 8 * mm, LEFT + 69 * mm, LEFT + 103 * mm, LEFT + 105 * mm, LEFT + 148 * mm, RIGHT)
END_HEIGHT = 100 * mm  # what the totals, the tax table and the SCU block need together


def load_fonts() -> None:
    for name, file in (("Sans", "LiberationSans-Regular"), ("Bold", "LiberationSans-Bold"), ("Mono", "LiberationMono-Regular")):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{file}.ttf"))


class Page:
    """A canvas with a pen that goes down the page, and to the next one at its end."""

    def __init__(self) -> None:
        self.out = BytesIO()
        self.canvas = Canvas(self.out, pagesize=A4, pageCompression=1)
        self.y = TOP
        self.page = 1
        self.foot()

    def foot(self) -> None:
        self.canvas.setFont("Sans", 8)
        self.canvas.drawCentredString(A4[0] / 2, 8 * mm, f"Page {self.page}")

    def next(self) -> None:
        self.canvas.showPage()
        self.page, self.y = self.page + 1, TOP
        self.foot()

    def line(self, text: str, font: str = "Sans", size: float = 9, down: float = 12, x: float = LEFT) -> None:
        self.y -= down
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.y, text)

    def right(self, text: str, x: float = RIGHT, font: str = "Sans", size: float = 9) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawRightString(x, self.y, text)

    def rule(self, width: float = 0.8, gap: float = 4) -> None:
        self.y -= gap
        self.canvas.setLineWidth(width)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)


def draw(receipt: Receipt, matrix: list[list[bool]]) -> bytes:
    """The PDF of the receipt; `matrix` is its QR code, made before as the portal does."""
    page = Page()
    _head(page, receipt, matrix)
    _items(page, receipt)
    _end(page, receipt)
    page.canvas.save()
    return page.out.getvalue()


def _head(page: Page, receipt: Receipt, matrix: list[list[bool]]) -> None:
    side = 34 * mm / len(matrix)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                page.canvas.rect(RIGHT - 34 * mm + column * side, TOP - (row + 1) * side, side, side, stroke=0, fill=1)
    page.canvas.rect(LEFT, TOP - 9 * mm, 24 * mm, 9 * mm)
    page.line("KRA", "Bold", 13, 18, LEFT + 12)
    page.line(receipt.header.business_name, "Bold", 14, 30)
    page.line(f"(t/a {receipt.header.trade_name})")
    page.line(f"{receipt.header.address}   Tel {receipt.header.phone}")
    page.line(f"PIN: {receipt.header.pin}", "Bold")
    page.y = TOP - 40 * mm
    page.right(receipt.qr_caption, size=7.5)
    page.rule(1.4)
    page.line(receipt.header.title, "Bold", 19, 22, A4[0] / 2 - 60)
    page.rule(1.4, 8)
    page.line(receipt.header.message or "", x=A4[0] / 2 - 30)
    page.line("INVOICE                    BUYER                   SUPPLIER / BRANCH", size=7.5, down=18)
    page.line(f"{receipt.number.caption}: {receipt.number.number}")
    page.canvas.drawString(LEFT + 62 * mm, page.y, receipt.buyer.name)
    page.canvas.drawString(LEFT + 122 * mm, page.y, f"Branch: {receipt.header.branch}")
    page.line(f"Invoice date: {receipt.number.date}")
    page.canvas.drawString(LEFT + 62 * mm, page.y, f"Buyer PIN: {receipt.buyer.pin}")
    page.canvas.drawString(LEFT + 122 * mm, page.y, f"SCU ID: {receipt.scu.sdc_id}")


def _items(page: Page, receipt: Receipt) -> None:
    page.rule()
    _columns(page, ("#", "Description", "Type", "Qty", "Unit", "Unit price", "Amount"))
    page.rule()
    for item in receipt.items:
        if page.y < BOTTOM + 40:
            page.next()
            _columns(page, ("#", "Description", "Type", "Qty", "Unit", "Unit price", "Amount"))
        name = f"{item.name}  {item.code or ''}"
        unit = unit_word(item.unit)
        _columns(page, (str(item.number), name, item.type_word, item.quantity, unit, item.price, item.amount))
        if item.discount:
            page.line(item.discount.caption, x=COLUMNS[1])
            page.right(item.discount.amount)
        page.rule(0.3)


def _columns(page: Page, texts: tuple[str, ...]) -> None:
    page.y -= 13
    page.canvas.setFont("Sans", 9)
    for place, (text, x) in enumerate(zip(texts, COLUMNS, strict=True)):
        if place in (3, 5, 6):
            page.canvas.drawRightString(x, page.y, text)
        else:
            page.canvas.drawString(x, page.y, text)


def _end(page: Page, receipt: Receipt) -> None:
    if page.y - END_HEIGHT < BOTTOM:
        page.next()
    for figure in receipt.totals:
        font, size = ("Bold", 12) if figure.strong else ("Sans", 9)
        page.line(figure.caption, font, size, x=LEFT + 92 * mm)
        page.right(figure.amount, font=font, size=size)
    page.rule()
    for payment in receipt.payments:
        page.line(f"{payment.caption} {payment.amount}")
    page.right(f"ITEMS NUMBER {receipt.items_number}")
    page.rule()
    for row in receipt.tax_table:
        page.line(f"{row.band} {row.category}")
        page.canvas.drawString(LEFT + 50 * mm, page.y, row.rate)
        page.right(row.taxable, LEFT + 140 * mm)
        page.right(row.tax)
    page.rule()
    scu, tis, top = receipt.scu, receipt.tis, page.y
    page.line("SCU INFORMATION", "Bold")
    for text in (
        f"Date: {scu.date}   Time: {scu.time}",
        f"SCU ID: {scu.sdc_id}",
        f"CU INVOICE NO.: {scu.cu_invoice_number}",
        f"RECEIPT COUNTER: {scu.counter}",
    ):
        page.line(text)
    page.line(f"Internal Data: {scu.internal_data}", "Mono", 8.5)
    page.line(f"Receipt Signature: {scu.signature}", "Mono", 8.5)
    lowest, page.y = page.y, top
    page.line("TIS INFORMATION", "Bold", x=LEFT + 117 * mm)
    page.line(f"RECEIPT NUMBER: {tis.number}", x=LEFT + 117 * mm)
    page.line(f"Date: {tis.date}   Time: {tis.time}", x=LEFT + 117 * mm)
    page.y = lowest
    page.rule()
    page.line(receipt.message or "", x=A4[0] / 2 - 40)
    page.line(receipt.closing or "", "Bold", x=A4[0] / 2 - 50)
