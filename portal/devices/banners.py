"""What must be seen on every page of a business: no real tax invoices here, KRA is away, a unit is about to close."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import text

from portal.devices import circuit
from portal.fiscal.offline import device_gate
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.infra.wording import day_and_time

SILENT_FOR_LONG = text("""
    SELECT d.id, b.name, d.last_contact_at, clock_timestamp() AS now FROM device d
      JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
     WHERE d.tenant_id = :tenant AND d.status IN ('ready','lane_held','blocked')
       AND (d.last_contact_at IS NULL OR d.last_contact_at < now() - interval '20 hours')
     ORDER BY d.last_contact_at NULLS FIRST LIMIT 1""")


def banners() -> Iterator[dict[str, str]]:
    """The notes above a page, the most urgent first; nothing is asked of the database before they are drawn."""
    yield from _closing_units()
    yield from _outage()
    yield from _no_tax_documents()


def _closing_units() -> Iterator[dict[str, str]]:
    unit = db.session.execute(SILENT_FOR_LONG, {"tenant": current_tenant_id()}).one_or_none()
    if unit is None:
        return
    gate = device_gate(unit.last_contact_at, unit.now)
    href = url_for("devices.show_device", device_id=unit.id)
    if gate.may_issue:
        until = day_and_time(gate.closes_at)
        words = _("Invoices can be issued until %(time)s. Check the network of the control unit.", time=until)
        yield {"kind": "wait", "title": _("%(branch)s has no contact with KRA", branch=unit.name), "text": words, "href": href}
        return
    since = day_and_time(unit.last_contact_at) or _("its set-up")
    words = _("No contact with KRA since %(since)s. Drafts are kept; issuing opens by itself when KRA answers.", since=since)
    yield {"kind": "bad", "title": _("%(branch)s may not issue invoices now", branch=unit.name), "text": words, "href": href}


def _outage() -> Iterator[dict[str, str]]:
    settings = current_app.extensions["settings"]
    if circuit.is_open(urlsplit(settings.kra_vscu_url).netloc):
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
