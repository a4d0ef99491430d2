"""What KRA is told about stock, through the lane and over HTTP: the movement first, then the level it can check."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from portal.infra.db import db, transaction
from portal.stock import levels, services
from portal.stock.errors import TooLateToWithdraw
from portal.submissions import services as lane
from tests.stock.sales import accepted_sale, line

UNKNOWN_CLASS = "0300000000"


def kra_has(simulator, shop, branch="00"):
    """What KRA believes is in stock of the shop's only item: by movements, and by the level it was told."""
    books = simulator.control.stock(shop.business.pin, branch)
    (moved,), (told,) = books["stock"].values(), books["levels"].values()
    return Decimal(str(moved)), Decimal(str(told))


def states(shop, kind):
    return [row.state for row in shop.told(kind)]


def test_stock_added_and_counted_down_arrives_at_kra_as_the_same_figure(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    with told_shop.open():
        services.add_stock(told_shop.actor, branch, sugar, Decimal("2.5"), "Delivery 77")
        services.count_stock(told_shop.actor, branch, sugar, Decimal(9), note="Broken")
    told_shop.works()
    assert states(told_shop, "stock_movement") == states(told_shop, "stock_level") == ["accepted"] * 3
    assert kra_has(simulator, told_shop) == (9, 9)
    added, counted = told_shop.told("stock_movement")[1:]
    assert b'"sarTyCd":"06"' in added.body and b'"remark":"Delivery 77"' in added.body and b'"sarNo":2' in added.body
    assert b'"sarTyCd":"16"' in counted.body and b'"qty":3.5' in counted.body and b'"regrNm":"Grace Wanjiru"' in counted.body
    with told_shop.open():
        assert levels.kra_levels(branch, [sugar]) == {sugar: 9}


def test_each_branch_has_its_own_movements_and_levels(told_shop, simulator):
    ngong, device = told_shop.opens_branch()
    told_shop.kra_knows_the_unit(device)
    sugar = told_shop.adds(have="10")
    with told_shop.open():
        services.add_stock(told_shop.actor, ngong, sugar, Decimal(4))
    told_shop.works(device)  # waits: KRA does not know the item yet
    assert states(told_shop, "stock_movement") == ["queued", "queued"]
    told_shop.works()
    told_shop.works(device)
    assert kra_has(simulator, told_shop) == (10, 10)
    assert kra_has(simulator, told_shop, "01") == (4, 4)
    assert [row.sequence_no for row in told_shop.told("stock_movement")] == [1, 1]


def test_a_sale_goes_out_of_stock_at_kra_after_it_was_signed(told_shop, simulator):
    simulator.control.options(stock_after_sale=False)  # the sale itself is not part of this test
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    with told_shop.open(), transaction():
        services.reserve(branch, {sugar: Decimal(4)})
        sale = accepted_sale(told_shop)
        services.book_sale(branch, uuid4(), [line(sugar, "3", discount="54"), line(sugar, "1")], sale)
    told_shop.works()
    movement, level = told_shop.told("stock_movement")[1], told_shop.told("stock_level")[1]
    assert (movement.waits_for, level.waits_for) == ([sale], [movement.id])
    assert b'"regTyCd":"A"' in movement.body and b'"totAmt":666' in movement.body and b'"totDcAmt":54' in movement.body
    assert kra_has(simulator, told_shop) == (6, 6)


def test_a_lost_answer_about_a_movement_books_it_once(told_shop, simulator):
    told_shop.adds(have="10")
    simulator.control.next("reset_after", "save_stock_io")
    told_shop.works()
    assert states(told_shop, "stock_movement") == ["unknown"]
    with told_shop.open():
        db.session.execute(text("UPDATE submission SET next_at = now() WHERE state = 'unknown'"))
        db.session.commit()
    told_shop.works()
    assert states(told_shop, "stock_movement") == states(told_shop, "stock_level") == ["accepted"]
    assert kra_has(simulator, told_shop) == (10, 10)


def test_a_sale_waits_for_the_registration_and_the_stock_of_its_items_until_kra_has_them(told_shop):
    sugar, salt, branch = told_shop.adds(have="10"), told_shop.adds("Salt"), told_shop.business.branch_id
    (first, second), (movement,) = told_shop.told("item"), told_shop.told("stock_movement")
    with told_shop.open():
        assert set(services.pending_for(branch, [sugar])) == {first.id, movement.id}
        assert services.pending_for(branch, [salt]) == [second.id]
    told_shop.works()
    with told_shop.open():
        assert services.pending_for(branch, [sugar, salt]) == []


def test_a_sale_of_an_item_that_kra_refused_is_held_up_by_it(told_shop):
    bad, branch = told_shop.adds("Bad", have="3", class_code=UNKNOWN_CLASS), told_shop.business.branch_id
    told_shop.works()
    with told_shop.open():
        pending = services.pending_for(branch, [bad])
    assert set(pending) == {told_shop.told("item")[0].id, told_shop.told("stock_movement")[0].id}


def test_a_refused_delivery_does_not_hold_up_what_kra_knows_to_be_there(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    told_shop.works()
    refuse_next_movement(told_shop, simulator, sugar)
    with told_shop.open():
        assert services.pending_for(branch, [sugar]) == []


def refuse_next_movement(shop, simulator, item_id):
    """Book a delivery that KRA answers with a definite no."""
    simulator.control.next("code:910", "save_stock_io")
    with shop.open():
        services.add_stock(shop.actor, shop.business.branch_id, item_id, Decimal(5))
    shop.works()
    assert states(shop, "stock_movement")[-1] == "refused"


def test_a_withdrawn_delivery_did_not_happen(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    told_shop.works()
    refuse_next_movement(told_shop, simulator, sugar)
    withdraw(told_shop)
    with told_shop.open():
        assert services.available(branch, [sugar]) == {sugar: 10}


def test_a_delivery_of_which_something_was_sold_cannot_be_withdrawn(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    told_shop.works()
    refuse_next_movement(told_shop, simulator, sugar)
    with told_shop.open(), transaction():
        services.reserve(branch, {sugar: Decimal(12)})
    with pytest.raises(TooLateToWithdraw, match="Sugar 1kg"):
        withdraw(told_shop)


def withdraw(shop):
    movement = shop.told("stock_movement")[-1]
    with shop.open(), transaction():
        lane.withdraw(lane.lock(movement.id))


def test_a_form_sent_twice_books_once(told_shop):
    sugar, branch, movement = told_shop.adds(have="1"), told_shop.business.branch_id, uuid4()
    with told_shop.open():
        for _press in range(2):
            services.add_stock(told_shop.actor, branch, sugar, Decimal(5), None, movement)
        assert services.available(branch, [sugar]) == {sugar: 6}
    assert len(told_shop.told("stock_movement")) == 2


def test_a_level_that_kra_refused_needs_nobody_once_a_later_one_is_taken(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    simulator.control.next("code:910", "save_stock_master")
    told_shop.works()
    assert states(told_shop, "stock_level") == ["refused"]
    with told_shop.open():
        services.add_stock(told_shop.actor, branch, sugar, Decimal(5))
    told_shop.works()
    assert states(told_shop, "stock_level") == ["void", "accepted"]
    assert kra_has(simulator, told_shop) == (15, 15)


def test_a_level_that_only_waited_for_a_refused_movement_comes_back_with_it(told_shop, simulator):
    sugar, branch = told_shop.adds(have="10"), told_shop.business.branch_id
    told_shop.works()
    refuse_next_movement(told_shop, simulator, sugar)
    with told_shop.open():
        services.add_stock(told_shop.actor, branch, sugar, Decimal(1))
    told_shop.works()
    assert states(told_shop, "stock_level") == ["accepted", "refused", "accepted"]
    with told_shop.open():
        lane.send_again(told_shop.actor, told_shop.told("stock_movement")[1].id)
    told_shop.works()
    assert states(told_shop, "stock_level") == ["accepted"] * 3
    assert kra_has(simulator, told_shop) == (16, 16)
