"""How each planned fault is played: what KRA carries out, and what the peer gets to see."""

import time
from collections.abc import Callable
from threading import Timer

from portal.simulator.envelope import Reply, envelope
from portal.simulator.faults import Fault
from portal.simulator.http import Response, phrase
from portal.simulator.server import Delivery
from portal.simulator.traffic import Entry
from portal.simulator.world import World

Alteration = Callable[[Reply], Reply]
Answer = Callable[[Alteration], Response]
UNTIL_THE_PEER_LEAVES = 3600.0
MUCH = b"x" * 20_000_000
NOTHING_DONE = b'{"resultCd":"000","resultMsg":"Successful","resultDt":"20260101000000","data":null}'


def unaltered(reply: Reply) -> Reply:
    """The reply as it is."""
    return reply


def misbehave(fault: Fault, world: World, entry: Entry, answer: Answer) -> Delivery:
    """Plays a fault on one request; answer() carries the request out."""
    if fault.kind == "late_commit":
        timer = Timer(fault.milliseconds / 1000, answer, (unaltered,))
        timer.daemon = True
        timer.start()
        return Delivery(hold=UNTIL_THE_PEER_LEAVES)
    if fault.kind in ("slow", "trickle"):
        return _answer_slowly(fault, answer)
    if fault.kind == "sequence_jump":
        with world.lock:
            world.record("jump", {"tin": entry.get("tin"), "bhfId": entry.get("bhfId")})
    response = answer(ALTERATIONS.get(fault.kind, unaltered)) if fault.stored else Response(200, NOTHING_DONE)
    return _deliver_badly(fault, response, world)


def _answer_slowly(fault: Fault, answer: Answer) -> Delivery:
    seconds = fault.milliseconds / 1000
    if not fault.stored:
        time.sleep(seconds)
        return Delivery(answer(unaltered))
    response = answer(unaltered)
    return Delivery(response, trickle=seconds) if fault.kind == "trickle" else Delivery(response, delay=seconds)


def _deliver_badly(fault: Fault, response: Response, world: World) -> Delivery:
    if fault.kind == "timeout":
        return Delivery(hold=fault.hold_ms / 1000)
    if fault.kind == "reset":
        return Delivery(reset=True)
    if fault.kind == "duplicate_reply":
        return Delivery(response, copies=2)
    return Delivery(_spoilt(fault, response, world))


def _spoilt(fault: Fault, response: Response, world: World) -> Response:
    """The answer that the peer gets instead of the right one."""
    match fault.kind:
        case "code":
            return Response(200, envelope(Reply(None, fault.argument or "", fault.message), world.clock.stamp()))
        case "http":
            return _http_error(int(fault.argument or 500))
        case "html":
            return Response(200, b"<html><body>Please log in to this network</body></html>", "text/html")
        case "empty":
            return Response(200, b"")
        case "broken_json":
            return Response(response.status, response.body[: len(response.body) // 2])
        case "huge":
            return Response(response.status, response.body.removesuffix(b"}") + b',"padding":"' + MUCH + b'"}')
        case _:
            return response


def _http_error(status: int) -> Response:
    headers = {}
    if 300 <= status < 400:
        headers["Location"] = "/elsewhere"
    if status in (429, 503):
        headers["Retry-After"] = "7"
    return Response(status, f"<html><body>{status} {phrase(status)}</body></html>".encode(), "text/html", headers)


def _wrong_echo(reply: Reply) -> Reply:
    if not isinstance(reply.data, dict):
        return reply
    return Reply({**reply.data, "invcNo": 999_999_999, "tin": "P999999999Z"}, reply.code, reply.message, reply.moment)


def _no_signature(reply: Reply) -> Reply:
    data = {**reply.data, "rcptSign": "", "intrlData": ""} if isinstance(reply.data, dict) else None
    return Reply(data, reply.code, reply.message, reply.moment)


ALTERATIONS: dict[str, Alteration] = {"wrong_echo": _wrong_echo, "no_signature": _no_signature}
