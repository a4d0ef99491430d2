"""Steps of a set-up and states of a control unit in plain words: what happened, that nothing is lost, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.devices.models import Device, SetupStep
from portal.infra.wording import day_and_time
from portal.kra.codes import TABLE
from portal.kra.outcomes import Outcome

Look = Literal["on", "now", "no", ""]


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step as the page shows it; `retry` is the words of its button, `said` is KRA's code and message for *Details*."""

    name: str
    title: str
    detail: str
    look: Look
    retry: str = ""
    said: str = ""
    wants_serial: bool = False


def describe(step: SetupStep, device: Device) -> StepWords:
    """A step of the set-up in words."""
    if step.state == "done":
        return StepWords(step.name, _done_titles()[step.name], _done_detail(step, device), "on")
    title = _titles()[step.name]
    if step.state == "waiting_for_kra":
        return _waiting_for_kra(step)
    if step.state == "failed":
        return StepWords(step.name, title, _failure(step), "no", retry=_("Try again"), said=_said(step))
    if step.state == "running":
        detail = _("So far: %(count)s", count=step.message.removesuffix(" so far")) if step.message else _usual(step.name)
        return StepWords(step.name, title, detail, "now")
    if step.attempts:
        tries = ngettext("tried %(num)s time", "tried %(num)s times", step.attempts)
        detail = _("KRA has not answered yet (%(tries)s). Nothing is lost: it goes on by itself.", tries=tries)
        return StepWords(step.name, title, detail, "now", said=_said(step))
    return StepWords(step.name, title, "", "")


def _waiting_for_kra(step: SetupStep) -> StepWords:
    detail = _("KRA approves each control unit once. Ask for it on KRA's portal with the serial number below, then come back.")
    title = _("Waiting for KRA to approve")
    return StepWords(step.name, title, detail, "now", retry=_("I have done it"), said=_said(step), wants_serial=True)


def _failure(step: SetupStep) -> str:
    """KRA's code in our words; a sentence of our own when it is we who stopped."""
    meaning = TABLE.get(step.code or "")
    if step.message and step.code in (None, "902"):
        return step.message
    if meaning is not None and meaning.outcome is Outcome.DEVICE:
        return meaning.sentence
    return _("KRA did not accept this request. Its own words are under Details. Nothing is lost, and trying again is safe.")


def _said(step: SetupStep) -> str:
    parts = [_("code %(code)s", code=step.code) if step.code else "", step.message or ""]
    return ": ".join(part for part in parts if part)


def _done_detail(step: SetupStep, device: Device) -> str:
    when = day_and_time(step.changed_at)
    return f"{device.sdc_id} · {when}" if step.name == "initialise" and device.sdc_id else when


def _usual(name: str) -> str:
    return _("Usually under 2 minutes; this page updates by itself.") if name == "initialise" else _("Under way.")


def _titles() -> dict[str, str]:
    return {
        "initialise": _("Ask KRA for the control unit"),
        "codes": _("Fetch KRA's codes and tax rates"),
        "item_classes": _("Fetch KRA's classes of goods and services"),
        "branches": _("Fetch your branches at KRA"),
        "notices": _("Fetch KRA's notices"),
    }


def _done_titles() -> dict[str, str]:
    return {
        "initialise": _("KRA has set up the control unit"),
        "codes": _("KRA's codes and tax rates are here"),
        "item_classes": _("KRA's classes of goods and services are here"),
        "branches": _("Your branches at KRA are here"),
        "notices": _("KRA's notices are here"),
    }


def how_long(span: timedelta) -> str:
    """`23 h 53 min`, `7 min`; whole minutes, rounded down."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min", minutes=rest)
    return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `7 minutes ago`, `3 hours ago`, `2 days ago`."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 120:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", hours)
    return ngettext("%(num)s day ago", "%(num)s days ago", hours // 24)
