"""From a request to an answer: path, fault, identity, operation, envelope."""

import sys
import traceback
from collections.abc import Mapping
from typing import Any

from portal.simulator import control, gateway_door, routes
from portal.simulator.envelope import CODE_VALUE_ERROR, REQUEST_ERROR, Refusal, Reply, envelope, from_json
from portal.simulator.http import Request, Response
from portal.simulator.identity import initialise, known_device
from portal.simulator.misbehaviour import Alteration, misbehave, unaltered
from portal.simulator.server import Delivery
from portal.simulator.traffic import Entry, identify
from portal.simulator.world import OSCU, VSCU, Call, World

UNTIL_THE_PEER_LEAVES = 3600.0
HOURS_WITHOUT_CONTACT = 24


class Application:
    """Answers the requests of portals at both doors, and those of tests on the control path."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tokens = gateway_door.Tokens()

    def respond(self, request: Request) -> Delivery:
        """The answer to one request and how it is delivered."""
        if request.path.startswith("/_control"):
            return self.respond_to_control(request)
        if self.world.down is not None:
            return self._while_down()
        if (request.method, request.path) == ("GET", gateway_door.TOKEN_PATH):
            return Delivery(self._tokens.generate(request))
        route = routes.find(request.path, self.world.options)
        if route is None:
            return Delivery(Response(404, b'{"status":404,"error":"Not Found"}'))
        if route.behind_gateway:
            return self._through_gateway(request, route)
        return self._operate(request, route)

    def _through_gateway(self, request: Request, route: routes.Route) -> Delivery:
        problem = self._tokens.missing(request)
        if problem is None:
            missing = gateway_door.identity_missing(route.operation, _parse(request.body))
            problem = gateway_door.refusal(400, missing) if missing else None
        return self._operate(request, route) if problem is None else Delivery(problem)

    def respond_to_control(self, request: Request) -> Delivery:
        """The answer on the port that knows the control path only."""
        return Delivery(control.respond(self.world, request))

    def _while_down(self) -> Delivery:
        if self.world.down == "http":
            return Delivery(Response(503, b"<html><body>503 Service Unavailable</body></html>", "text/html"))
        if self.world.down == "hang":
            return Delivery(hold=UNTIL_THE_PEER_LEAVES)
        return Delivery(reset=True)

    def _operate(self, request: Request, route: routes.Route) -> Delivery:
        world = self.world
        entry = world.traffic.arrived(route.operation, route.transport, request.body, world.clock.stamp())
        try:
            body = _parse(request.body)
            identify(entry, body, request.headers)
            fault = world.faults.choose(route.operation, entry, body)
            if fault is None:
                response = self._answer(request, route, body, entry)
                return Delivery(response, delay=world.options.latency_ms / 1000)
            entry["fault"] = fault.name
            return misbehave(fault, world, entry, lambda alter: self._answer(request, route, body, entry, alter))
        finally:
            world.traffic.answered(entry)

    def _answer(self, request: Request, route: routes.Route, body: Any, entry: Entry, alter: Alteration = unaltered) -> Response:
        reply = alter(self._reply(request, route, body))
        entry["code"] = reply.code
        if route.behind_gateway:
            return gateway_door.wrapped(reply, self.world.clock.stamp())
        return Response(self._status(reply, route.transport), envelope(reply, self.world.clock.stamp()))

    def _reply(self, request: Request, route: routes.Route, body: Any) -> Reply:
        try:
            _check_shape(request, route.transport, body)
            with self.world.lock:
                return self._carry_out(request, route, body)
        except Refusal as refusal:
            return refusal.reply
        except Exception:  # whatever goes wrong in here, the peer gets KRA's "unknown error" and we get the trace
            traceback.print_exc(file=sys.stderr)
            return Reply(None, "999")

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


def _parse(raw: bytes) -> Any:
    """The JSON body; None when there is none, … when it is not JSON."""
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
    if hours is not None and (operation != "save_sale" or hours >= HOURS_WITHOUT_CONTACT):
        raise Refusal("894")
