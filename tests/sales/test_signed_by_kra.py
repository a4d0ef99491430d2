"""The whole way against the simulator: issued, signed in order, stock out and back, the day counted."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from portal import registry
from portal.codelists.models import Code
from portal.devices.models import Device
from portal.devices.units import control_unit
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType, Prices
from portal.infra.db import database_now, db
from portal.infra.outbox import OutboxRow
from portal.infra.wording import local
from portal.sales import credits, home, services
from portal.sales import submission as told_by_sales
from portal.sales.issuing import IssuedDocument
from portal.sales.models import Document
from portal.sales.new_invoice import NewBuyer, NewCreditNote, NewInvoice, NewLine
from portal.stock import levels
from portal.submissions import builders
from portal.submissions import queries as submissions
from portal.submissions.models import Submission
from tests.catalogue.shop import HAIRCUT, Shop, new_shop


@pytest.fixture
def shop(app, simulator) -> Shop:
    """A shop whose control unit KRA has installed."""
    made = new_shop(app)
    registry.load_worker_parts()
    for kind in ("sale", "credit_note"):
        builders.builds(kind)(told_by_sales.build)  # tests of the lane register others in the same process
    with made.open():
        device = db.session.get_one(Device, (made.business.tenant_id, made.business.device_id))
        keys = control_unit(device).gateway().initialise().value
        device.sdc_id, device.mrc_number = keys.sdc_id, keys.mrc_number
        db.session.merge(Code(class_code="32", class_name="", code="06", name="Refund"))
        db.session.commit()
    return made


def sells(shop: Shop, *lines: NewLine, **more: object) -> IssuedDocument:
    new = NewInvoice(branch_id=shop.business.branch_id, idempotency_key=uuid4().hex, lines=lines, **more)
    with shop.open():
        return services.issue_invoice(shop.actor, new)


def credits_(shop: Shop, original: UUID, quantities: dict[int, Decimal] | None = None, **more: object) -> IssuedDocument:
    new = NewCreditNote(original_id=original, idempotency_key=uuid4().hex, reason_code="06", quantities=quantities, **more)
    with shop.open():
        return credits.issue_credit_note(shop.actor, new)


def told(shop: Shop, document: IssuedDocument) -> Submission:
    with shop.open():
        found = submissions.of_document(document.id)
        assert found is not None
        db.session.expunge_all()
        return found


def on_shelf(shop: Shop, item: UUID) -> Decimal:
    with shop.open():
        return levels.available(shop.business.branch_id, [item])[item]


def test_goods_added_a_moment_ago_are_sold_at_once_and_kra_hears_of_everything_in_order(shop, simulator):
    sugar = shop.adds(have="10")
    sale = sells(shop, NewLine(item_id=sugar, quantity=Decimal("2.5")), buyer=NewBuyer(name="Asha", pin="A012345678Z"))
    assert on_shelf(shop, sugar) == Decimal("7.5")
    shop.works()
    assert told(shop, sale).state == "accepted"
    [signed] = simulator.control.ledger(tin=shop.business.pin)
    assert (signed["trdInvcNo"], signed["totAmt"], signed["custTin"]) == ("INV-000001", 450, "A012345678Z")
    assert [row.state for row in shop.told("stock_movement")] == ["accepted", "accepted"]
    books = simulator.control.stock(shop.business.pin, "00")
    assert list(books["stock"].values()) == list(books["levels"].values()) == [7.5]
    assert on_shelf(shop, sugar) == Decimal("7.5")


def test_a_signed_sale_counts_for_its_day_and_its_receipt_is_asked_for(shop):
    haircut = shop.adds("Haircut", class_code=HAIRCUT, item_type=ItemType.SERVICE, price=Decimal(580))
    sale = sells(shop, NewLine(item_id=haircut, quantity=Decimal(2)))
    with shop.open():
        assert home.today(local(database_now()).date()) == home.Today()
    shop.works()
    with shop.open():
        today = home.today(local(database_now()).date())
        wishes = db.session.query(OutboxRow.kind).filter(OutboxRow.ref == sale.id).all()
    assert (today.sales, today.net, today.tax) == (1, Decimal("1160.00"), Decimal("160.00"))
    assert ("render_receipt",) in wishes


def test_a_sale_of_every_band_with_discounts_is_accepted_to_the_cent(shop, simulator):
    ids = [
        shop.adds(f"Item {band.value}", class_code=HAIRCUT, item_type=ItemType.SERVICE, band=band, price=Decimal("333.33"))
        for band in Band
    ]
    lines = [NewLine(item_id=one, quantity=Decimal("1.5"), discount_percent=Decimal("7.5")) for one in ids]
    inclusive = sells(shop, *lines, discount_amount=Decimal("77.77"))
    exclusive = sells(shop, *lines, prices=Prices.EXCLUSIVE, discount_percent=Decimal("3.33"))
    shop.works()
    assert [told(shop, one).state for one in (inclusive, exclusive)] == ["accepted", "accepted"]
    totals = [Decimal(str(signed["totAmt"])) for signed in simulator.control.ledger(tin=shop.business.pin)]
    assert totals == [one.issued.document.priced.total_amount for one in (inclusive, exclusive)]


def test_goods_come_back_in_parts_and_kra_signs_each_note(shop, simulator):
    sugar = shop.adds(have="10")
    sale = sells(shop, NewLine(item_id=sugar, quantity=Decimal(3), discount_amount=Decimal("40.01")))
    shop.works()
    first = credits_(shop, sale.id, {1: Decimal(1)})
    shop.works()
    rest = credits_(shop, sale.id)
    shop.works()
    assert [told(shop, note).state for note in (first, rest)] == ["accepted", "accepted"]
    assert on_shelf(shop, sugar) == 10
    signed = simulator.control.ledger(tin=shop.business.pin)
    assert [(one["trdInvcNo"], one["orgInvcNo"]) for one in signed] == [("INV-000001", 0), ("CN-000001", 1), ("CN-000002", 1)]
    with shop.open():
        today = home.today(local(database_now()).date())
    assert (today.sales, today.notes, today.net) == (1, 2, Decimal("0.00"))


def test_goods_that_do_not_come_back_stay_out_of_stock(shop):
    sugar = shop.adds(have="10")
    sale = sells(shop, NewLine(item_id=sugar, quantity=Decimal(3)))
    shop.works()
    credits_(shop, sale.id, restock=False)
    shop.works()
    assert on_shelf(shop, sugar) == 7
    assert len(shop.told("stock_movement")) == 2


def test_a_refused_sale_can_be_withdrawn_and_frees_its_goods(shop, simulator):
    sugar = shop.adds(have="10")
    simulator.control.next("code:910", "save_sale", device={"tin": shop.business.pin})
    sale = sells(shop, NewLine(item_id=sugar, quantity=Decimal(3)))
    shop.works()
    assert told(shop, sale).state == "refused"
    with shop.open():
        draft = services.correct_and_issue_again(shop.actor, sale.id)
        row = db.session.get_one(Document, (shop.business.tenant_id, sale.id))
        copy = db.session.get_one(Document, (shop.business.tenant_id, draft))
        assert (row.state, row.trader_no) == ("void", 1)
        assert (copy.state, copy.replaces_id) == ("draft", sale.id)
    assert on_shelf(shop, sugar) == 10
    again = sells(shop, NewLine(item_id=sugar, quantity=Decimal(3)), draft_id=draft)
    shop.works()
    assert (again.number, told(shop, again).state) == ("INV-000002", "accepted")
