"""From a request to an answer: path, fault, identity, operation, envelope."""

import time
from collections.abc import Callable, Mapping
from threading import Timer
from typing import Any

from portal.simulator import control, routes
from portal.simulator.envelope import CODE_VALUE_ERROR, REQUEST_ERROR, Refusal, Reply, envelope, from_json
from portal.simulator.faults import Fault
from portal.simulator.http import Request, Response, phrase
from portal.simulator.identity import initialise, known_device
from portal.simulator.server import Delivery
from portal.simulator.traffic import identify
from portal.simulator.world import OSCU, VSCU, Call, World

NO_ANSWER = 3600.0


class Application:
    """Answers the requests of portals at both doors, and those of tests on the control path."""

    def __init__(self, world: World) -> None:
        self.world = world

    def respond(self, request: Request) -> Delivery:
        """The answer to one request and how it is delivered."""
        if request.path.startswith("/_control"):
            return Delivery(control.respond(self.world, request))
        if self.world.down is not None:
            return self._while_down()
        route = routes.find(request.path, self.world.options)
        if route is None:
            return Delivery(Response(404, b'{"status":404,"error":"Not Found"}'))
        return self._operate(request, route)

    def respond_to_control(self, request: Request) -> Delivery:
        """The answer on the port that knows the control path only."""
        return Delivery(control.respond(self.world, request))

    def _while_down(self) -> Delivery:
        if self.world.down == "http":
            return Delivery(Response(503, b"<html><body>503 Service Unavailable</body></html>", "text/html"))
        if self.world.down == "hang":
            return Delivery(hold=NO_ANSWER)
        return Delivery(reset=True)

    def _operate(self, request: Request, route: routes.Route) -> Delivery:
        world = self.world
        entry = world.traffic.arrived(route.operation, route.transport, request.body, world.clock.stamp())
        code = None
        fault = None
        try:
            body = _parse(request.body)
            identify(entry, body)
            tin = entry.get("tin") or request.headers.get("tin")
            branch = entry.get("bhfId") or request.headers.get("bhfid")
            fault = world.faults.choose(route.operation, tin, branch, body)
            if fault is not None:
                return self._misbehave(fault, request, route, body)
            code, response = self._answer(request, route, body)
            return Delivery(response, delay=world.options.latency_ms / 1000)
        finally:
            world.traffic.answered(entry, code, fault.name if fault else None)

    def _answer(
        self, request: Request, route: routes.Route, body: Any, alter: Callable[[Reply], Reply] | None = None
    ) -> tuple[str, Response]:
        reply = self._reply(request, route, body)
        if alter is not None:
            reply = alter(reply)
        return reply.code, Response(self._status(reply, route.transport), envelope(reply, self.world.clock.stamp()))

    def _reply(self, request: Request, route: routes.Route, body: Any) -> Reply:
        try:
            _check_shape(request, route.transport, body)
            with self.world.lock:
                return self._carry_out(request, route, body)
        except Refusal as refusal:
            return refusal.reply

    def _carry_out(self, request: Request, route: routes.Route, body: Mapping[str, Any]) -> Reply:
        world = self.world
        if route.operation == "initialise":
            return initialise(world, route.transport, request.headers, body, request.body)
        device = known_device(world, route.transport, request.headers, body)
        if route.transport == VSCU:
            _check_unit_online(world, device.offline_hours, route.operation)
        return route.handler(Call(world, route.operation, route.transport, device, body, request.body))

    def _status(self, reply: Reply, transport: str) -> int:
        """The sandbox of 2026 answers its refusals of data with HTTP 400, a VSCU answers everything with 200."""
        if reply.code not in (REQUEST_ERROR, CODE_VALUE_ERROR):
            return 200
        return self.world.options.refusal_http_status or (400 if transport == OSCU else 200)

    def _misbehave(self, fault: Fault, request: Request, route: routes.Route, body: Any) -> Delivery:
        if fault.kind == "late_commit":
            Timer(fault.milliseconds / 1000, self._reply, (request, route, body)).start()
            return Delivery(hold=NO_ANSWER)
        if fault.kind in ("slow", "trickle"):
            return self._answer_slowly(fault, request, route, body)
        if fault.kind == "sequence_jump":
            with self.world.lock:
                self.world.record("jump", {"tin": body.get("tin"), "bhfId": body.get("bhfId")})
        response = None
        if fault.stored:
            _, response = self._answer(request, route, body, ALTERATIONS.get(fault.kind))
        return self._deliver_badly(fault, response)

    def _answer_slowly(self, fault: Fault, request: Request, route: routes.Route, body: Any) -> Delivery:
        seconds = fault.milliseconds / 1000
        if not fault.stored:
            time.sleep(seconds)
            seconds = 0
        _, response = self._answer(request, route, body)
        return Delivery(response, trickle=seconds) if fault.kind == "trickle" else Delivery(response, delay=seconds)

    def _deliver_badly(self, fault: Fault, response: Response | None) -> Delivery:
        if fault.kind == "timeout":
            return Delivery(hold=fault.hold_ms / 1000)
        if fault.kind == "reset":
            return Delivery(reset=True)
        if fault.kind == "duplicate_reply":
            return Delivery(response, copies=2)
        return Delivery(spoilt(fault, response or Response(200, b'{"resultCd":"000","resultMsg":'), self.world))


def spoilt(fault: Fault, response: Response, world: World) -> Response:
    """The answer that the peer gets instead of the right one."""
    match fault.kind:
        case "code":
            reply = Reply(None, fault.argument or "", fault.message)
            return Response(200, envelope(reply, world.clock.stamp()))
        case "http":
            return _http_error(int(fault.argument or 500))
        case "html":
            return Response(200, b"<html><body>Please log in to this network</body></html>", "text/html")
        case "empty":
            return Response(200, b"")
        case "broken_json":
            return Response(response.status, response.body[: len(response.body) // 2])
        case "huge":
            return Response(200, response.body[:-1] + b',"padding":"' + b"x" * 20_000_000 + b'"}')
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


ALTERATIONS: dict[str, Callable[[Reply], Reply]] = {"wrong_echo": _wrong_echo, "no_signature": _no_signature}


def _parse(raw: bytes) -> Any:
    """The JSON body, or what is wrong with it."""
    if not raw.strip():
        return None
    try:
        return from_json(raw)
    except (ValueError, RecursionError):
        return ...


def _check_shape(request: Request, transport: str, body: Any) -> None:
    if request.method != "POST":
        raise Refusal("912" if transport == OSCU else "895")
    if body is None:
        raise Refusal("911")
    if not isinstance(body, dict):
        raise Refusal("910" if transport == OSCU else "893")


def _check_unit_online(world: World, device_hours: float | None, operation: str) -> None:
    """A VSCU away from KRA forwards nothing, but signs for 24 hours (PROTOCOL §8)."""
    hours = device_hours if device_hours is not None else world.options.offline_hours
    if hours is not None and (operation != "save_sale" or hours >= 24):
        raise Refusal("894")
