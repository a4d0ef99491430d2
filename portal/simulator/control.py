"""The control path /_control: how a test looks into this KRA and lets it misbehave. Only this machine may use it."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

from portal.simulator.envelope import from_json, to_json
from portal.simulator.http import Request, Response
from portal.simulator.routes import OPERATIONS
from portal.simulator.state import StoredSale
from portal.simulator.world import World

Act = Callable[[World, Any, dict[str, str]], Any]
CONDITIONS = {
    "retire": "retired",
    "block": "blocked",
    "unblock": "ready",
    "memory_full": "memory_full",
    "memory_free": "ready",
    "offline": "ready",
    "online": "ready",
}


def respond(world: World, request: Request) -> Response:
    """The answer to a control request; a mistake in it is answered with 400 and a sentence."""
    if not ip_address(request.peer).is_loopback:
        return Response(404)
    act = ACTS.get((request.method, request.path))
    if act is None:
        return _answer({"error": f"There is no {request.method} {request.path}."}, 404)
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    try:
        wanted = from_json(request.body) if request.body.strip() else {}
        with world.lock:
            return _answer(act(world, wanted, query))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        return _answer({"error": f"{type(problem).__name__}: {problem}"}, 400)


def _answer(value: Any, status: int = 200) -> Response:
    return Response(status, to_json({"done": True} if value is None else value))


def _health(world: World, wanted: Any, query: dict[str, str]) -> Any:
    return {"status": "ok", "devices": len(world.books.devices), "sales": len(world.books.sales), "down": world.down}


def _add_faults(world: World, wanted: Any, query: dict[str, str]) -> Any:
    faults = wanted if isinstance(wanted, list) else [wanted]
    return {"ids": [world.faults.add(fault, set(OPERATIONS)) for fault in faults]}


def _faults(world: World, wanted: Any, query: dict[str, str]) -> Any:
    return {"faults": world.faults.planned()}


def _heal(world: World, wanted: Any, query: dict[str, str]) -> None:
    world.faults.heal(int(query["id"]) if "id" in query else None)


def _ledger(world: World, wanted: Any, query: dict[str, str]) -> Any:
    sales = [
        _ledger_row(sale)
        for sale in world.books.sales
        if query.get("tin", sale.tin) == sale.tin and query.get("bhfId", sale.branch) == sale.branch
    ]
    return {"sales": sales}


def _ledger_row(sale: StoredSale) -> dict[str, Any]:
    body = sale.body()
    receipt = sale.receipt
    copied = ("trdInvcNo", "custTin", "custNm", "salesDt", "cfmDt", "totTaxblAmt", "totTaxAmt", "pmtTyCd")
    return {
        "tin": sale.tin,
        "bhfId": sale.branch,
        "invcNo": sale.number,
        "orgInvcNo": sale.original_number,
        "rcptTyCd": sale.type,
        "totAmt": sale.total,
        **{name: body.get(name) for name in copied},
        "rcptNo": receipt["number"],
        "totRcptNo": receipt["number"],
        "intrlData": receipt["internal_data"],
        "rcptSign": receipt["signature"],
        "sdcId": receipt["sdc_id"],
        "mrcNo": receipt["mrc_number"],
        "signedAt": receipt["at"],
    }


def _requests(world: World, wanted: Any, query: dict[str, str]) -> Any:
    counts = dict(world.traffic.counts())
    return {**counts, "log": world.traffic.log()} if "log" in query else counts


def _down(world: World, wanted: Any, query: dict[str, str]) -> None:
    how = wanted.get("how", "reset")
    if how not in ("reset", "http", "hang", "refuse"):
        raise ValueError(f"A KRA cannot be down by {how!r}: reset, http, hang or refuse.")
    world.go_down(how if wanted["down"] else None)


def _options(world: World, wanted: Any, query: dict[str, str]) -> Any:
    return world.described_options()


def _change_options(world: World, wanted: Any, query: dict[str, str]) -> Any:
    world.change_options(wanted)
    return world.described_options()


def _approve(world: World, wanted: Any, query: dict[str, str]) -> Any:
    """Approves one serial, also beforehand; without particulars, everything that waits."""
    wishes = [(wanted["tin"], wanted.get("bhfId", "00"), wanted["dvcSrlNo"])] if "dvcSrlNo" in wanted else [
        wish for wish in world.books.waiting if wanted.get("tin", wish[0]) == wish[0]
    ]  # fmt: skip
    for tin, branch, serial in wishes:
        world.record("approve", {"tin": tin, "bhfId": branch, "dvcSrlNo": serial})
    return {"approved": len(wishes)}


def _change_unit(world: World, wanted: Any, query: dict[str, str]) -> None:
    action = wanted["action"]
    if action not in CONDITIONS:
        raise ValueError(f"There is no action {action!r}. Actions: {', '.join(CONDITIONS)}.")
    key = (wanted["device"]["tin"], wanted["device"].get("bhfId", "00"))
    if key not in world.books.devices:
        raise ValueError(f"There is no device of {key[0]} at branch {key[1]}.")
    hours = wanted.get("hours", 0) if action == "offline" else None
    facts = {"tin": key[0], "bhfId": key[1], "condition": CONDITIONS[action], "offline_hours": hours}
    world.record("unit", facts)


def _devices(world: World, wanted: Any, query: dict[str, str]) -> Any:
    installed = [
        {
            "tin": device.tin,
            "bhfId": device.branch,
            "dvcSrlNo": device.serial,
            "transport": device.transport,
            "sdcId": device.sdc_id,
            "mrcNo": device.mrc_number,
            "condition": device.condition,
            "lastInvcNo": world.books.branch(device.key).last_invoice,
            "lastSarNo": world.books.branch(device.key).last_movement,
            "receipts": device.receipts,
        }
        for device in world.books.devices.values()
    ]
    waiting = [
        {"tin": tin, "bhfId": branch, "dvcSrlNo": serial, "transport": transport}
        for (tin, branch, serial), transport in world.books.waiting.items()
    ]
    return {"devices": installed, "waiting": waiting}


def _stock(world: World, wanted: Any, query: dict[str, str]) -> Any:
    branch = world.books.branch((query["tin"], query.get("bhfId", "00")))
    return {"stock": branch.stock, "levels": branch.levels, "lastSarNo": branch.last_movement}


def _notice(world: World, wanted: Any, query: dict[str, str]) -> None:
    world.record("notice", {"title": wanted["title"], "cont": wanted["cont"]})


def _reset(world: World, wanted: Any, query: dict[str, str]) -> None:
    world.reset()


ACTS: dict[tuple[str, str], Act] = {
    ("GET", "/_control/health"): _health,
    ("GET", "/_control/faults"): _faults,
    ("POST", "/_control/faults"): _add_faults,
    ("DELETE", "/_control/faults"): _heal,
    ("GET", "/_control/ledger"): _ledger,
    ("GET", "/_control/requests"): _requests,
    ("GET", "/_control/devices"): _devices,
    ("GET", "/_control/stock"): _stock,
    ("GET", "/_control/options"): _options,
    ("POST", "/_control/options"): _change_options,
    ("POST", "/_control/down"): _down,
    ("POST", "/_control/approve"): _approve,
    ("POST", "/_control/unit"): _change_unit,
    ("POST", "/_control/notices"): _notice,
    ("POST", "/_control/reset"): _reset,
}
