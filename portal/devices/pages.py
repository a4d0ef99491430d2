"""What the pages of branches and control units show: read once, ready for the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from portal.devices import queries
from portal.devices.figures import Figure, figures_of
from portal.devices.models import Device, SetupStep
from portal.devices.services import STEPS
from portal.devices.words import StepWords, ago, describe, how_long
from portal.fiscal.offline import CLOSE_AFTER, Gate, device_gate
from portal.infra.db import database_now, db
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import day_and_time, time_of
from portal.tenants import queries as tenants
from portal.tenants.models import Branch

# Heartbeats come every quarter of an hour: after an hour without any the badge says so, long before the 24 are over.
OFFLINE_AFTER_HOURS = 1
MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class DeviceView:
    """A branch with its control unit, as it stands now."""

    branch: Branch
    device: Device
    steps: Sequence[SetupStep]
    figures: Sequence[Figure]
    now: datetime

    @property
    def gate(self) -> Gate:
        """Whether it may issue by the 24-hour rule."""
        return device_gate(self.device.last_contact_at, self.now)

    @cached_property
    def badge(self) -> str:
        """Its state for the badge: ready, offline, stopped or setting_up."""
        return "stopped" if self.stopped_step is not None else badge_of(self.device, self.gate)

    @property
    def stopped_step(self) -> SetupStep | None:
        """The step that stopped the set-up and waits for a person, KRA's approval aside."""
        if self.device.status != "setting_up":
            return None
        return next((step for step in self.steps if step.state == "failed"), None)

    @property
    def waits_for_kra(self) -> bool:
        """Whether KRA has to approve the serial first."""
        return any(step.state == "waiting_for_kra" for step in self.steps)

    @property
    def goes_on(self) -> bool:
        """Whether something of the set-up is still coming in by itself."""
        if self.waits_for_kra or self.stopped_step is not None:
            return False
        return any(step.state in ("waiting", "running") for step in self.steps)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.state == "done" for step in self.steps)

    @property
    def words(self) -> list[StepWords]:
        """Each step in words."""
        return [describe(step, self.device) for step in self.steps]

    @property
    def said(self) -> str:
        """What a screen reader is told, once for each change."""
        if self.device.status != "setting_up" and not self.goes_on:
            return _("The control unit is ready.")
        if self.waits_for_kra:
            return _("Waiting for KRA to approve the control unit.")
        if self.stopped_step is not None:
            return _("The set-up has stopped. Something needs you.")
        return _("%(done)s of %(all)s steps are done.", done=self.done, all=len(self.steps))

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        if self.stopped_step is not None:
            return _("The set-up has stopped; see why, and try again.")
        if self.waits_for_kra:
            return _("KRA has to approve it first.")
        if self.device.status == "setting_up":
            return _("KRA has the request. Usually under 2 minutes.")
        if self.device.status == "lane_held":
            return _("One invoice has no clear answer from KRA. Later ones wait behind it.")
        if self.device.status == "blocked":
            return _("KRA does not accept this control unit any more. Nothing is sent from it.")
        return self._contact()

    def _contact(self) -> str:
        last = self.device.last_contact_at
        if last is None:
            return _("No contact with KRA yet.")
        if self.badge == "ready":
            return _("In touch with KRA %(ago)s.", ago=ago(last, self.now))
        since = time_of(last) if self.now - last < timedelta(hours=12) else day_and_time(last)
        if not self.gate.may_issue:
            return _("No contact with KRA since %(since)s: no invoice may be issued until KRA answers.", since=since)
        return _("No contact with KRA since %(since)s. Sales are kept in order.", since=since)

    @property
    def left(self) -> timedelta:
        """How long it may go on issuing without word from KRA."""
        last = self.device.last_contact_at
        return max(timedelta(0), last + CLOSE_AFTER - self.now) if last else timedelta(0)

    @property
    def left_words(self) -> str:
        return how_long(self.left)

    @property
    def left_minutes(self) -> int:
        return min(MINUTES_OF_A_DAY, int(self.left.total_seconds() // 60))


def badge_of(device: Device, gate: Gate) -> str:
    """The state of a control unit for its badge: ready, offline, stopped or setting_up."""
    if device.status == "setting_up":
        return "setting_up"
    if device.status != "ready" or not gate.may_issue:
        return "stopped"
    return "offline" if gate.hours >= OFFLINE_AFTER_HOURS else "ready"


def one(device_id: UUID) -> DeviceView:
    """A control unit with its branch; raises NotFound."""
    device = queries.device(device_id)
    return _view(tenants.branch(device.branch_id), device, _steps([device]), figures_of([device]), database_now())


def all_of_them() -> list[DeviceView]:
    """Every open branch with its control unit, head office first."""
    devices = {device.branch_id: device for device in queries.devices_in_use()}
    branches = [branch for branch in tenants.open_branches() if branch.id in devices]
    mine = [devices[branch.id] for branch in branches]
    steps, figures, now = _steps(mine), figures_of(mine), database_now()
    return [_view(branch, devices[branch.id], steps, figures, now) for branch in branches]


def _view(
    branch: Branch,
    device: Device,
    steps: Mapping[UUID, Sequence[SetupStep]],
    figures: Mapping[UUID, Sequence[Figure]],
    now: datetime,
) -> DeviceView:
    return DeviceView(branch, device, steps.get(device.id, ()), figures.get(device.id, ()), now)


def _steps(devices: Sequence[Device]) -> Mapping[UUID, Sequence[SetupStep]]:
    wanted = select(SetupStep).where(
        SetupStep.tenant_id == current_tenant_id(), SetupStep.device_id.in_([device.id for device in devices])
    )
    found: dict[UUID, list[SetupStep]] = {}
    for step in db.session.execute(wanted).scalars():
        found.setdefault(step.device_id, []).append(step)
    return {device_id: sorted(steps, key=lambda step: STEPS.index(step.name)) for device_id, steps in found.items()}
