"""Starts the simulator: ``python -m portal.simulator --port N --state FILE``."""

import argparse
import signal
import sys
from pathlib import Path
from threading import Event

from portal.simulator.application import Application
from portal.simulator.server import Server
from portal.simulator.world import World


def main() -> None:
    """Serves until it is told to stop; what was answered is on disk at any moment."""
    arguments = _arguments()
    world = World(arguments.state, latency_ms=arguments.latency_ms)
    application = Application(world)
    server = Server(arguments.host, arguments.port, application.respond)
    line = f"KRA simulator: http://{server.host}:{server.port} (state in {arguments.state})"
    if arguments.control_port is not None:
        world.listen_with(server)
        control = Server("127.0.0.1", arguments.control_port, application.respond_to_control)
        line += f", control also on port {control.port}"
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    stopped.wait()
    world.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m portal.simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port for both doors and the control path; 0: any")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="file that keeps what KRA holds")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long every answer takes")
    parser.add_argument("--control-port", type=int, help="the control path once more, for when the port is closed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
