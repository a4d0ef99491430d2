"""What must be seen on every page of a business: no real tax invoices here, KRA is away, a unit is about to close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row, text

from portal.devices import circuit
from portal.devices.words import how_long
from portal.fiscal.offline import device_gate
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import day_and_time

# Two notes at most stand above a page; the branches behind them are counted in the second.
MOST_UNITS = 2
IS_SILENT = """d.status IN ('ready', 'lane_held', 'blocked')
       AND (d.last_contact_at IS NULL OR d.last_contact_at <= clock_timestamp() - interval '20 hours')"""
SILENT_FOR_LONG = text(f"""
    SELECT d.id, d.branch_id, b.name, d.last_contact_at, clock_timestamp() AS now FROM device d
      JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
     WHERE d.tenant_id = :tenant AND {IS_SILENT}
     ORDER BY d.last_contact_at NULLS FIRST, b.code""")  # noqa: S608 - our own words


# What has to be known of the control units on every page, as columns of the one statement that asks for its frame.
GLANCE = f"""
    EXISTS (SELECT 1 FROM device d WHERE d.tenant_id = %(tenant)s AND {IS_SILENT}) AS is_silent,
    ARRAY(SELECT DISTINCT CASE d.transport WHEN 'oscu' THEN d.door ELSE d.transport END FROM device d
           WHERE d.tenant_id = %(tenant)s AND d.status <> 'retired') AS doors,
    ARRAY(SELECT host FROM kra_host WHERE open_until IS NOT NULL) AS hosts_away,
    ARRAY(SELECT b.name FROM branch b WHERE b.tenant_id = %(tenant)s AND b.training AND b.closed_at IS NULL
           ORDER BY b.code) AS in_training"""  # noqa: S608


class Glance(Protocol):
    """The answer to GLANCE."""

    is_silent: bool
    doors: Sequence[str]
    hosts_away: Sequence[str]
    in_training: Sequence[str]


def banners(seen: Glance) -> Iterator[dict[str, str]]:
    """The notes above a page, the most urgent first."""
    yield from _training(seen)
    if seen.is_silent:
        yield from _closing_units()
    yield from _outage(seen)
    yield from _no_tax_documents()


def _training(seen: Glance) -> Iterator[dict[str, str]]:
    if seen.in_training:
        words = _("What is issued there is practice: no tax invoice, never sent to KRA, counted nowhere.")
        title = _("Training mode: %(branches)s", branches=", ".join(seen.in_training))
        yield {"kind": "wait", "title": title, "text": words, "href": url_for("devices.list_branches")}


def contact_note(device_id: UUID) -> dict[str, str] | None:
    """The note about one control unit that warns or is closed, as it stands now; None once KRA has answered."""
    unit = next((unit for unit in _silent_units() if unit.id == device_id), None)
    return None if unit is None else _contact_note(unit)


def _closing_units() -> Iterator[dict[str, str]]:
    units = _silent_units()
    for unit in units[:MOST_UNITS]:
        yield _contact_note(unit)
    if (more := len(units) - MOST_UNITS) > 0:
        words = ngettext("One more branch has no contact with KRA.", "%(num)s more branches have no contact with KRA.", more)
        yield {"kind": "bad", "title": "", "text": words, "href": url_for("devices.list_branches")}


def _silent_units() -> Sequence[Row[Any]]:
    return db.session.execute(SILENT_FOR_LONG, {"tenant": current_tenant_id()}).all()


def _contact_note(unit: Row[Any]) -> dict[str, str]:
    gate = device_gate(unit.last_contact_at, unit.now)
    href = url_for("devices.show_device", device_id=unit.id)
    follow = url_for("devices.follow_contact", device_id=unit.id)
    if gate.may_issue and gate.closes_at is not None:
        left, until = how_long(gate.closes_at - unit.now), day_and_time(gate.closes_at)
        title = _("%(branch)s has no contact with KRA: %(left)s left", branch=unit.name, left=left)
        words = _("Invoices can be issued until %(time)s. Check the network of the control unit.", time=until)
        return {"kind": "wait", "title": title, "text": words, "href": href, "follow": follow}
    since = day_and_time(unit.last_contact_at) or _("its set-up")
    words = _("No contact with KRA since %(since)s. Drafts are kept; issuing opens by itself when KRA answers.", since=since)
    title = _("%(branch)s may not issue invoices now", branch=unit.name)
    return {"kind": "bad", "title": title, "text": words, "href": href, "follow": follow}


def _outage(seen: Glance) -> Iterator[dict[str, str]]:
    """Whether the addresses are away at which the control units of this business are reached, those of their own aside."""
    settings = current_app.extensions["settings"]
    addresses = {"direct": settings.kra_oscu_url, "gateway": settings.kra_gateway_url}
    ours = {addresses.get(door, settings.kra_vscu_url) for door in seen.doors}
    if any(circuit.host_of(url) in seen.hosts_away for url in ours):
        words = _("Nothing is lost: invoices wait in order and are signed as soon as KRA answers.")
        yield {"kind": "wait", "title": _("KRA is not answering"), "text": words}


def _no_tax_documents() -> Iterator[dict[str, str]]:
    environment = current_app.extensions["settings"].kra_environment.value
    if environment == "simulator":
        words = _("Practice portal with a simulated KRA: nothing issued here is a tax document.")
        yield {"kind": "wait", "title": "", "text": words}
    elif environment == "sandbox":
        words = _("Practice portal with KRA's sandbox: nothing issued here is a tax document.")
        yield {"kind": "wait", "title": "", "text": words}
