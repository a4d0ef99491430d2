"""A control unit gives way to another: numbers go on, what waits moves over, nothing moves while KRA may have any of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal import registry
from portal.devices import queries, replacing, services
from portal.devices.models import Device, DeviceKey
from portal.devices.replacing import KnownUnit
from portal.devices.units import control_unit, stored_key
from portal.errors import BadInput, PortalError
from portal.infra.crypto import Secret
from portal.infra.db import db, transaction
from portal.infra.tenancy import acting_for
from portal.kra.gateway import make_gateway
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.values import DeviceKeys
from portal.kra.wire import Timeouts
from portal.submissions import services as submissions
from portal.submissions.models import Submission
from portal.tenants import services as tenants
from tests.devices.newcomer import Newcomer, hurry, new_newcomer, work
from tests.devices.steps import actor_of, add_branch
from tests.devices.test_oscu import adds_sugar, lane_works, oscu, sells, told
from tests.support.simulator import SimulatorProcess
from tests.support.stack import TestDatabase
from tests.support.world import Visitor, new_business

__all__ = ["oscu"]
KEY = "CANARY-KEY-0123456789-ABCD"


@pytest.fixture
def vscu(newcomer: Newcomer) -> Newcomer:
    """A business whose VSCU is ready."""
    work()
    tenants.say_vat(actor_of(newcomer), True)
    return newcomer


def present(business: Newcomer) -> Device:
    """The unit that signs for the head office now."""
    db.session.rollback()
    unit = queries.device_of_branch(business.branch_id)
    db.session.expunge_all()
    db.session.rollback()
    return unit


def counters(device_id: UUID) -> dict[str, int]:
    rows = db.session.execute(text("SELECT series, last_no FROM counter WHERE scope_id = :d"), {"d": device_id})
    return {series: last for series, last in rows}


def sets_up() -> None:
    db.session.rollback()
    hurry()
    work()
    db.session.expire_all()


# --- converting


@pytest.mark.parametrize(("first", "second"), [("vscu", "oscu"), ("oscu", "vscu")])
def test_numbers_go_on_after_a_conversion_and_what_waited_is_signed_by_the_new_unit(
    app: Flask, simulator: SimulatorProcess, request: pytest.FixtureRequest, first: str, second: str
) -> None:
    business = request.getfixturevalue(first)
    old = present(business)
    sugar = adds_sugar(business)
    sold = [sells(business, sugar) for _time in range(2)]
    lane_works(business)
    waiting = [sells(business, sugar) for _time in range(2)]
    db.session.rollback()
    new_id = replacing.convert(actor_of(business), old.id, second)  # type: ignore[arg-type]
    new = present(business)
    assert (new.id, new.transport, new.status) == (new_id, second, "setting_up")
    assert new.serial != old.serial and queries.device(old.id).status == "retired"
    assert counters(new.id) == counters(old.id) and counters(new.id)["item"] == 1
    assert [told(each).device_id for each in [*sold, *waiting]] == [old.id, old.id, new.id, new.id]
    simulator.control.unit("retire", business.pin)
    sets_up()
    assert present(business).status == "ready"
    third = sells(business, sugar)
    lane_works(business)
    assert [told(each).state for each in [*sold, *waiting, third]] == ["accepted"] * 5
    signed = simulator.control.ledger(tin=business.pin)
    assert [one["invcNo"] for one in signed] == [1, 2, 3, 4, 5]
    assert signed[0]["sdcId"] == old.sdc_id and signed[-1]["sdcId"] == present(business).sdc_id != old.sdc_id


def test_nothing_is_converted_while_kra_may_have_something(oscu: Newcomer, simulator: SimulatorProcess) -> None:
    sugar = adds_sugar(oscu)
    lane_works(oscu)
    simulator.control.next("reset_after", "save_sale", device={"tin": oscu.pin})
    sale = sells(oscu, sugar)
    lane_works(oscu)
    assert told(sale).state == "unknown"
    db.session.rollback()
    with pytest.raises(PortalError, match="no clear answer from KRA yet"):
        replacing.convert(actor_of(oscu), oscu.device_id, "vscu")
    assert (present(oscu).id, present(oscu).status) == (oscu.device_id, "ready")


def test_the_head_office_chooses_before_its_unit_is_ready(newcomer: Newcomer) -> None:
    replacing.convert(actor_of(newcomer), newcomer.device_id, "oscu")
    sets_up()
    unit = present(newcomer)
    assert (unit.transport, unit.status) == ("oscu", "ready")
    assert newcomer.steps(newcomer.device_id)["initialise"] == "waiting"


def test_a_refused_sale_can_be_sent_again_through_the_new_unit(vscu: Newcomer, simulator: SimulatorProcess) -> None:
    sugar = adds_sugar(vscu)
    lane_works(vscu)
    simulator.control.next("code:910", "save_sale", device={"tin": vscu.pin})
    sale = sells(vscu, sugar)
    lane_works(vscu)
    assert told(sale).state == "refused"
    db.session.rollback()
    new_id = replacing.convert(actor_of(vscu), vscu.device_id, "oscu")
    simulator.control.unit("retire", vscu.pin)
    sets_up()
    assert told(sale).device_id == new_id
    submission_id = told(sale).id
    db.session.rollback()
    submissions.send_again(actor_of(vscu), submission_id)
    lane_works(vscu)
    assert told(sale).state == "accepted"


def test_what_is_queued_for_a_unit_that_was_just_replaced_goes_to_its_successor(vscu: Newcomer) -> None:
    old_id = vscu.device_id
    new_id = replacing.convert(actor_of(vscu), old_id, "oscu")
    with transaction():
        row = Submission(tenant_id=vscu.tenant_id, device_id=old_id, kind="insurer", subject_id=uuid4())
        db.session.add(row)
        db.session.flush()
        db.session.refresh(row)
        assert row.device_id == new_id


def test_an_act_under_way_and_a_conversion_wait_for_each_other(vscu: Newcomer, dsns: TestDatabase) -> None:
    """A row that is being queued while its unit is replaced ends up in the new lane, whoever commits first."""
    old_id, ended = vscu.device_id, threading.Event()
    db.session.rollback()
    with psycopg.connect(dsns.superuser_dsn) as act:
        act.execute(
            "INSERT INTO submission (tenant_id, device_id, kind, subject_id) VALUES (%s, %s, 'insurer', gen_random_uuid())",
            (vscu.tenant_id, old_id),
        )

        def converts() -> None:
            with vscu.app.app_context(), acting_for(vscu.tenant_id):
                replacing.convert(actor_of(vscu), old_id, "oscu")
            ended.set()

        other = threading.Thread(target=converts)
        other.start()
        assert not ended.wait(0.3)
        act.commit()
        other.join(10)
    assert ended.is_set()
    left = db.session.execute(select(Submission.id).where(Submission.device_id == old_id, Submission.state == "queued")).all()
    assert left == []


def test_the_database_moves_a_row_to_a_successor_only(app: Flask, vscu: Newcomer) -> None:
    elsewhere = add_branch("01")
    other = queries.device_of_branch(elsewhere.id).id
    with transaction():
        row = Submission(tenant_id=vscu.tenant_id, device_id=vscu.device_id, kind="insurer", subject_id=uuid4())
        db.session.add(row)
    with pytest.raises(IntegrityError, match="does not change"), transaction():
        db.session.execute(text("UPDATE submission SET device_id = :d"), {"d": other})


def test_a_unit_of_that_kind_and_a_replaced_one_are_not_converted(vscu: Newcomer) -> None:
    with pytest.raises(BadInput, match="of that kind already"):
        replacing.convert(actor_of(vscu), vscu.device_id, "vscu")
    replacing.convert(actor_of(vscu), vscu.device_id, "oscu")
    with pytest.raises(PortalError, match="was replaced already"):
        replacing.convert(actor_of(vscu), vscu.device_id, "oscu")


# --- adopting


@pytest.fixture
def stranger(app: Flask, simulator: SimulatorProcess) -> Iterator[Newcomer]:
    """A business whose head office another system has initialised at KRA already."""
    registry.load_worker_parts()
    made = new_newcomer(app, transport="oscu")
    with app.app_context(), acting_for(made.tenant_id):
        yield made


def installed_elsewhere(business: Newcomer, simulator: SimulatorProcess, transport: Transport) -> DeviceKeys:
    """What KRA told the other system."""
    identity = DeviceIdentity(pin=business.pin, branch_code="00", serial="OTHERTILL01")
    url = simulator.oscu_url if transport is Transport.OSCU else simulator.url
    keys = make_gateway(transport, url, identity, environment="simulator", timeouts=Timeouts()).initialise().value
    assert keys is not None
    return keys


def known_unit(keys: DeviceKeys, transport: Transport, **more: object) -> KnownUnit:
    key = Secret(keys.communication_key.reveal()) if keys.communication_key and transport is Transport.OSCU else None
    usual = {"transport": transport.value, "serial": "OTHERTILL01", "sdc_id": keys.sdc_id, "mrc_number": keys.mrc_number,
             "last_invoice": 0, "key": key}  # fmt: skip
    return KnownUnit(**(usual | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("transport", list(Transport))
def test_a_unit_initialised_elsewhere_is_used_without_asking_kra_for_it_again(
    stranger: Newcomer, simulator: SimulatorProcess, transport: Transport
) -> None:
    keys = installed_elsewhere(stranger, simulator, transport)
    replacing.adopt(actor_of(stranger), stranger.device_id, known_unit(keys, transport))
    sets_up()
    unit = present(stranger)
    assert (unit.status, unit.serial, unit.sdc_id, unit.transport) == ("ready", "OTHERTILL01", keys.sdc_id, transport.value)
    assert simulator.control.received("initialise") == 1
    tenants.say_vat(actor_of(stranger), True)
    sale = sells(stranger, adds_sugar(stranger))
    lane_works(stranger)
    row = told(sale)
    assert (row.state, row.sequence_no) == ("accepted", 1)


def test_numbers_go_on_after_what_the_other_system_has_sent(stranger: Newcomer, simulator: SimulatorProcess) -> None:
    keys = installed_elsewhere(stranger, simulator, Transport.OSCU)
    unit = replacing.adopt(actor_of(stranger), stranger.device_id, known_unit(keys, Transport.OSCU, last_invoice=41))
    assert counters(unit)["invoice"] == 41


def test_a_lost_key_that_was_found_again_is_put_into_the_same_unit(stranger: Newcomer, simulator: SimulatorProcess) -> None:
    answer = control_unit(stranger.device).gateway().initialise().value
    assert answer is not None
    sets_up()
    assert stranger.step("initialise").state == "failed"
    db.session.rollback()
    again = known_unit(answer, Transport.OSCU, serial=stranger.device.serial)
    db.session.rollback()
    assert replacing.adopt(actor_of(stranger), stranger.device_id, again) == stranger.device_id
    sets_up()
    assert present(stranger).status == "ready"


def test_a_wrong_key_does_not_become_ready_and_can_be_replaced(stranger: Newcomer, simulator: SimulatorProcess) -> None:
    keys = installed_elsewhere(stranger, simulator, Transport.OSCU)
    replacing.adopt(actor_of(stranger), stranger.device_id, known_unit(keys, Transport.OSCU, key=Secret(KEY)))
    sets_up()
    unit = present(stranger)
    assert unit.status == "setting_up" and stranger.steps(unit.id)["codes"] == "failed"
    assert keys.communication_key is not None
    replacing.replace_key(actor_of(stranger), unit.id, Secret(keys.communication_key.reveal()))
    services.retry_step(actor_of(stranger), unit.id, "codes")
    sets_up()
    assert present(stranger).status == "ready"


def test_a_serial_that_somebody_has_is_refused_without_saying_whose(
    app: Flask, stranger: Newcomer, simulator: SimulatorProcess
) -> None:
    other = new_business(app)
    with acting_for(other.tenant_id):
        taken = db.session.execute(select(Device.serial)).scalar_one()
        db.session.rollback()
    keys = installed_elsewhere(stranger, simulator, Transport.OSCU)
    with pytest.raises(BadInput, match="cannot be used here"):
        replacing.adopt(actor_of(stranger), stranger.device_id, known_unit(keys, Transport.OSCU, serial=taken))
    assert present(stranger).id == stranger.device_id


# --- the page


@pytest.fixture
def owner(vscu: Newcomer) -> Visitor:
    db.session.rollback()
    return vscu.client()


ENTERED = {
    "kind": "oscu", "serial": "OTHERTILL01", "sdc_id": "KRACU0400009999", "mrc_number": "KRA00000001", "last_invoice": "7",
    "key": KEY,
}  # fmt: skip


def test_a_key_is_taken_and_never_given_back(vscu: Newcomer, owner: Visitor, dsns: TestDatabase) -> None:
    wrong = owner.post(f"/devices/{vscu.device_id}/adopt", data=ENTERED | {"sdc_id": ""})
    assert wrong.status_code == 422 and KEY not in wrong.text and "OTHERTILL01" in wrong.text
    assert owner.post(f"/devices/{vscu.device_id}/adopt", data=ENTERED).status_code == 303
    unit = present(vscu)
    page = owner.get(f"/devices/{unit.id}/replace").text
    assert KEY not in page and ">ABCD</b>" in page
    row = db.session.get_one(DeviceKey, (vscu.tenant_id, unit.id, "communication"))
    assert row.entered_by and KEY not in row.ciphertext
    db.session.rollback()
    kept = stored_key(vscu.tenant_id, unit.id, "communication")
    assert kept is not None and kept.reveal() == KEY
    db.session.rollback()
    with psycopg.connect(dsns.superuser_dsn) as connection:
        chain = connection.execute("SELECT string_agg(row_to_json(a)::text, '') FROM audit a").fetchone()
    assert chain is not None and "control unit adopted" in chain[0] and KEY not in chain[0]


def test_a_key_is_replaced_on_the_page(vscu: Newcomer, owner: Visitor) -> None:
    owner.post(f"/devices/{vscu.device_id}/adopt", data=ENTERED)
    unit = present(vscu).id
    assert owner.post(f"/devices/{unit}/key", data={"new_key": ""}).status_code == 422
    assert owner.post(f"/devices/{unit}/key", data={"new_key": "has blanks in it"}).status_code == 422
    assert owner.post(f"/devices/{unit}/key", data={"new_key": "Z" * 30}).status_code == 303
    assert ">ZZZZ</b>" in owner.get(f"/devices/{unit}/replace").text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("kind", "tscu"), ("serial", "a b"), ("serial", "x" * 101), ("mrc_number", "KRA\x00"), ("last_invoice", "-1"),
     ("last_invoice", "1" * 13), ("key", ""), ("key", "k" * 256), ("key", "schlüssel-schlüssel")],
)  # fmt: skip
def test_what_cannot_be_a_unit_is_refused_at_its_field(vscu: Newcomer, owner: Visitor, field: str, typed: str) -> None:
    answer = owner.post(f"/devices/{vscu.device_id}/adopt", data=ENTERED | {field: typed})
    assert answer.status_code == 422
    assert present(vscu).id == vscu.device_id


def test_a_branch_is_opened_with_the_kind_that_was_chosen(vscu: Newcomer, owner: Visitor) -> None:
    assert owner.post("/branches", data={"code": "01", "name": "Nyeri", "transport": "oscu"}).status_code == 303
    assert owner.post("/branches", data={"code": "02", "name": "Thika", "transport": "fax"}).status_code == 422
    kinds = db.session.execute(select(Device.transport).order_by(Device.created_at)).scalars().all()
    assert kinds == ["vscu", "oscu"]


def test_the_old_address_leads_to_the_unit_that_came_after_it(vscu: Newcomer, owner: Visitor) -> None:
    answer = owner.post(f"/devices/{vscu.device_id}/convert", data={"transport": "oscu"})
    assert answer.status_code == 303
    unit = present(vscu).id
    assert owner.get(f"/devices/{vscu.device_id}/replace").location == f"/devices/{unit}"
    assert vscu.client("biller").post(f"/devices/{unit}/convert", data={"transport": "vscu"}).status_code == 403


# --- operators


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:8088", ""), ("http://10.0.0.5:8088", "not in KRA_VSCU_HOSTS"), ("ftp://127.0.0.1", "plain http"),
     ("http://user:pw@127.0.0.1", "plain http"), ("http://169.254.169.254/", "not in KRA_VSCU_HOSTS")],
)  # fmt: skip
def test_operators_say_where_a_vscu_stands(vscu: Newcomer, url: str, words: str) -> None:
    serial = vscu.device.serial
    db.session.rollback()
    result = vscu.app.test_cli_runner().invoke(args=["devices", "set-url", serial, url])
    with acting_for(vscu.tenant_id):
        kept = present(vscu).vscu_url
    assert (result.exit_code == 0, kept) == (not words, None if words else url)
    assert words in result.output + (result.stderr or "")


def test_the_default_address_comes_back_and_an_unknown_serial_is_said(vscu: Newcomer) -> None:
    serial, runner = vscu.device.serial, vscu.app.test_cli_runner()
    db.session.rollback()
    assert runner.invoke(args=["devices", "set-url", serial, "http://127.0.0.1:9"]).exit_code == 0
    assert runner.invoke(args=["devices", "set-url", serial, "--default"]).exit_code == 0
    assert runner.invoke(args=["devices", "set-url", "NOBODYS", "--default"]).exit_code == 1
    assert runner.invoke(args=["devices", "set-url", serial]).exit_code == 2
    with acting_for(vscu.tenant_id):
        assert present(vscu).vscu_url is None
