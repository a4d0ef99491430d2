"""Starts everything in the order that shows a page soonest, keeps it running, and stops it in the opposite order."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from portal.local import environment, pango
from portal.local.account import Account
from portal.local.console import Console, Stopwatch
from portal.local.environment import Generated
from portal.local.migrations import migrate_when_needed
from portal.local.places import Places
from portal.local.ports import Ports
from portal.local.problems import Problem, tail
from portal.local.servers import Servers, prepare
from portal.local.services import Service, end_leftovers, environment_for, kinds
from portal.local.status import READY, STARTING, STOPPING, Status

START_SECONDS = 90.0
# Nothing is taken on any more, then what is begun is finished, and KRA answers until the last worker is done.
STOP_ORDER = (("web",), ("clock", "lanes", "documents"), ("simulator",))


@dataclass(slots=True)
class Supervisor:
    """The one process that every other process of a stack is a child of."""

    places: Places
    console: Console
    watch: Stopwatch
    port: int | None = None
    is_temporary: bool = False
    account: Account = field(default_factory=Account.for_servers)
    ports: Ports = field(default_factory=Ports)
    settings: dict[str, str] = field(default_factory=dict)
    draws_pdf: bool = False
    servers: Servers | None = None
    services: dict[str, Service] = field(default_factory=dict)
    _web_port: int = 0

    @property
    def url(self) -> str:
        """The address that people open."""
        return self.settings["PORTAL_URL"]

    def start(self) -> None:
        """Come back when /readyz says that everything is there; fails with a sentence that says what is not."""
        if end_leftovers(self.places.processes):
            self.console.say("Stopped what an earlier, killed start had left running.")
        if aside := self.places.put_aside_strange_data():
            self.console.say(f"Data of an earlier clone in this place cannot be read any more; it was moved to {aside}.")
            self.places.make(self.account)
        generated = Generated.load(self.places.secrets)
        given = environment.given()
        web_port, simulator_port = self._choose_ports(generated, given)
        self.servers = prepare(self.places, generated, given, self.account, self.ports, self.console)
        self.settings = {
            **environment.defaults(self.places, generated, web_port, simulator_port), **self.servers.settings,
        }
        self._tell(STARTING)
        generated.save(self.places.secrets)
        self._make_services(web_port, simulator_port)
        probe = pango.start_probe()
        self.servers.launch()
        self._start("simulator")
        self.servers.wait_until_ready(generated)
        self._settle_environment(generated)
        self._start("web")
        self._wait("the web server", lambda: self._answers("/healthz"), ("simulator", "web"))
        self.console.say(f"Risiti is at {self.url}   ({self.watch.seconds():.1f} s)")
        self._see_to_pango(probe)
        self._start("lanes", "documents", "clock")
        self._wait("everything", lambda: self._answers("/readyz"), tuple(self.services))
        self._tell(READY)

    def _choose_ports(self, generated: Generated, given: dict[str, str]) -> tuple[int, int | None]:
        web = self._web_port = self.ports.choose_for_web(self.port, generated.ports.get("web"))
        generated.ports["web"] = web
        if not environment.needs_simulator(given):
            return web, None
        simulator = generated.ports["simulator"] = self.ports.choose(generated.ports.get("simulator"))
        return web, simulator

    def _make_services(self, web_port: int, simulator_port: int | None) -> None:
        for name, kind in kinds(web_port, simulator_port, self.places.home / "simulator.json").items():
            log, record = self.console.open_log(name), self.places.processes / f"{name}.process"
            self.services[name] = Service(kind, {}, log, record)

    def _settle_environment(self, generated: Generated) -> None:
        """The database is known now, perhaps under new roles: write it down and bring it up to date."""
        assert self.servers is not None
        self.settings |= self.servers.settings
        environment.write(self.places.environment, self.settings)
        complete = environment_for(self.settings)
        if migrate_when_needed(generated, complete, self.console.open_log("migrate")):
            generated.save(self.places.secrets)

    def _start(self, *names: str) -> None:
        for name in names:
            service = self.services.get(name)
            if service is not None:
                service.environment = environment_for(self.settings)
                service.start()

    def _wait(self, what: str, condition: Callable[[], bool], needed: tuple[str, ...]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            self.console.show_new_lines()
            for name in needed:
                service = self.services.get(name)
                if service is not None and service.process is not None and service.exit_code is not None:
                    raise Problem(f"{name} did not start (exit code {service.exit_code}):\n{tail(service.log)}")
            if time.monotonic() > deadline:
                said = get(self._web_port, "/readyz")[1]
                raise Problem(f"After {START_SECONDS:.0f} seconds {what} was not ready. {said}\n"
                              f"The logs are in {self.places.logs}.")
            time.sleep(0.05)

    def _answers(self, path: str) -> bool:
        return get(self._web_port, path)[0] == 200

    def _see_to_pango(self, probe: subprocess.Popen[bytes]) -> None:
        """Say, and as root mend, that receipts cannot be drawn here."""
        self.draws_pdf = pango.works(probe)
        if self.draws_pdf:
            return
        if pango.can_install():
            self.console.say(f"PDF receipts need the Pango text library; installing it: {' '.join(pango.PACKAGES)}")
            pango.install(self.console.open_log("pango"))
            self.draws_pdf = pango.works(pango.start_probe())
        if not self.draws_pdf:
            self.console.say(pango.MISSING)

    def keep_running(self, until: Callable[[], bool]) -> None:
        """Show the logs and start again what ends, until somebody wants the end."""
        assert self.servers is not None
        while not until():
            self.console.show_new_lines()
            for sentence in self.servers.keep_running():
                self.console.say(sentence)
            for service in self.services.values():
                if ended := service.keep_running():
                    self.console.say(ended)
            time.sleep(0.2)

    def stop(self) -> None:
        """Web first, then the workers with the time to finish their jobs, then the queue, then the database."""
        signals = {number: signal.signal(number, self._already_stopping) for number in STOP_SIGNALS}
        try:
            if self.settings:
                self._tell(STOPPING)
            for names in STOP_ORDER:
                together = [self.services[name] for name in names if name in self.services]
                for service in together:
                    service.ask_to_stop()
                for service in together:
                    service.see_stopped()
            if self.servers is not None:
                self.servers.stop()
            self.console.show_new_lines()
            self.ports.release()
            self.places.status.unlink(missing_ok=True)
        finally:
            for number, handler in signals.items():
                signal.signal(number, handler)

    def _already_stopping(self, _number: int, _frame: FrameType | None) -> None:
        self.console.say("Still stopping: workers finish their job, the database writes its data.")

    def _tell(self, state: str) -> None:
        Status(os.getpid(), state, self.settings.get("PORTAL_URL", ""), self.is_temporary).write(self.places)


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_on_signals() -> None:
    """Turn Ctrl-C, a closed terminal and a polite kill into KeyboardInterrupt."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)


def get(port: int, path: str) -> tuple[int, str]:
    """Status and the beginning of what our web server answers, 0 and the reason when it does not; no proxy is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as problem:
        return 0, str(problem)
    finally:
        connection.close()


def log_of(places: Places, name: str) -> Path:
    """Where one process writes."""
    return places.logs / f"{name}.log"
