"""Stock in the words of KRA: movements (code class 12), levels and shortages (COMPLIANCE §7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.fiscal.errors import FiscalError
from portal.fiscal.frozen import DocumentLine
from portal.fiscal.labels import DocumentKind
from portal.fiscal.money import format_quantity, plain


class StockError(FiscalError):
    """A movement that the stock cannot make."""


class MovementType(StrEnum):
    """Why goods came (01 to 06) or went (11 to 16), by KRA's code."""

    IMPORT = "01"
    PURCHASE = "02"
    RETURN_FROM_BUYER = "03"
    TRANSFER_IN = "04"
    PROCESSING_IN = "05"
    ADJUSTMENT_IN = "06"
    SALE = "11"
    RETURN_TO_SUPPLIER = "12"
    TRANSFER_OUT = "13"
    PROCESSING_OUT = "14"
    DISCARD = "15"
    ADJUSTMENT_OUT = "16"

    @property
    def is_incoming(self) -> bool:
        return self.value < "11"

    @property
    def caption(self) -> str:
        """The words people read."""
        return CAPTIONS[self]


CAPTIONS: Mapping[MovementType, str] = {
    MovementType.IMPORT: "Import",
    MovementType.PURCHASE: "Purchase",
    MovementType.RETURN_FROM_BUYER: "Returned by a customer",
    MovementType.TRANSFER_IN: "From another branch",
    MovementType.PROCESSING_IN: "Produced",
    MovementType.ADJUSTMENT_IN: "Adjustment up",
    MovementType.SALE: "Sale",
    MovementType.RETURN_TO_SUPPLIER: "Returned to the supplier",
    MovementType.TRANSFER_OUT: "To another branch",
    MovementType.PROCESSING_OUT: "Used in production",
    MovementType.DISCARD: "Discarded",
    MovementType.ADJUSTMENT_OUT: "Adjustment down",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """A quantity of one item that came or went; the quantity is positive, the type gives the direction."""

    type: MovementType
    quantity: Decimal

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity <= 0:
            raise StockError("A stock movement needs a quantity above 0.")

    @property
    def signed_quantity(self) -> Decimal:
        """What the movement adds to the level."""
        return self.quantity if self.type.is_incoming else -self.quantity


@dataclass(frozen=True, slots=True)
class Shortage:
    """An item of which more is wanted than there is."""

    item_id: str
    name: str
    on_hand: Decimal
    wanted: Decimal

    @property
    def sentence(self) -> str:
        return f"{self.name}: {format_quantity(self.on_hand)} in stock, {format_quantity(self.wanted)} wanted."


def level_after(level: Decimal, movement: Movement) -> Decimal:
    """The level once the movement is made; raises StockError when it would fall below 0."""
    after = level + movement.signed_quantity
    if after < 0:
        raise StockError(f"There is only {format_quantity(level)} in stock.")
    return plain(after)


def movement_of(kind: DocumentKind) -> MovementType:
    """The movement a signed document makes: a sale takes out, a credit note for returned goods brings back."""
    return MovementType.RETURN_FROM_BUYER if kind is DocumentKind.CREDIT_NOTE else MovementType.SALE


def goods_moved(lines: Iterable[DocumentLine]) -> dict[str, Decimal]:
    """The quantity of each item by its id; services have no stock and are left out."""
    moved: dict[str, Decimal] = {}
    for line in lines:
        if line.item_type.is_goods:
            moved[line.item_id] = plain(moved.get(line.item_id, Decimal(0)) + line.priced.quantity)
    return moved


def shortages(lines: Iterable[DocumentLine], on_hand: Mapping[str, Decimal]) -> tuple[Shortage, ...]:
    """The goods that cannot be sold for want of stock (TIS §6.29), in the order of the lines."""
    sold = tuple(lines)
    names = {line.item_id: line.name for line in sold}
    return tuple(
        Shortage(item_id, names[item_id], on_hand.get(item_id, Decimal(0)), wanted)
        for item_id, wanted in goods_moved(sold).items()
        if wanted > on_hand.get(item_id, Decimal(0))
    )


def count_difference(level: Decimal, counted: Decimal) -> Movement | None:
    """The adjustment that brings the level to what was counted, None when they agree."""
    if not counted.is_finite() or counted < 0:
        raise StockError("A count is 0 or more.")
    if counted == level:
        return None
    kind = MovementType.ADJUSTMENT_IN if counted > level else MovementType.ADJUSTMENT_OUT
    return Movement(kind, plain(abs(counted - level)))
