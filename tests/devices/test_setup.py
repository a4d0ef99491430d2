"""A control unit is set up by itself: KRA is asked once, everything it hands out is kept, and nothing is lost on the way."""

from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select, text

from portal.codelists import queries as codelists
from portal.codelists.models import Code, ItemClass
from portal.devices import services
from portal.devices.models import KraBranch, Notice
from portal.fiscal.bands import Band
from portal.infra import outbox
from portal.infra.db import db, transaction
from portal.infra.events import Event, on
from portal.infra.outbox import OutboxRow
from portal.infra.tenancy import acting_for
from portal.simulator.taxpayers import place
from portal.tenants import queries as tenants
from tests.devices.newcomer import Newcomer, hurry, new_newcomer, work
from tests.devices.steps import actor_of, add_branch
from tests.support.simulator import SimulatorProcess

ALL_DONE = dict.fromkeys(services.STEPS, "done")


def count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def counters(device_id: object) -> dict[str, tuple[int, int]]:
    rows = db.session.execute(text("SELECT series, first_no, last_no FROM counter WHERE scope_id = :d"), {"d": device_id})
    return {series: (first, last) for series, first, last in rows}


def test_from_sign_up_to_ready_without_anybody(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    work()
    assert newcomer.steps() == ALL_DONE
    device = newcomer.device
    assert device.status == "ready"
    assert device.sdc_id and device.sdc_id.startswith("KRACU03") and device.mrc_number and device.kra_device_id
    assert device.last_contact_at is not None
    assert services.require_open(newcomer.branch_id).id == device.id
    assert simulator.control.received("initialise") == 1


def test_kras_name_and_vat_registration_are_taken_over(newcomer: Newcomer) -> None:
    work()
    business = tenants.this_business()
    assert business.registered_name and business.registered_name != business.name
    assert business.printed_name == business.registered_name
    assert (business.vat_registered is not None, business.vat_said_by) == (True, "kra")


def test_the_branch_stands_where_kra_says_until_somebody_writes_a_better_address(newcomer: Newcomer) -> None:
    work()
    said = place(tenants.this_business().kra_pin)
    assert tenants.branch(newcomer.branch_id).address == f"{said['dstrtNm']}, {said['prvncNm']}".title()


def test_an_address_that_somebody_wrote_stands(newcomer: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE branch SET address = 'Moi Avenue 7'"))
    work()
    assert tenants.branch(newcomer.branch_id).address == "Moi Avenue 7"


def test_what_the_owner_said_about_vat_stands(newcomer: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE tenant SET vat_registered = false, vat_said_by = 'owner'"))
    work()
    business = tenants.this_business()
    db.session.refresh(business)
    assert (business.vat_registered, business.vat_said_by) == (False, "owner")


def test_codes_classes_branches_and_notices_are_there(newcomer: Newcomer) -> None:
    work()
    assert newcomer.steps() == ALL_DONE
    assert codelists.code_name("07", "01") == "CASH"
    assert count(Code) > 500
    assert count(ItemClass) > 2000
    assert [branch.code for branch in db.session.execute(select(KraBranch)).scalars()] == ["00"]
    assert count(Notice) == 2


def test_numbering_goes_on_where_kra_has_come_to(newcomer: Newcomer) -> None:
    work()
    assert counters(newcomer.device_id) == {"invoice": (1, 0), "purchase": (1, 0)}


def test_ready_is_told_once_and_before_branches_and_notices(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    told: list[str] = []
    on(Event.DEVICE_READY)(lambda device: told.append(device.serial))
    simulator.control.next("code:910", "branches")
    simulator.control.next("code:910", "notices")
    work()
    assert told == [newcomer.device.serial]
    assert newcomer.steps() == ALL_DONE | {"branches": "failed", "notices": "failed"}
    assert newcomer.device.status == "ready"


def test_running_the_job_again_asks_kra_nothing(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    work()
    asked = simulator.control.requests()["total"]
    with transaction():
        outbox.wish("lanes", "set_up_device", newcomer.device_id)
    work()
    assert simulator.control.requests()["total"] == asked
    assert newcomer.steps() == ALL_DONE


def test_a_step_that_another_worker_holds_is_left_alone(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    with transaction():
        db.session.execute(text("UPDATE setup_step SET state = 'running', changed_at = now() WHERE name = 'initialise'"))
    work()
    assert simulator.control.received("initialise") == 0
    assert newcomer.steps()["initialise"] == "running"


def test_a_step_whose_worker_died_is_taken_over(newcomer: Newcomer) -> None:
    died = "UPDATE setup_step SET state = 'running', changed_at = now() - interval '2 minutes' WHERE name = 'initialise'"
    with transaction():
        db.session.execute(text(died))
    work()
    assert newcomer.steps() == ALL_DONE


# --- 901


def test_before_approval_the_serial_waits_for_kra_and_nothing_repeats(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.options(approval_needed=True)
    work()
    assert newcomer.steps()["initialise"] == "waiting_for_kra"
    assert newcomer.step("initialise").code == "901"
    hurry()
    work()
    assert simulator.control.received("initialise") == 1
    assert db.session.execute(select(OutboxRow.done_at)).scalar_one() is not None


def test_after_approval_one_press_finishes_it(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.options(approval_needed=True)
    work()
    simulator.control.approve(newcomer.pin, newcomer.device.serial)
    services.retry_step(actor_of(newcomer), newcomer.device_id, "initialise")
    work()
    assert newcomer.steps() == ALL_DONE


# --- 902


def test_installed_already_with_our_answer_stored_goes_on(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    work()
    before = newcomer.device.sdc_id
    with transaction():
        db.session.execute(text("UPDATE setup_step SET state = 'waiting' WHERE name = 'initialise'"))
        db.session.execute(text("UPDATE outbox SET done_at = NULL, not_before = now()"))
    work()
    assert simulator.control.received("initialise") == 2
    assert (newcomer.steps(), newcomer.device.sdc_id) == (ALL_DONE, before)


def test_a_vscu_whose_answer_got_lost_is_used_after_a_look_up(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.next("reset_after", "initialise")
    work()
    assert newcomer.steps()["initialise"] == "waiting"
    hurry()
    work()
    assert newcomer.steps() == ALL_DONE
    device = newcomer.device
    assert (device.status, device.sdc_id, device.mrc_number) == ("ready", None, None)
    assert counters(device.id)["invoice"] == (1, 0)


def test_an_oscu_whose_key_got_lost_stops_and_says_so(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    with transaction():
        db.session.execute(text("UPDATE device SET transport = 'oscu'"))
    simulator.control.next("reset_after", "initialise")
    work()
    hurry()
    work()
    assert newcomer.steps()["initialise"] == "failed"
    assert "timsupport@kra.go.ke" in (newcomer.step("initialise").message or "")
    assert newcomer.device.status == "setting_up"


def test_an_oscu_is_set_up_with_its_key(newcomer: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE device SET transport = 'oscu'"))
    work()
    assert newcomer.steps() == ALL_DONE


# --- KRA away


def test_kra_down_is_waited_out_and_said_in_words(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.down("refuse")
    work()
    step = newcomer.step("initialise")
    assert (step.state, step.code) == ("waiting", None) and step.message
    simulator.control.up()
    hurry()
    work()
    assert newcomer.steps() == ALL_DONE
    assert newcomer.step("initialise").attempts == 2


def test_down_between_two_steps_goes_on_from_there(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.next("http:503", "item_classes")
    work()
    assert newcomer.steps() == ALL_DONE | dict.fromkeys(("item_classes", "branches", "notices"), "waiting")
    hurry()
    work()
    assert newcomer.steps() == ALL_DONE
    assert simulator.control.received("initialise") == 1


def test_after_five_misses_kra_is_left_in_peace(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.next("http:503", times=None)
    for _time in range(7):
        work()
        hurry()
    assert simulator.control.received("initialise") == 5
    assert "has not been answering" in (newcomer.step("initialise").message or "")


def test_a_refusal_fails_with_kras_words_and_try_again_works(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.next("code:910", "initialise", message="Request parameter error[tin : bad]")
    work()
    step = newcomer.step("initialise")
    assert (step.state, step.code, step.message) == ("failed", "910", "Request parameter error[tin : bad]")
    assert newcomer.steps()["codes"] == "waiting"
    services.retry_step(actor_of(newcomer), newcomer.device_id, "initialise")
    work()
    assert newcomer.steps() == ALL_DONE


def test_an_unclear_answer_is_asked_three_times(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    simulator.control.next("code:999", "code_lists", times=None)
    for _time in range(5):
        work()
        hurry()
    assert newcomer.steps()["codes"] == "failed"
    assert simulator.control.received("code_lists") == 3


# --- a second branch, a second business


def test_two_branches_each_have_their_own_device(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    work()
    branch = add_branch("01")
    work()
    second = services.require_open(branch.id)
    assert newcomer.steps(second.id) == ALL_DONE
    assert second.serial != newcomer.device.serial and second.sdc_id != newcomer.device.sdc_id
    assert sorted(each.code for each in db.session.execute(select(KraBranch)).scalars()) == ["00", "01"]


def test_a_second_business_fetches_only_what_is_new(app: Flask, newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    work()
    first = simulator.control.received("item_classes")
    known = count(ItemClass)
    db.session.rollback()
    other = new_newcomer(app)
    with acting_for(other.tenant_id):
        work()
        assert other.steps() == ALL_DONE
        assert count(ItemClass) == known
    assert first > 1
    assert simulator.control.received("item_classes") == first + 1


def test_a_unit_at_another_address_does_not_change_the_shared_lists(newcomer: Newcomer, simulator: SimulatorProcess) -> None:
    with transaction():
        db.session.execute(text("UPDATE device SET vscu_url = :url"), {"url": f"{simulator.url}/"})
    simulator.control.options(rates={"B": 14}, rates_changed_at="20260101000000")
    work()
    assert newcomer.steps() == ALL_DONE
    assert count(Code) == 0 and count(ItemClass) == 0
    assert codelists.rates_now()[Band.B] == Decimal(16)


def test_an_address_outside_the_list_is_refused_in_words(newcomer: Newcomer) -> None:
    with transaction():
        db.session.execute(text("UPDATE device SET vscu_url = 'http://10.0.0.9:8088'"))
    work()
    assert newcomer.step("initialise").state == "failed"
    assert "operators must correct" in (newcomer.step("initialise").message or "")
