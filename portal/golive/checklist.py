"""The checklist of going live on a production portal (COMPLIANCE §13): paper by hand, control units by what KRA said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portal.audit import services as audit
from portal.devices import pages
from portal.devices.pages import DeviceView
from portal.golive.models import GoingLiveStep
from portal.identity.access import Actor
from portal.infra.db import db, transaction
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import day_and_time
from portal.submissions.models import Submission

BY_HAND = ("service_request", "commitment_form")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list; `look` is that of a timeline, `by_hand` whether a person ticks it off.

    `waits` says that KRA was asked and has not approved the unit: the person says when KRA's message has come.
    """

    name: str
    title: str
    detail: str
    look: str
    by_hand: bool = False
    unit: DeviceView | None = None
    waits: bool = False


def steps() -> list[Step]:
    """Every step in its order; the first that is not done is the one under way."""
    done = {row.name: row for row in _done()}
    listed = [_paper(name, done.get(name)) for name in BY_HAND]
    units = pages.all_of_them()
    for unit in units:
        listed += _of_unit(unit)
    ready = bool(units) and all(unit.device.status != "setting_up" for unit in units)
    listed.append(Step("first", _("Issue your first real invoice"), _first_detail(ready), "on" if _has_sold() else ""))
    return _with_the_next_one(listed)


def outline() -> list[Step]:
    """The steps that a practice portal shows in advance: nothing of them can be done there."""
    later = [
        (_("KRA approves the serial number"), _("Each control unit has one, to copy into the service request. It takes days.")),
        (_("The control unit is initialised"), _("When KRA's message has come you press one button; the rest goes by itself.")),
        (_("Issue your first real invoice"), _("Numbers begin anew there: nothing that was issued here counts.")),
    ]
    return [*(_paper(name, None) for name in BY_HAND), *(Step("later", title, detail, "") for title, detail in later)]


def mark(actor: Actor, name: str, is_done: bool) -> None:
    """Tick a paper step (one of BY_HAND) off, or take the tick away."""
    with transaction():
        mine = {"tenant_id": current_tenant_id(), "name": name}
        if is_done:
            row = insert(GoingLiveStep).values(**mine, done_by=actor.name)
            changed = db.session.execute(row.on_conflict_do_nothing().returning(GoingLiveStep.name)).first()
        else:
            gone = delete(GoingLiveStep).filter_by(**mine).returning(GoingLiveStep.name)
            changed = db.session.execute(gone).first()
        if changed:
            audit.record(actor.name, "going live: done" if is_done else "going live: not done", name.replace("_", " "))


def _done() -> Sequence[GoingLiveStep]:
    return db.session.execute(select(GoingLiveStep).where(GoingLiveStep.tenant_id == current_tenant_id())).scalars().all()


def _paper(name: str, done: GoingLiveStep | None) -> Step:
    titles = {
        "service_request": _("Send your own service request to KRA"),
        "commitment_form": _("Sign KRA's commitment form"),
    }
    details = {
        "service_request": _(
            "On KRA's eTIMS portal choose Service Request, then eTIMS, and the type of your control unit. Enter the serial"
            " number of the unit. Each business sends its own; we cannot do it for you."
        ),
        "commitment_form": _(
            "Download it from the service request, sign and stamp it, and upload it there with the papers that KRA asks"
            " for: registration or ID, and the tax compliance certificate."
        ),
    }
    detail = _("%(who)s, %(when)s", who=done.done_by, when=day_and_time(done.done_at)) if done else details[name]
    return Step(name, titles[name], detail, "on" if done else "", by_hand=True)


def _of_unit(unit: DeviceView) -> list[Step]:
    """Serial and approval, then initialisation, as the set-up of the unit knows them."""
    first = next((step for step in unit.steps if step.name == "initialise"), None)
    initialised = unit.device.status != "setting_up" or (first is not None and first.state == "done")
    branch = unit.branch.name
    approval = _("KRA has approved it.") if initialised else _waits(first.state if first else "waiting")
    approved = "on" if initialised else "now" if unit.waits_for_kra else "no" if unit.stopped_step else ""
    ready = unit.device.status != "setting_up"
    state = _("KRA has set it up, and its lists are here.") if ready else unit.sentence
    approving, initialising = (
        _("%(branch)s: KRA approves the serial number", branch=branch),
        _("%(branch)s: the control unit is initialised", branch=branch),
    )
    return [
        Step("approval", approving, approval, approved, unit=unit, waits=unit.waits_for_kra),
        Step("initialise", initialising, state, "on" if ready else "", unit=unit),
    ]


def _waits(state: str) -> str:
    if state == "waiting_for_kra":
        return _("Waits for KRA: copy the serial number into the service request. Approval takes days; KRA sends a message.")
    return _("KRA is being asked.")


def _first_detail(ready: bool) -> str:
    if ready:
        return _("Everything is ready. Items that you took over are told to KRA by themselves.")
    return _("It opens as soon as a control unit is ready. Until then drafts are kept.")


def _has_sold() -> bool:
    signed = select(Submission.id).where(
        Submission.tenant_id == current_tenant_id(), Submission.kind == "sale", Submission.state == "accepted"
    )
    return db.session.execute(signed.limit(1)).first() is not None


def _with_the_next_one(listed: list[Step]) -> list[Step]:
    """The list, in which the first step that is not done yet is under way."""
    for place, step in enumerate(listed):
        if step.look == "":
            listed[place] = replace(step, look="now")
        if step.look != "on":
            break
    return listed
