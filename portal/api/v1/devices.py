"""Control units: the part of KRA's system that signs for a branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import select

from portal.api.v1.blueprint import blueprint
from portal.api.v1.fields import Body, Instant
from portal.api.v1.waiting import WaitQuery, wait_until
from portal.devices import queries, questions, services
from portal.devices.models import Device, KraQuestion, SetupStep
from portal.errors import PortalError
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.tenants.models import Branch

STATUSES = ("setting_up", "ready", "lane_held", "blocked", "retired")
TO_TRY_AGAIN = ("failed", "waiting_for_kra")
READY_STATES = ("ready", "lane_held", "blocked", "retired")


class StepAnswer(Body):
    """One step of a set-up, with KRA's words when KRA refused it."""

    name = fields.String(required=True)
    state = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)


class DeviceAnswer(Body):
    """A control unit; `may_issue` is the 24-hour rule as it stands now."""

    id = fields.UUID(required=True)
    branch = fields.String(required=True)
    transport = fields.String(required=True, metadata={"enum": ["vscu", "oscu"]})
    environment = fields.String(required=True)
    serial = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    sdc_id = fields.String(required=True, allow_none=True)
    mrc_number = fields.String(required=True, allow_none=True)
    last_contact_at = Instant(required=True, allow_none=True)
    may_issue = fields.Boolean(required=True)
    steps = fields.List(fields.Nested(StepAnswer), required=True)


class DeviceList(Body):
    """All control units of the business that are in use."""

    items = fields.List(fields.Nested(DeviceAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class ConnectionAnswer(Body):
    """What came of asking KRA through this control unit; `answered` false: not yet, ask again."""

    device = fields.UUID(required=True)
    answered = fields.Boolean(required=True)
    outcome = fields.String(required=True, allow_none=True)
    asked_at = Instant(required=True)
    answered_at = Instant(required=True, allow_none=True)


@blueprint.route("/devices", methods=["GET"], tags=["Devices"])
@requires(Permission.SEE_DEVICES)
@blueprint.response(200, DeviceList)
def list_devices() -> dict[str, Any]:
    """List control units, head office first"""
    return {"items": [shown(device, code) for device, code in _devices()], "next": None}


@blueprint.route("/devices/<uuid:device_id>/initialise", methods=["POST"], tags=["Devices"])
@requires(Permission.MANAGE_DEVICES)
@blueprint.arguments(WaitQuery, location="query")
@blueprint.response(202, DeviceAnswer)
@blueprint.alt_response(200, schema=DeviceAnswer, description="The control unit is ready", success=True)
def initialise_device(query: dict[str, Any], device_id: UUID) -> Any:
    """Go on with the set-up of a control unit

    Tries again whatever KRA refused or has not approved yet. 200 when the control unit is ready.
    """
    for name in _steps_to_try(device_id):
        services.retry_step(current_actor(), device_id, name)
    wait_until(_is_set_up(device_id), query["wait"])
    device = queries.device(device_id)
    return shown(device, _code_of(device)), 200 if device.status in READY_STATES else 202


@blueprint.route("/devices/<uuid:device_id>/test-connection", methods=["POST"], tags=["Devices"])
@requires(Permission.MANAGE_DEVICES)
@blueprint.arguments(WaitQuery, location="query")
@blueprint.response(202, ConnectionAnswer)
@blueprint.alt_response(200, schema=ConnectionAnswer, description="KRA's answer", success=True)
def test_connection(query: dict[str, Any], device_id: UUID) -> Any:
    """Ask KRA whether it hears this control unit

    A worker asks. 200 with the answer, or 202 when it has not come within `wait` seconds; ask again then.
    """
    device = queries.device(device_id)
    if device.status == "setting_up" and device.last_contact_at is None:
        raise PortalError("This control unit is not set up yet, so there is no connection to test.")
    question_id = questions.ask("connection", "", device_id)
    wait_until(lambda: questions.answer(question_id).answered_at is not None, query["wait"])
    question = questions.answer(question_id)
    return _shown_answer(question), 200 if question.answered_at else 202


def shown(device: Device, branch_code: str) -> dict[str, Any]:
    """A control unit as the API says it."""
    columns = ("id", "transport", "environment", "serial", "status", "sdc_id", "mrc_number", "last_contact_at")
    may_issue = device.status in ("ready", "lane_held") and services.gate(device).may_issue
    return {name: getattr(device, name) for name in columns} | {
        "branch": branch_code,
        "may_issue": may_issue,
        "steps": _steps_of(device.id),
    }


def device_of(branch_id: UUID) -> dict[str, Any]:
    """The control unit of a branch as the API says it."""
    device = queries.device_of_branch(branch_id)
    return shown(device, _code_of(device))


def _devices() -> list[tuple[Device, str]]:
    wanted = (
        select(Device, Branch.code)
        .join(Branch, (Branch.tenant_id == Device.tenant_id) & (Branch.id == Device.branch_id))
        .where(Device.tenant_id == current_tenant_id(), Device.status != "retired")
        .order_by(Branch.code)
    )
    return [(device, code) for device, code in db.session.execute(wanted)]


def _code_of(device: Device) -> str:
    return db.session.get_one(Branch, (device.tenant_id, device.branch_id)).code


def _steps_of(device_id: UUID) -> list[SetupStep]:
    wanted = select(SetupStep).where(SetupStep.tenant_id == current_tenant_id(), SetupStep.device_id == device_id)
    rows = {step.name: step for step in db.session.execute(wanted.execution_options(populate_existing=True)).scalars()}
    return [rows[name] for name in services.STEPS if name in rows]


def _steps_to_try(device_id: UUID) -> list[str]:
    queries.device(device_id)
    return [step.name for step in _steps_of(device_id) if step.state in TO_TRY_AGAIN]


def _is_set_up(device_id: UUID) -> Callable[[], bool]:
    def ready() -> bool:
        wanted = select(Device.status).where(Device.tenant_id == current_tenant_id(), Device.id == device_id)
        return db.session.execute(wanted).scalar_one() in READY_STATES

    return ready


def _shown_answer(question: KraQuestion) -> dict[str, Any]:
    return {
        "device": question.device_id,
        "answered": question.answered_at is not None,
        "outcome": question.outcome,
        "asked_at": question.asked_at,
        "answered_at": question.answered_at,
    }
