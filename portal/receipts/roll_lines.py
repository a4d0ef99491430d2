"""The rows of a paper of 80 mm as lines of text (design: `roll.css`), in the order and words of the A4 one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from portal.fiscal.receipt import Receipt
from portal.fiscal.receipt_blocks import Figure as Amount
from portal.fiscal.receipt_blocks import ItemBlock, ScuBlock, TisBlock
from portal.receipts.a4_lines import TotalGroup
from portal.receipts.columns import Edge, Figure, Type, Words

# A page of 72 mm in pixels; figures end where the paper does, or under the letters of the tax table.
LEFT, INDENT, TAXABLE, RIGHT = 0, 11, 196, 272
BODY, STRONG, BOLD = Type(12.0), Type(16.0, bold=True), Type(12.0, bold=True)
LEAST_BETWEEN = 10.0


def item_text(item: ItemBlock) -> str | None:
    """An item in lines: its name, price by quantity with the amount, the discount; None when our font lacks its letters."""
    names = BODY.wrapped(f"{item.name} *svc*" if item.is_service else item.name, RIGHT)
    return None if names is None else "\n".join([*names, figures_of(item)])


def figures_of(item: ItemBlock) -> str:
    """Price by quantity with the amount, and the discount, without the name."""
    rows = list(_pair(f"{item.price} x {item.quantity}", item.amount, INDENT))
    if item.discount:
        rows += _pair(item.discount.caption, item.discount.amount, INDENT)
    return "\n".join(rows)


def total_groups(receipt: Receipt) -> list[TotalGroup]:
    """The totals in their order, the strong one apart."""
    groups = groupby(receipt.totals, key=lambda figure: figure.strong)
    return [TotalGroup(strong, "\n".join(_figures(list(group), STRONG if strong else BODY))) for strong, group in groups]


def paid_lines(receipt: Receipt) -> str:
    """Each tender with its amount, then the number of items."""
    word = [receipt.payment_word] if receipt.payment_word else []
    count = Amount(caption="ITEMS NUMBER", amount=str(receipt.items_number))
    return "\n".join([*word, *_figures([*receipt.payments, count], BODY)])


def tax_head() -> str:
    """The words above the columns of the tax table."""
    return BOLD.line([Words("Rate", LEFT), Edge("Taxable Amount", TAXABLE), Edge("VAT", RIGHT)])


def tax_lines(receipt: Receipt) -> str:
    """The rows of the tax table."""
    rows = receipt.tax_table
    return "\n".join(
        BODY.line([Words(f"{row.band} {row.rate}", LEFT), Figure(row.taxable, TAXABLE), Figure(row.tax, RIGHT)]) for row in rows
    )


def moment(block: ScuBlock | TisBlock) -> str:
    """Date and time at the two edges."""
    return BODY.line([Words(f"Date: {block.date}", LEFT), Edge(f"Time: {block.time}", RIGHT)])


def _figures(figures: list[Amount], font: Type) -> Iterator[str]:
    for figure in figures:
        yield from _pair(figure.caption, figure.amount, LEFT, font)


def _pair(caption: str, amount: str, at: float, font: Type = BODY) -> Iterator[str]:
    """A caption and its amount at the right edge: on one line, or the amount below the last line of the caption."""
    wide = font.width(amount) or RIGHT
    *over, last = font.wrapped(caption, RIGHT - at) or [caption.encode("ascii", "replace").decode()]
    lead = font.spaces(at) if at else ""
    yield from (lead + one for one in over)
    if at + (font.width(last) or RIGHT) + LEAST_BETWEEN + wide <= RIGHT:
        yield font.line([Words(last, at), Edge(amount, RIGHT)])
        return
    yield lead + last
    yield font.line([Edge(amount, RIGHT)])
