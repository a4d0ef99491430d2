"""How KRA gets to know an item: by itself, under KRA's own number, and what stands still once it does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.catalogue import services
from portal.catalogue.errors import CodeIsKept
from portal.catalogue.values import NewItem
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType, Prices
from portal.infra.db import db, transaction
from portal.submissions import services as lane
from tests.catalogue.shop import SUGAR, new_shop

UNKNOWN = "0300000000"  # no class of KRA begins so


@pytest.fixture
def shop(app, simulator):
    made = new_shop(app)
    made.kra_knows_the_unit()
    return made


def a_sugar(**more):
    usual = {"name": "Sugar 1kg", "class_code": SUGAR, "item_type": ItemType.FINISHED, "band": Band.B, "price": Decimal(180)}
    return NewItem(**(usual | more))


def test_an_item_is_registered_under_a_code_by_kras_rule(shop):
    sugar, salt = shop.adds("Sugar 1kg"), shop.adds("Salt", quantity_unit="KG")
    shop.works()
    assert [row.state for row in shop.told("item")] == ["accepted", "accepted"]
    assert (shop.item(sugar).kra_code, shop.item(salt).kra_code) == ("KE2NTNO0000001", "KE2NTKG0000002")
    assert shop.item(sugar).registered_at is not None


def test_kra_is_told_the_price_with_vat(shop):
    shop.adds(prices=Prices.EXCLUSIVE, price=Decimal(100))
    shop.works()
    assert b'"dftPrc":116,' in shop.told("item")[0].body


def test_goods_are_registered_then_their_stock_then_the_level(shop, simulator):
    shop.adds(have="12.5")
    shop.works()
    for kind in ("item", "stock_movement", "stock_level"):
        assert [row.state for row in shop.told(kind)] == ["accepted"], kind
    (level,) = simulator.control.stock(shop.business.pin)["levels"].values()
    assert Decimal(str(level)) == Decimal("12.5")


def test_a_number_that_kra_does_not_expect_gives_the_item_another_code(shop, simulator):
    """Another program registered items under this PIN before us."""
    shop.adds("First")
    shop.works()
    with shop.open():
        db.session.execute(text("UPDATE counter SET last_no = 7 WHERE series = 'item'"))
        db.session.commit()
    second = shop.adds("Second")
    shop.works()
    assert shop.item(second).kra_code == "KE2NTNO0000002"
    assert shop.told("item")[-1].state == "accepted"


def test_a_refused_item_gives_its_number_back_and_may_be_corrected_and_goes_again_by_itself(shop, simulator):
    bad = shop.adds("Bad", class_code=UNKNOWN)
    shop.works()
    assert [row.state for row in shop.told("item")] == ["refused"]
    assert shop.item(bad).kra_code is None
    good = shop.adds("Good")
    shop.works()
    assert shop.item(good).kra_code == "KE2NTNO0000001"
    with shop.open():
        services.change_item(shop.actor, bad, a_sugar(name="Mended", quantity_unit="KG"))
    shop.works()
    assert shop.item(bad).kra_code == "KE2NTKG0000002"


def test_stock_of_a_refused_item_is_refused_with_it_and_comes_back_with_it(shop):
    bad = shop.adds("Bad", have="5", class_code=UNKNOWN)
    shop.works()
    assert [row.state for kind in ("item", "stock_movement", "stock_level") for row in shop.told(kind)] == ["refused"] * 3
    with shop.open():
        services.change_item(shop.actor, bad, a_sugar())
    shop.works()
    assert [row.state for kind in ("item", "stock_movement", "stock_level") for row in shop.told(kind)] == ["accepted"] * 3


def test_a_change_of_a_registered_item_is_told(shop, simulator):
    sugar = shop.adds()
    shop.works()
    with shop.open():
        services.change_item(shop.actor, sugar, a_sugar(price=Decimal(195)))
    shop.works()
    (change,) = shop.told("item_change")
    assert change.state == "accepted" and b'"dftPrc":195' in change.body
    assert b'"regrNm":"Grace Wanjiru"' in change.body


def test_what_kra_need_not_know_is_not_told(shop):
    sugar = shop.adds()
    shop.works()
    with shop.open():
        services.change_item(shop.actor, sugar, a_sugar(sku="A1"))
    assert shop.told("item_change") == []


def test_a_change_while_the_registration_is_on_its_way_waits_for_it(shop, simulator):
    sugar = shop.adds()
    simulator.control.next("reset_after", "save_item")
    shop.works()
    (registration,) = shop.told("item")
    assert registration.state in ("unknown", "queued")
    with shop.open():
        services.change_item(shop.actor, sugar, a_sugar(price=Decimal(200)))
    (change,) = shop.told("item_change")
    assert change.waits_for == [registration.id]


@pytest.mark.parametrize(
    "change", [{"item_type": ItemType.SERVICE}, {"quantity_unit": "KG"}, {"package_unit": "CT"}, {"origin": "TZ"}]
)
def test_type_and_units_stand_still_once_kra_knows_the_item(shop, change):
    sugar = shop.adds()
    shop.works()
    with shop.open(), pytest.raises(CodeIsKept):
        services.change_item(shop.actor, sugar, a_sugar(**change))


@pytest.mark.parametrize(
    "change",
    ["kra_code = 'KE2NTNO0009999'", "kra_code = NULL", "registered_at = NULL", "item_type = '3'", "quantity_unit = 'KG'"],
)
def test_the_database_keeps_the_code_of_a_registered_item(shop, change):
    shop.adds()
    shop.works()
    with shop.open(), pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE item SET {change}"))


def test_the_edit_form_says_that_the_code_is_kept(shop):
    sugar = shop.adds()
    shop.works()
    form = shop.business.client().get(f"/items/{sugar}/edit").text
    assert "KRA knows this item as KE2NTNO0000001" in form and 'name="quantity_unit"' not in form


def test_a_refused_item_says_why_on_its_page(shop):
    bad = shop.adds("Bad", class_code=UNKNOWN)
    shop.works()
    page = shop.business.client().get(f"/items/{bad}").text
    assert "KRA did not take this item" in page and "Needs attention" in page


def test_an_item_whose_registration_was_withdrawn_is_archived(shop):
    bad = shop.adds("Bad", class_code=UNKNOWN)
    shop.works()
    (registration,) = shop.told("item")
    with shop.open(), transaction():
        lane.withdraw(lane.lock(registration.id))
    assert shop.item(bad).archived_at is not None


def test_items_of_every_branch_go_through_the_head_office(shop):
    shop.opens_branch()
    shop.adds()
    assert shop.told("item")[0].device_id == shop.business.device_id
