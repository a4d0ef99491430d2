"""The page on which a branch gets another control unit: of the other kind, or one that was initialised elsewhere."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.devices import pages, queries, replacing
from portal.devices.replacing import KnownUnit, Transport
from portal.errors import BadInput
from portal.identity.access import current_actor, requires
from portal.identity.forms import read_secret
from portal.identity.fresh import fresh_sign_in, is_stale
from portal.identity.permissions import Permission
from portal.infra.crypto import Secret
from portal.infra.forms import FormReader

blueprint = Blueprint("replacing", __name__)
# The lengths of KRA's fields (PROTOCOL §4).
LONGEST_SERIAL, LONGEST_SDC_ID, LONGEST_MRC, LONGEST_KEY, SHORTEST_KEY = 100, 18, 11, 255, 8


@blueprint.get("/devices/<uuid:device_id>/replace")
@requires(Permission.MANAGE_DEVICES)
def choose(device_id: UUID) -> Any:
    """What can be put in this unit's place."""
    return _page(device_id, FormReader.blank())


@blueprint.post("/devices/<uuid:device_id>/convert")
@fresh_sign_in()
@requires(Permission.MANAGE_DEVICES)
def convert(device_id: UUID) -> Any:
    """Put a unit of the other kind in its place."""
    queries.device(device_id)
    form = FormReader(request.form)
    transport = form.choice("transport", ("vscu", "oscu"), _("Choose VSCU or OSCU."))
    if transport is None:
        return _page(device_id, form), 422
    try:
        new = replacing.convert(current_actor(), device_id, cast(Transport, transport))
    except BadInput as problem:
        form.complain(problem)
        return _page(device_id, form), 422
    return redirect(url_for("devices.setup_of", device_id=new), 303)


@blueprint.post("/devices/<uuid:device_id>/adopt")
@fresh_sign_in("key")
@requires(Permission.MANAGE_DEVICES)
def adopt(device_id: UUID) -> Any:
    """Put a unit that was initialised elsewhere in its place."""
    queries.device(device_id)
    form = FormReader(request.form)
    known = _read_known(form)
    if known is None:
        return _page(device_id, form), 422
    try:
        new = replacing.adopt(current_actor(), device_id, known)
    except BadInput as problem:
        form.complain(problem)
        return _page(device_id, form), 422
    return redirect(url_for("devices.setup_of", device_id=new), 303)


@blueprint.post("/devices/<uuid:device_id>/key")
@fresh_sign_in("new_key")
@requires(Permission.MANAGE_DEVICES)
def replace_key(device_id: UUID) -> Any:
    """Put another communication key in place of the stored one."""
    queries.device(device_id)
    form = FormReader(request.form)
    key = _read_key(form, "new_key", required=True)
    if key is None:
        return _page(device_id, form), 422
    replacing.replace_key(current_actor(), device_id, key)
    flash(_("The new key is stored. Only its last four letters are shown from now on."))
    return redirect(url_for(".choose", device_id=device_id), 303)


def _page(device_id: UUID, form: FormReader) -> str | Response:
    unit = pages.one(device_id)
    if unit.device.status == "retired":
        return redirect(url_for("devices.show_device", device_id=queries.device_of_branch(unit.branch.id).id), 303)
    key = replacing.key_of(unit.device)
    return render_template(
        "devices/replace.html", unit=unit, key=key, typed=form.typed, errors=form.errors, asks_password=is_stale()
    )


def _read_known(form: FormReader) -> KnownUnit | None:
    transport = form.choice("kind", ("vscu", "oscu"), _("Choose VSCU or OSCU."))
    serial = form.read("serial", _code(4, LONGEST_SERIAL), required=_("Enter the serial number, as KRA has approved it."))
    sdc_id = form.read("sdc_id", _code(4, LONGEST_SDC_ID), required=_("Enter the control unit ID, like KRACU0400009999."))
    mrc = form.read("mrc_number", _code(4, LONGEST_MRC), required=_("Enter the machine number, like KRA00000001."))
    last = form.read("last_invoice", _number, required=_("Enter the last invoice number that was sent; 0 when there was none."))
    key = _read_key(form, "key", required=transport == "oscu")
    if form.errors or transport is None or serial is None or sdc_id is None or mrc is None or last is None:
        return None
    return KnownUnit(
        transport=transport,
        serial=serial,
        sdc_id=sdc_id,
        mrc_number=mrc,
        last_invoice=last,
        key=key if transport == "oscu" else None,
    )


def _read_key(form: FormReader, name: str, *, required: bool) -> Secret | None:
    """A key as it was pasted, blanks around it away; never shown again, also not with an error."""
    if not required and not request.form.get(name):
        return None
    text = read_secret(form, name, _("Enter the communication key (cmcKey).")).strip()
    if name not in form.errors and not re.fullmatch(rf"[\x21-\x7e]{{{SHORTEST_KEY},{LONGEST_KEY}}}", text):
        form.refuse(name, _("This does not look like a key: it has 8 to 255 letters, digits and signs without blanks."))
    return None if name in form.errors else Secret(text)


def _code(least: int, most: int) -> Any:
    def parse(text: str) -> str:
        tidy = text.strip()
        if not re.fullmatch(rf"[A-Za-z0-9_./-]{{{least},{most}}}", tidy, re.ASCII):
            raise BadInput(_("Enter %(least)s to %(most)s letters and digits, without blanks.", least=least, most=most))
        return tidy

    return parse


def _number(text: str) -> int:
    tidy = text.strip().replace(",", "")
    if not re.fullmatch(r"[0-9]{1,12}", tidy, re.ASCII):
        raise BadInput(_("Enter a whole number, like 1204."))
    return int(tidy)
