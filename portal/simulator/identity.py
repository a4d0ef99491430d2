"""Who is asking: installing a device once (PROTOCOL §4), and the check of every later request (§2.2)."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from portal.simulator.envelope import Refusal, Reply
from portal.simulator.fields import Place, parameter_error
from portal.simulator.state import Books, Device, Event, keeps
from portal.simulator.taxpayers import branch_particulars, is_known, is_registered_for_vat, taxpayer_name
from portal.simulator.world import OSCU, VSCU, World

PIN = re.compile(r"[A-Z]\d{9}[A-Z]\Z", re.ASCII)
BRANCH = re.compile(r"\d\d\Z", re.ASCII)
MIDDLE = {VSCU: "03", OSCU: "04"}


def read_identity(headers: Mapping[str, str], body: Mapping[str, Any]) -> tuple[str, str]:
    """PIN and branch of a request, from its body or its headers; the two must not contradict each other."""
    found = []
    for name in ("tin", "bhfId"):
        values = {str(value) for value in (body.get(name), headers.get(name.lower())) if value}
        if not values:
            raise Refusal("900")
        if len(values) > 1:
            raise Refusal("901")
        found.append(values.pop())
    return found[0], found[1]


def known_device(world: World, transport: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Device:
    """The installed device that sends the request; refuses all others (900, 901, 903, 905, E11)."""
    device = world.books.devices.get(read_identity(headers, body))
    if device is None:
        raise Refusal("901")
    _check_kind(device, transport)
    if transport == OSCU:
        _check_key(device, headers, body)
    if device.condition == "blocked":
        raise Refusal("901")
    return device


def _check_kind(device: Device, transport: str) -> None:
    if device.transport != transport:
        raise Refusal("903" if transport == OSCU else "905")


def _check_key(device: Device, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
    key = headers.get("cmckey") or body.get("cmcKey")
    if not key:
        raise Refusal("900")
    if key != device.communication_key:
        raise Refusal("901")


def initialise(world: World, transport: str, headers: Mapping[str, str], body: Mapping[str, Any], raw: bytes) -> Reply:
    """Installs a device and hands out its keys, once; later calls answer 902 without them."""
    tin, branch = read_identity(headers, body)
    serial = body.get("dvcSrlNo")
    if not serial:
        raise parameter_error("dvcSrlNo", "may not be empty", Place())
    if not isinstance(serial, str) or len(serial) > 100:
        raise parameter_error("dvcSrlNo", "size must be between 0 and 100", Place())
    if not (PIN.match(tin) and BRANCH.match(branch) and is_known(tin)):
        raise Refusal("901")
    installed = world.books.devices.get((tin, branch))
    if installed is not None:
        _check_kind(installed, transport)
        raise Refusal("902" if installed.serial == serial and installed.condition != "blocked" else "901")
    _check_approved(world, transport, (tin, branch, serial))
    world.record("install", new_device(tin, branch, serial, transport))
    return Reply({"info": information(world, world.books.devices[tin, branch])})


def _check_approved(world: World, transport: str, wish: tuple[str, str, str]) -> None:
    if world.options.approval_needed and wish not in world.books.approved:
        world.books.waiting[wish] = transport
        raise Refusal("901")


def new_device(tin: str, branch: str, serial: str, transport: str) -> dict[str, Any]:
    """The particulars of a control unit that KRA makes up at installation."""
    number = secrets.randbelow(1_000_000)
    return {
        "tin": tin,
        "branch": branch,
        "serial": serial,
        "transport": transport,
        "device_id": f"{450_000 + number % 500_000}",
        "sdc_id": f"KRACU{MIDDLE[transport]}00{number:06}",
        "mrc_number": f"KRA{number:08}",
        "communication_key": secrets.token_hex(32).upper(),
        "internal_key": secrets.token_hex(32).upper(),
        "signing_key": secrets.token_hex(32).upper(),
    }


def information(world: World, device: Device) -> dict[str, Any]:
    """The flat object of an initialise answer."""
    info = {
        "tin": device.tin,
        "taxprNm": taxpayer_name(device.tin),
        "bsnsActv": "RETAIL",
        **branch_particulars(device.tin, device.branch),
        "bhfOpenDt": "20250601",
        "dvcId": device.device_id,
        "sdcId": device.sdc_id,
        "mrcNo": device.mrc_number,
        "cmcKey": device.communication_key,
    }
    return {**info, **_unit_information(world, device)} if device.transport == VSCU else info


def _unit_information(world: World, device: Device) -> dict[str, Any]:
    branch = world.books.branch(device.key)
    return {
        "vatTyCd": "1" if is_registered_for_vat(device.tin) else "2",
        "intrlKey": device.internal_key,
        "signKey": device.signing_key,
        "lastInvcNo": branch.last_invoice,
        "lastSaleInvcNo": branch.last_invoice,
        "lastPchsInvcNo": branch.last_purchase,
        "lastSaleRcptNo": device.receipts,
        "lastTrainInvcNo": None,
        "lastProfrmInvcNo": None,
        "lastCopyInvcNo": None,
    }


@keeps("install")
def keep_installation(books: Books, event: Event) -> None:
    """Takes a new device into the books."""
    device = Device(**event.facts)
    books.devices[device.key] = device
    taxpayer = books.taxpayer(device.tin)
    taxpayer.opened_at = taxpayer.opened_at or event.stamp
    books.waiting.pop((device.tin, device.branch, device.serial), None)


@keeps("approve")
def keep_approval(books: Books, event: Event) -> None:
    """Takes the approval of a serial number into the books."""
    wish = (event.facts["tin"], event.facts["bhfId"], event.facts["dvcSrlNo"])
    books.approved.add(wish)
    books.waiting.pop(wish, None)


@keeps("unit")
def keep_condition(books: Books, event: Event) -> None:
    """Takes a changed condition of a device into the books."""
    key = (event.facts["tin"], event.facts["bhfId"])
    if event.facts["condition"] == "retired":
        del books.devices[key]
        return
    device = books.devices[key]
    device.condition = event.facts["condition"]
    hours = event.facts["offline_hours"]
    device.offline_hours = None if hours is None else float(hours)
