"""Stock movements in KRA's codes, and the goods that cannot be sold because they are not there."""

from decimal import Decimal

import pytest

from portal.fiscal.labels import DocumentKind
from portal.fiscal.stock import (
    Movement,
    MovementType,
    StockError,
    count_difference,
    goods_moved,
    level_after,
    movement_of,
    shortages,
)
from tests.fiscal.examples import mixed_sale


def test_01_to_06_come_in_and_11_to_16_go_out():
    assert [kind.value for kind in MovementType if kind.is_incoming] == ["01", "02", "03", "04", "05", "06"]
    assert [kind.value for kind in MovementType if not kind.is_incoming] == ["11", "12", "13", "14", "15", "16"]
    assert len({kind.caption for kind in MovementType}) == 12


def test_a_sale_takes_out_and_returned_goods_come_back():
    assert movement_of(DocumentKind.SALE) is MovementType.SALE
    assert movement_of(DocumentKind.CREDIT_NOTE) is MovementType.RETURN_FROM_BUYER
    assert level_after(Decimal(10), Movement(MovementType.SALE, Decimal("2.5"))) == Decimal("7.5")
    assert level_after(Decimal(10), Movement(MovementType.RETURN_FROM_BUYER, Decimal(1))) == 11
    assert level_after(Decimal(2), Movement(MovementType.SALE, Decimal(2))) == 0


def test_a_level_never_falls_below_zero():
    with pytest.raises(StockError, match="only 2 in stock"):
        level_after(Decimal(2), Movement(MovementType.SALE, Decimal("2.0001")))


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN"])
def test_a_movement_moves_something(quantity):
    with pytest.raises(StockError):
        Movement(MovementType.SALE, Decimal(quantity))


def test_services_move_no_stock():
    assert goods_moved(mixed_sale().lines) == {
        "pen": 2,
        "flour": 3,
        "milk": 4,
        "diesel": Decimal("12.5"),
        "toner": 10,
    }


def test_the_same_item_on_two_lines_needs_both_quantities():
    lines = (mixed_sale().lines[0], mixed_sale().lines[0])
    (short,) = shortages(lines, {"pen": Decimal(3)})
    assert (short.item_id, short.on_hand, short.wanted) == ("pen", 3, 4)
    assert short.sentence == "Ballpoint pen (box): 3 in stock, 4 wanted."
    assert shortages(lines, {"pen": Decimal(4)}) == ()


def test_goods_that_were_never_stocked_are_short():
    assert [short.item_id for short in shortages(mixed_sale().lines, {"pen": Decimal(100)})] == [
        "flour",
        "milk",
        "diesel",
        "toner",
    ]


def test_a_count_makes_the_adjustment_that_is_needed():
    assert count_difference(Decimal(10), Decimal(12)) == Movement(MovementType.ADJUSTMENT_IN, Decimal(2))
    assert count_difference(Decimal(10), Decimal("9.5")) == Movement(MovementType.ADJUSTMENT_OUT, Decimal("0.5"))
    assert count_difference(Decimal(10), Decimal("10.00")) is None
    with pytest.raises(StockError):
        count_difference(Decimal(10), Decimal(-1))
