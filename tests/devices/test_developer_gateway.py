"""Operators send an OSCU through KRA's developer gateway and back: set-up, sale, a lost answer, the numbers going on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from portal import registry
from portal.infra.db import db
from portal.infra.tenancy import acting_for
from portal.sales import submission as told_by_sales
from portal.settings import Settings, SettingsError
from portal.submissions import builders
from portal.tenants import services as tenants
from tests.devices.newcomer import Newcomer, new_newcomer
from tests.devices.steps import actor_of
from tests.devices.test_oscu import adds_sugar, lane_works, sells, told
from tests.devices.test_replacing import present, sets_up
from tests.support.database import Cleaner
from tests.support.lane import time_passes
from tests.support.simulator import SimulatorProcess


@pytest.fixture
def admitted(app: Flask, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A deployment that KRA's developer portal has admitted."""
    at = simulator.url
    gateway = replace(
        app.extensions["settings"], kra_gateway_url=f"{at}/etims-oscu/api/v1", kra_gateway_token_url=f"{at}/v1/token/generate",
        kra_gateway_app="app-1", kra_gateway_key="consumer", kra_gateway_secret="their-secret",
    )  # fmt: skip
    monkeypatch.setitem(app.extensions, "settings", gateway)
    return app


@pytest.fixture
def behind(admitted: Flask) -> Iterator[Newcomer]:
    """A business whose OSCU operators put behind the gateway before its set-up began."""
    registry.load_worker_parts()
    for kind in ("sale", "credit_note"):
        builders.builds(kind)(told_by_sales.build)
    made = new_newcomer(admitted, transport="oscu")
    assert put(made, "gateway") == 0
    with admitted.app_context(), acting_for(made.tenant_id):
        sets_up()
        tenants.say_vat(actor_of(made), True)
        yield made


def put(business: Newcomer, door: str) -> int:
    """The exit code of the operators' command."""
    with business.app.app_context(), acting_for(business.tenant_id):
        serial = business.device.serial
    return business.app.test_cli_runner().invoke(args=["devices", "set-door", serial, door, "--by", "Amina"]).exit_code


def test_set_up_and_sale_go_through_the_gateway_and_numbers_go_on_through_the_other_door(
    behind: Newcomer, simulator: SimulatorProcess
) -> None:
    assert (present(behind).status, present(behind).door) == ("ready", "gateway")
    sugar = adds_sugar(behind)
    first = sells(behind, sugar)
    lane_works(behind)
    assert told(first).state == "accepted"
    db.session.rollback()
    assert put(behind, "direct") == 0
    second = sells(behind, sugar)
    lane_works(behind)
    assert told(second).state == "accepted"
    assert [one["invcNo"] for one in simulator.control.ledger(tin=behind.pin)] == [1, 2]


def test_a_lost_answer_behind_the_gateway_is_looked_up(
    behind: Newcomer, simulator: SimulatorProcess, cleaner: Cleaner
) -> None:
    sugar = adds_sugar(behind)
    lane_works(behind)
    simulator.control.next("reset_after", "save_sale", device={"tin": behind.pin})
    sale = sells(behind, sugar)
    lane_works(behind)
    assert told(sale).state == "unknown"
    db.session.rollback()
    time_passes(cleaner, 1000)
    lane_works(behind)
    assert told(sale).state == "accepted"
    assert len(simulator.control.ledger(tin=behind.pin)) == 1


def test_a_vscu_and_a_deployment_without_admission_are_refused(app: Flask, admitted: Flask) -> None:
    assert put(new_newcomer(admitted, transport="vscu"), "gateway") == 1
    admitted.extensions["settings"] = replace(
        admitted.extensions["settings"], kra_gateway_url="", kra_gateway_token_url="", kra_gateway_app="", kra_gateway_key="",
    )  # fmt: skip
    assert put(new_newcomer(admitted, transport="oscu"), "gateway") == 1


def test_half_an_admission_stops_the_start() -> None:
    env = {"DATABASE_URL": "postgresql://x@h/d", "REDIS_URL": "redis://h", "SECRET_KEY": "s", "ENCRYPTION_KEYS": "k:x"}
    with pytest.raises(SettingsError, match="KRA_GATEWAY_URL"):
        Settings.from_env(env | {"KRA_GATEWAY_URL": "https://sbx.kra.go.ke/etims-oscu/api/v1"})
    assert "their-secret" not in repr(
        Settings.from_env(env | {
            "KRA_GATEWAY_URL": "https://sbx.kra.go.ke/etims-oscu/api/v1", "KRA_GATEWAY_TOKEN_URL": "https://sbx.kra.go.ke/v1",
            "KRA_GATEWAY_APP": "a", "KRA_GATEWAY_KEY": "k", "KRA_GATEWAY_SECRET": "their-secret",
        })
    )  # fmt: skip
