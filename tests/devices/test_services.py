"""The 24-hour gate, contact, and a device for every branch."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.devices import queries, services
from portal.devices.errors import DeviceClosed
from portal.devices.models import Device, SetupStep
from portal.errors import NotFound, PortalError
from portal.infra.db import db, transaction
from portal.infra.events import Event, tell
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for
from portal.tenants.models import Branch
from tests.devices.steps import actor_of, add_branch, set_step
from tests.support.world import Business, new_business


@pytest.fixture
def business(app: Flask) -> Iterator[Business]:
    """A business that is being acted for."""
    made = new_business(app)
    with app.app_context(), acting_for(made.tenant_id):
        yield made


def last_contact(business: Business, ago: str | None) -> None:
    """Let the last word of KRA be that old."""
    with transaction():
        moment = "NULL" if ago is None else f"now() - interval '{ago}'"
        db.session.execute(text(f"UPDATE device SET last_contact_at = {moment} WHERE id = :id"), {"id": business.device_id})
    db.session.expire_all()


def test_a_device_that_kra_answered_lately_may_issue(business: Business) -> None:
    assert services.require_open(business.branch_id).id == business.device_id
    assert services.gate(queries.device(business.device_id)).state == "open"


def test_after_20_hours_it_warns_and_still_issues(business: Business) -> None:
    last_contact(business, "20 hours")
    assert services.gate(services.require_open(business.branch_id)).state == "warn"


def test_after_24_hours_nothing_is_issued_and_the_sentence_says_since_when(business: Business) -> None:
    last_contact(business, "24 hours")
    with pytest.raises(DeviceClosed, match=r"KRA has not been reached since \d+ \w+ 20\d\d, \d\d:\d\d") as closed:
        services.require_open(business.branch_id)
    assert "draft is kept" in closed.value.sentence


def test_a_device_without_any_contact_is_closed(business: Business) -> None:
    last_contact(business, None)
    with pytest.raises(DeviceClosed, match="no contact with KRA yet"):
        services.require_open(business.branch_id)


def test_word_from_kra_opens_a_closed_device(business: Business) -> None:
    last_contact(business, "3 days")
    with transaction():
        services.record_contact(business.device_id)
    db.session.expire_all()
    assert services.require_open(business.branch_id).id == business.device_id


def test_a_device_that_is_being_set_up_is_closed(app: Flask) -> None:
    made = new_business(app, ready=False)
    with app.app_context(), acting_for(made.tenant_id), pytest.raises(DeviceClosed, match="not ready yet"):
        services.require_open(made.branch_id)


def test_a_new_branch_gets_a_device_of_its_own_with_all_steps_waiting(business: Business) -> None:
    branch = add_branch("01")
    device = queries.device_of_branch(branch.id)
    assert (device.status, device.transport, device.environment) == ("setting_up", "vscu", "simulator")
    assert device.id != business.device_id
    steps = db.session.execute(select(SetupStep.name, SetupStep.state).where(SetupStep.device_id == device.id)).all()
    assert sorted(steps) == sorted((name, "waiting") for name in services.STEPS)
    wished = db.session.execute(select(OutboxRow.kind).where(OutboxRow.ref == device.id)).scalars().all()
    assert wished == ["set_up_device"]


def test_a_branch_never_has_two_devices(business: Business) -> None:
    branch = add_branch("01")
    with pytest.raises(Exception, match="one_device_per_branch"), transaction():
        tell(Event.BRANCH_OPENED, db.session.get(Branch, (branch.tenant_id, branch.id)))


def test_serials_are_unique_and_easy_to_copy() -> None:
    serials = {services.new_serial() for _time in range(500)}
    assert len(serials) == 500
    assert all(serial.startswith("RST") and not set("01IO") & set(serial) for serial in serials)


def test_a_step_that_failed_is_tried_again(app: Flask, business: Business) -> None:
    device = queries.device_of_branch(add_branch("01").id)
    set_step(device, "codes", "failed")
    services.retry_step(actor_of(business), device.id, "codes")
    assert db.session.get_one(SetupStep, (device.tenant_id, device.id, "codes")).state == "waiting"


@pytest.mark.parametrize("state", ["waiting", "running", "done"])
def test_a_step_that_needs_nobody_cannot_be_tried_again(business: Business, state: str) -> None:
    device = queries.device_of_branch(add_branch("01").id)
    set_step(device, "codes", state)
    with pytest.raises(PortalError, match="goes on by itself"):
        services.retry_step(actor_of(business), device.id, "codes")


def test_another_business_cannot_reach_the_device(app: Flask, business: Business) -> None:
    other = new_business(app)
    with pytest.raises(NotFound):
        queries.device(other.device_id)
    with pytest.raises(NotFound):
        services.require_open(other.branch_id)
    with pytest.raises(NotFound):
        services.retry_step(actor_of(business), other.device_id, "initialise")
    assert db.session.execute(select(Device.id)).scalars().all() == [business.device_id]
