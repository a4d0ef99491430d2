"""The rows of an A4 paper as lines of text: items, totals and the tax table (design: `a4.css`)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from portal.fiscal.receipt import Receipt
from portal.fiscal.receipt_blocks import Figure as Amount
from portal.fiscal.receipt_blocks import ItemBlock, TaxRow
from portal.receipts.columns import Cell, Figure, Type, Words
from portal.receipts.units import unit_word

# Where columns begin (words) and digits end (figures), in pixels of a page of 680; band letters stick out at the right.
NUMBER, NAME, KIND, QUANTITY, UNIT, PRICE, AMOUNT = 0, 34, 316, 424, 434, 556, 652
NAME_WIDTH = 272.0
RATE, TAXABLE, TOTALS, PAGE = 200, 470, 356, 680
BODY, SMALL, STRONG = Type(12.0), Type(10.0), Type(16.0, bold=True)


@dataclass(frozen=True, slots=True)
class ItemLines:
    """One item: its lines; `above` is a name in a script that our font lacks, on a line of its own."""

    above: str | None
    text: str


@dataclass(frozen=True, slots=True)
class TotalGroup:
    """Totals that are printed alike, one under the other."""

    strong: bool
    text: str


def item_head() -> str:
    """The words above the columns of the items."""
    return SMALL.line(
        [
            Words("#", NUMBER), Words("Description", NAME), Words("Type", KIND), Figure("Qty", QUANTITY),
            Words("Unit", UNIT), Figure("Unit price", PRICE), Figure("Amount", AMOUNT),
        ]
    )  # fmt: skip


def item_lines(item: ItemBlock) -> ItemLines:
    """An item: its name and code, its figures beside the last line of them, its discount under it."""
    names, above = _names(item)
    number: list[Cell] = [] if above else [Words(str(item.number), NUMBER)]
    figures: list[Cell] = [
        Words(item.type_word, KIND), Figure(item.quantity, QUANTITY), Words(unit_word(item.unit), UNIT),
        Figure(item.price, PRICE), Figure(item.amount, AMOUNT),
    ]  # fmt: skip
    rows: list[list[Cell]] = [[Words(name, NAME)] for name in names]
    rows[0] = [*number, *rows[0]]
    rows[-1] = [*rows[-1], *figures]
    return ItemLines(above, "\n".join([*map(BODY.line, rows), *_discount(item)]))


def total_groups(receipt: Receipt) -> list[TotalGroup]:
    """The totals in their order, the strong one apart; their amounts stand under those of the items."""
    groups = groupby(receipt.totals, key=lambda figure: figure.strong)
    return [TotalGroup(strong, "\n".join(_total_line(figure) for figure in group)) for strong, group in groups]


def paid_lines(receipt: Receipt) -> str:
    """Each tender with its amount, and the number of items at the right of the last."""
    lines = [figure.caption + " " + figure.amount for figure in receipt.payments]
    *over, last = [receipt.payment_word, *lines] if receipt.payment_word else lines or [""]
    return "\n".join([*over, BODY.line([Words(last, NUMBER), Figure(f"ITEMS NUMBER {receipt.items_number}", PAGE)])])


def tax_head() -> str:
    """The words above the columns of the tax table."""
    cells = (Words("Tax category", NUMBER), Words("Rate", RATE), Figure("Taxable amount", TAXABLE), Figure("VAT", AMOUNT))
    return SMALL.line(cells)


def tax_lines(receipt: Receipt) -> str:
    """The rows of the tax table, one under the other."""
    return "\n".join(_tax_line(row) for row in receipt.tax_table)


def _total_line(figure: Amount) -> str:
    if figure.strong:
        return STRONG.line([Words(figure.caption, NUMBER), Figure(figure.amount, AMOUNT - TOTALS)])
    return BODY.line([Words(figure.caption, TOTALS), Figure(figure.amount, AMOUNT)])


def _tax_line(row: TaxRow) -> str:
    category = f"{row.band} {row.category}"
    return BODY.line([Words(category, NUMBER), Words(row.rate, RATE), Figure(row.taxable, TAXABLE), Figure(row.tax, AMOUNT)])


def _names(item: ItemBlock) -> tuple[list[str], str | None]:
    """The lines of the name with the item's code at their end; or the code alone, and what has to stand above it."""
    code = item.code or ""
    wrapped = BODY.wrapped(item.name, NAME_WIDTH)
    if wrapped is None:
        return [code], BODY.line([Words(str(item.number), NUMBER), Words("", NAME)]) + item.name
    with_code = wrapped[-1] + "   " + code if code else wrapped[-1]
    if (BODY.width(with_code) or 0) <= NAME_WIDTH:
        return [*wrapped[:-1], with_code], None
    return [*wrapped, code], None


def _discount(item: ItemBlock) -> list[str]:
    if item.discount is None:
        return []
    *over, last = BODY.wrapped(item.discount.caption, AMOUNT - NAME - 100.0) or ["discount"]
    return [
        *(BODY.line([Words(one, NAME)]) for one in over),
        BODY.line([Words(last, NAME), Figure(item.discount.amount, AMOUNT)]),
    ]
