"""An OSCU from its first day: initialised, lists fetched, item, stock, sale, credit note, and a lost receipt looked up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal import registry
from portal.catalogue import services as catalogue
from portal.catalogue.values import NewItem, OpeningStock
from portal.codelists.models import Code
from portal.devices import services
from portal.devices.units import control_unit
from portal.fiscal.bands import Band
from portal.fiscal.document import ItemType
from portal.infra.db import db
from portal.infra.tenancy import acting_for, acting_for_nobody
from portal.sales import credits
from portal.sales import services as sales
from portal.sales import submission as told_by_sales
from portal.sales.new_invoice import NewCreditNote, NewInvoice, NewLine
from portal.submissions import builders, pump
from portal.submissions import queries as submissions
from portal.submissions.models import Submission
from portal.tenants import services as tenants
from tests.devices.newcomer import Newcomer, hurry, new_newcomer, work
from tests.devices.steps import actor_of
from tests.support.database import Cleaner
from tests.support.lane import time_passes
from tests.support.simulator import SimulatorProcess


@pytest.fixture
def oscu(app: Flask, simulator: SimulatorProcess) -> Iterator[Newcomer]:
    """A business whose head office chose an OSCU, set up by the worker."""
    registry.load_worker_parts()
    for kind in ("sale", "credit_note"):
        builders.builds(kind)(told_by_sales.build)  # tests of the lane register others in the same process
    with app.app_context(), acting_for_nobody():
        db.session.merge(Code(class_code="32", class_name="", code="06", name="Refund"))
        db.session.commit()
    made = new_newcomer(app, transport="oscu")
    with app.app_context(), acting_for(made.tenant_id):
        work()
        tenants.say_vat(actor_of(made), True)
        yield made


def adds_sugar(oscu: Newcomer, have: str = "10") -> UUID:
    new = NewItem(
        name="Sugar 1kg", class_code="5016150901", item_type=ItemType.FINISHED, band=Band.B, price=Decimal(180)
    )  # fmt: skip
    return catalogue.add_item(actor_of(oscu), new, OpeningStock(oscu.branch_id, Decimal(have))).id


def sells(oscu: Newcomer, item: UUID, quantity: str = "2") -> UUID:
    line = NewLine(item_id=item, quantity=Decimal(quantity))
    new = NewInvoice(branch_id=oscu.branch_id, idempotency_key=uuid4().hex, lines=(line,))
    return sales.issue_invoice(actor_of(oscu), new).id


def lane_works(oscu: Newcomer) -> None:
    db.session.rollback()
    pump.drain(oscu.app, threads=1, at_most=timedelta(seconds=30))
    db.session.expire_all()


def told(document_id: UUID) -> Submission:
    found = submissions.of_document(document_id)
    assert found is not None
    db.session.refresh(found)
    return found


def test_it_is_set_up_by_itself_with_its_key_kept(oscu: Newcomer, simulator: SimulatorProcess) -> None:
    assert oscu.steps() == dict.fromkeys(services.STEPS, "done")
    device = oscu.device
    assert (device.status, device.transport) == ("ready", "oscu")
    assert device.sdc_id and device.sdc_id.startswith("KRACU04")
    assert control_unit(device).gateway().identity.communication_key is not None
    assert services.require_open(oscu.branch_id).id == device.id


def test_item_stock_sale_and_credit_note_reach_kra_in_order(oscu: Newcomer, simulator: SimulatorProcess) -> None:
    sugar = adds_sugar(oscu)
    sale = sells(oscu, sugar, "2.5")
    lane_works(oscu)
    assert told(sale).state == "accepted"
    note = credits.issue_credit_note(
        actor_of(oscu),
        NewCreditNote(original_id=sale, idempotency_key=uuid4().hex, reason_code="06", quantities={1: Decimal(1)}),
    )
    lane_works(oscu)
    assert told(note.id).state == "accepted"
    signed = simulator.control.ledger(tin=oscu.pin)
    assert [(one["invcNo"], one["orgInvcNo"], one["totAmt"]) for one in signed] == [(1, 0, 450), (2, 1, 180)]
    assert signed[0]["sdcId"] == oscu.device.sdc_id
    assert list(simulator.control.stock(oscu.pin)["stock"].values()) == [8.5]


@pytest.mark.parametrize("fault", ["reset_after", "code_after:994"])
def test_a_lost_receipt_is_looked_up_and_nothing_is_signed_twice(
    oscu: Newcomer, simulator: SimulatorProcess, cleaner: Cleaner, fault: str
) -> None:
    sugar = adds_sugar(oscu)
    lane_works(oscu)
    simulator.control.next(fault, "save_sale", device={"tin": oscu.pin})
    sale = sells(oscu, sugar)
    lane_works(oscu)
    assert told(sale).state == "unknown"
    time_passes(cleaner, 1000)
    lane_works(oscu)
    assert told(sale).state == "accepted"
    (signed,) = simulator.control.ledger(tin=oscu.pin)
    assert told(sale).signature == signed["rcptSign"]


def test_a_key_that_is_lost_stops_the_set_up_and_tells_a_person(app: Flask, simulator: SimulatorProcess) -> None:
    registry.load_worker_parts()
    made = new_newcomer(app, transport="oscu")
    with app.app_context(), acting_for(made.tenant_id):
        control_unit(made.device).gateway().initialise()
        db.session.rollback()
        work()
        hurry()
        work()
        assert made.step("initialise").state == "failed"
        assert "hands out its key only once" in (made.step("initialise").message or "")
