"""Nothing is sold twice: reservations, sales and returns keep on hand and reserved true, also when tills race."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.fiscal.document import ItemType
from portal.infra.db import db, transaction
from portal.stock import levels, services
from portal.stock.errors import CountedTooLate, NotEnoughStock, NothingToBook
from portal.stock.models import StockLevel
from tests.catalogue.shop import HAIRCUT
from tests.stock.sales import accepted_sale, line

ONE = Decimal(1)


def level_of(shop, item_id):
    with shop.open():
        row = db.session.execute(select(StockLevel).where(StockLevel.item_id == item_id)).scalar_one()
        return row.on_hand, row.reserved


def test_what_is_reserved_cannot_be_reserved_again(shop):
    sugar, branch = shop.adds(have="3"), shop.business.branch_id
    with shop.open():
        with transaction():
            services.reserve(branch, {sugar: Decimal(2)})
        assert services.available(branch, [sugar]) == {sugar: ONE}
        with pytest.raises(NotEnoughStock, match=r"Sugar 1kg: 1 in stock, 2 wanted\."), transaction():
            services.reserve(branch, {sugar: Decimal(2)})
    assert level_of(shop, sugar) == (3, 2)


def test_every_item_that_is_short_is_named_and_nothing_is_reserved(shop):
    sugar, salt, tea = shop.adds(have="3"), shop.adds("Salt", have="1"), shop.adds("Tea")
    with shop.open(), pytest.raises(NotEnoughStock) as refusal, transaction():
        services.reserve(shop.business.branch_id, {sugar: ONE, salt: Decimal(2), tea: ONE})
    assert [shortage.name for shortage in refusal.value.shortages] == ["Salt", "Tea"]
    assert level_of(shop, sugar) == (3, 0)


def test_a_service_needs_no_stock(shop):
    haircut = shop.adds("Haircut", item_type=ItemType.SERVICE, class_code=HAIRCUT)
    with shop.open():
        with transaction():
            services.reserve(shop.business.branch_id, {haircut: Decimal(5)})
        assert services.available(shop.business.branch_id, [haircut]) == {}


def test_a_released_reservation_can_be_sold(shop):
    sugar, branch = shop.adds(have="1"), shop.business.branch_id
    with shop.open():
        for act in (services.reserve, services.release, services.reserve):
            with transaction():
                act(branch, {sugar: ONE})
    assert level_of(shop, sugar) == (1, 1)


def test_stock_of_one_branch_is_not_stock_of_another(shop):
    ngong, _device = shop.opens_branch()
    sugar = shop.adds(have="5", branch_id=ngong)
    with shop.open():
        assert services.available(shop.business.branch_id, [sugar]) == {sugar: 0}
        assert services.available(ngong, [sugar]) == {sugar: 5}


def test_a_signed_sale_takes_out_what_it_reserved_once(shop):
    sugar, branch, document = shop.adds(have="10"), shop.business.branch_id, uuid4()
    with shop.open():
        with transaction():
            services.reserve(branch, {sugar: Decimal(4)})
        for _again in range(2):
            with transaction():
                services.book_sale(branch, document, [line(sugar, "1"), line(sugar, "3")], accepted_sale_once(shop))
    assert level_of(shop, sugar) == (6, 0)
    assert len(shop.told("stock_movement")) == 2  # opening stock and the sale


def accepted_sale_once(shop):
    found = db.session.execute(text("SELECT id FROM submission WHERE kind = 'sale'")).scalar_one_or_none()
    return found or accepted_sale(shop)


def test_a_sale_that_stock_does_not_know_of_is_still_booked(shop):
    """KRA has signed it: the goods are gone whatever our figures said."""
    sugar, branch = shop.adds(have="2"), shop.business.branch_id
    with shop.open(), transaction():
        services.book_sale(branch, uuid4(), [line(sugar, "5")], accepted_sale(shop))
    assert level_of(shop, sugar) == (0, 0)


def test_a_returned_sale_is_back_on_the_shelf(shop):
    sugar, branch = shop.adds(have="2"), shop.business.branch_id
    with shop.open(), transaction():
        services.book_return(branch, uuid4(), [line(sugar, "1.5")], accepted_sale(shop))
    assert level_of(shop, sugar) == (Decimal("3.5"), 0)


def test_a_document_of_services_moves_nothing(shop):
    haircut = shop.adds("Haircut", item_type=ItemType.SERVICE, class_code=HAIRCUT)
    with shop.open(), transaction():
        services.book_sale(shop.business.branch_id, uuid4(), [line(haircut, "1", kind=ItemType.SERVICE)], accepted_sale(shop))
    assert shop.told("stock_movement") == []


def test_a_count_books_the_difference_to_what_nobody_was_promised(shop):
    sugar, branch = shop.adds(have="10"), shop.business.branch_id
    with shop.open():
        with transaction():
            services.reserve(branch, {sugar: Decimal(3)})
        services.count_stock(shop.actor, branch, sugar, Decimal(5), seen=Decimal(7))
    assert level_of(shop, sugar) == (8, 3)
    with shop.open():
        with pytest.raises(NothingToBook):
            services.count_stock(shop.actor, branch, sugar, Decimal(5))
        with pytest.raises(CountedTooLate):
            services.count_stock(shop.actor, branch, sugar, Decimal(6), seen=Decimal(7))


def race(shop, *acts):
    """Run the acts at once, each in a thread and connection of its own; returns what each raised, or None."""
    start, outcomes = threading.Barrier(len(acts)), {}

    def run(number, act):
        with shop.open():
            start.wait()
            try:
                act()
                outcomes[number] = None
            except Exception as error:
                outcomes[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(acts))]


def test_of_two_tills_that_want_the_last_piece_one_gets_it_and_one_the_sentence(shop):
    sugar, branch = shop.adds(have="1"), shop.business.branch_id

    def sell():
        with transaction():
            services.reserve(branch, {sugar: ONE})

    outcomes = race(shop, sell, sell)
    (refusal,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refusal, NotEnoughStock) and refusal.sentence == "Sugar 1kg: 0 in stock, 1 wanted."
    assert level_of(shop, sugar) == (1, 1)


def test_two_tills_with_the_same_items_in_opposite_order_never_wait_for_each_other_in_a_ring(shop):
    items = [shop.adds(f"Item {number}", have="100") for number in range(6)]
    branch = shop.business.branch_id

    def sell(order):
        def act():
            for _sale in range(5):
                with transaction():
                    services.reserve(branch, dict.fromkeys(order, ONE))

        return act

    assert race(shop, sell(items), sell(items[::-1])) == [None, None]
    with shop.open():
        assert set(services.available(branch, items).values()) == {Decimal(90)}


def test_a_count_and_a_sale_at_once_lose_nothing(shop):
    sugar, branch = shop.adds(have="10"), shop.business.branch_id

    def sell():
        with transaction():
            services.reserve(branch, {sugar: Decimal(4)})

    outcomes = race(shop, sell, lambda: services.count_stock(shop.actor, branch, sugar, Decimal(12), seen=Decimal(10)))
    on_hand, reserved = level_of(shop, sugar)
    assert reserved == 4
    assert on_hand == (10 if isinstance(outcomes[1], CountedTooLate) else 12)


@pytest.mark.parametrize("change", ["on_hand = -1", "reserved = on_hand + 1", "reserved = -1"])
def test_the_database_refuses_figures_that_cannot_be(shop, change):
    shop.adds(have="1")
    with shop.open(), pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE stock_level SET {change}"))


ACTS = st.lists(
    st.tuples(st.sampled_from(["reserve", "release", "sell", "return", "count"]), st.integers(1, 6)), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_on_hand_is_always_the_sum_of_the_movements_and_never_less_than_reserved(shop, acts):
    """A model of the branch beside the real one, through any order of acts."""
    sugar, branch = shop.adds(f"Sugar {uuid4()}", have="5"), shop.business.branch_id
    on_hand, reserved = 5, 0
    with shop.open():
        for act, number in acts:
            quantity = Decimal(number)
            try:
                with transaction():
                    if act == "reserve":
                        services.reserve(branch, {sugar: quantity})
                        reserved += number
                    elif act == "release" and number <= reserved:
                        services.release(branch, {sugar: quantity})
                        reserved -= number
                    elif act == "sell" and number <= reserved:
                        services.book_sale(branch, uuid4(), [line(sugar, str(number))], accepted_sale_once(shop))
                        on_hand, reserved = on_hand - number, reserved - number
                    elif act == "return":
                        services.book_return(branch, uuid4(), [line(sugar, str(number))], accepted_sale_once(shop))
                        on_hand += number
                if act == "count" and on_hand - reserved != number:
                    services.count_stock(shop.actor, branch, sugar, quantity)
                    on_hand = reserved + number
            except NotEnoughStock:
                assert act == "reserve" and number > on_hand - reserved
            level = levels.levels(branch, [sugar])[sugar]
            assert (level.on_hand, level.reserved) == (on_hand, reserved)
        moved = db.session.execute(
            text("""SELECT sum(CASE WHEN m.type < '11' THEN l.quantity ELSE -l.quantity END) FROM stock_movement m
                    JOIN stock_movement_line l ON l.tenant_id = m.tenant_id AND l.movement_id = m.id WHERE l.item_id = :item"""),
            {"item": sugar},
        ).scalar_one()
        assert moved == on_hand
