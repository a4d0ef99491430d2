"""A receipt as journal text of 48 columns, the width of font A on 80 mm paper (RECEIPTS §10 a)."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from portal.fiscal.receipt import Receipt
from portal.fiscal.receipt_blocks import Figure, ItemBlock, ScuBlock, TaxRow, TisBlock

WIDTH = 48
RULE = "-" * WIDTH
TAXABLE_ENDS_AT = 30


@dataclass(frozen=True, slots=True)
class TextLine:
    """A printed line and its style: double is twice as wide and high, logo and qr stand for pictures."""

    text: str
    style: Literal["plain", "double", "logo", "qr"] = "plain"


def receipt_text(receipt: Receipt) -> str:
    """The journal text, lines ended by a line feed, none with blanks at its end."""
    return "".join(f"{line.text}\n" for line in text_lines(receipt))


def text_lines(receipt: Receipt) -> tuple[TextLine, ...]:
    """The lines in the order of RECEIPTS §2 and §8."""
    blocks = (
        (*_header(receipt), TextLine(RULE), *_marks(receipt)),
        _plain(_original(receipt)),
        _plain(_buyer(receipt)),
        _plain(line for item in receipt.items for line in _item(item)),
        _plain(line for figure in receipt.totals for line in _figure(figure)),
        _plain(_payments(receipt)),
        _plain(_tax_table(receipt.tax_table)),
        (*_plain(_scu(receipt.scu)), *_qr(receipt)),
        _plain(_tis(receipt.tis)),
        _plain(_closing(receipt)),
    )
    return tuple(_ruled(blocks))


def _ruled(blocks: tuple[tuple[TextLine, ...], ...]) -> Iterator[TextLine]:
    """The blocks with a rule between them; the header brings its own, and an empty block is no block."""
    header, *others = blocks
    yield from header
    filled = [block for block in others if block]
    for index, block in enumerate(filled):
        if index:
            yield TextLine(RULE)
        yield from block


def _header(receipt: Receipt) -> Iterator[TextLine]:
    header = receipt.header
    yield from _plain(_centred(receipt.environment_band))
    yield TextLine(_centre("[KRA logo]"), "logo")
    yield from _plain(_centred(header.business_name))
    yield from _plain(_centred(f"(t/a {header.trade_name})" if header.trade_name else None))
    yield from _plain(_centred(header.address))
    yield from _plain(_centred(f"PIN: {header.pin}"))
    yield from _plain(_centred(header.title))
    yield from _plain(_centred(header.message))


def _marks(receipt: Receipt) -> Iterator[TextLine]:
    """Each mark whole on one line, so that the journal can be searched; a printer breaks it at half the columns."""
    for mark in receipt.marks:
        yield TextLine(_centre(mark), "double")


def _original(receipt: Receipt) -> Iterator[str]:
    if receipt.original is None:
        return
    yield from _captioned(receipt.original.caption, receipt.original.number)
    yield from _captioned("Original date", receipt.original.date)
    yield from _wrapped(receipt.original.sentence)
    yield from _captioned("Reason", receipt.original.reason)


def _buyer(receipt: Receipt) -> Iterator[str]:
    yield from _captioned("Buyer PIN", receipt.buyer.pin)
    yield from _captioned("Buyer", receipt.buyer.name)
    yield from _captioned(receipt.number.caption, receipt.number.number)


def _item(item: ItemBlock) -> Iterator[str]:
    yield from _wrapped(f"{item.name} *svc*" if item.is_service else item.name)
    yield from _justified(f"  {item.price} x {item.quantity}", item.amount)
    if item.discount:
        yield from _justified(f"  {item.discount.caption}", item.discount.amount)


def _figure(figure: Figure) -> Iterator[str]:
    yield from _justified(figure.caption, figure.amount)


def _payments(receipt: Receipt) -> Iterator[str]:
    if receipt.payment_word:
        yield receipt.payment_word
    for figure in receipt.payments:
        yield from _figure(figure)
    yield from _justified("ITEMS NUMBER", str(receipt.items_number))


def _tax_table(rows: tuple[TaxRow, ...]) -> Iterator[str]:
    if rows:
        yield from _tax_columns("Rate", "Taxable Amount", "VAT")
    for row in rows:
        yield from _tax_columns(f"{row.band} {row.rate}", row.taxable, row.tax)


def _tax_columns(rate: str, taxable: str, tax: str) -> Iterator[str]:
    left = f"{rate} {taxable.rjust(TAXABLE_ENDS_AT - len(rate) - 1)}"
    yield from _justified(left, tax)


def _scu(scu: ScuBlock) -> Iterator[str]:
    yield _centre("SCU INFORMATION")
    if scu.date and scu.time:
        yield from _justified(f"Date: {scu.date}", f"Time: {scu.time}")
    if scu.sdc_id:
        yield from _captioned("SCU ID", scu.sdc_id)
    if scu.cu_invoice_number:
        yield from _captioned("CU INVOICE NO.", scu.cu_invoice_number)
    yield from _captioned("RECEIPT COUNTER", scu.counter)
    if scu.internal_data is not None:
        yield "Internal Data:"
        yield from _indented(scu.internal_data)
    if scu.signature is not None:
        yield "Receipt Signature:"
        yield from _indented(scu.signature)


def _qr(receipt: Receipt) -> Iterator[TextLine]:
    if receipt.qr_url:
        yield TextLine(_centre("[ QR code, >= 25 mm ]"), "qr")
        yield TextLine(_centre(receipt.qr_caption))


def _tis(tis: TisBlock) -> Iterator[str]:
    yield _centre("TIS INFORMATION")
    yield from _captioned("RECEIPT NUMBER", tis.number)
    yield from _justified(f"Date: {tis.date}", f"Time: {tis.time}")
    if tis.copy:
        yield from _captioned("COPY NUMBER", tis.copy.number)
        yield from _captioned("Copy printed", tis.copy.printed_at)


def _closing(receipt: Receipt) -> Iterator[str]:
    yield from _centred(receipt.message)
    yield from _centred(receipt.closing)


def _plain(lines: Iterator[str]) -> tuple[TextLine, ...]:
    return tuple(TextLine(line.rstrip()) for line in lines)


def _centre(text: str) -> str:
    return " " * ((WIDTH - len(text)) // 2) + text


def _centred(text: str | None) -> Iterator[str]:
    for line in textwrap.wrap(text or "", WIDTH):
        yield _centre(line)


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH)


def _captioned(caption: str, value: str) -> Iterator[str]:
    """ "caption: value", the value kept whole as long as the paper is wide enough."""
    yield from textwrap.wrap(f"{caption}: {value}", WIDTH, break_on_hyphens=False)


def _indented(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ") or [""]


def _justified(left: str, right: str) -> Iterator[str]:
    """Left and right on one line, or the right one below when both do not fit."""
    if len(left) + 1 + len(right) <= WIDTH:
        yield left + right.rjust(WIDTH - len(left))
        return
    yield from textwrap.wrap(left, WIDTH, subsequent_indent="  ", drop_whitespace=True) if len(left) > WIDTH else [left]
    yield right.rjust(WIDTH)
