"""The whole portal as processes of its own on free ports: granian, both workers, the clock, and KRA."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.infra.db import db
from portal.local.ports import Ports
from portal.local.processes import session_members, wait_until
from portal.local.services import Service, environment_for, kinds
from portal.local.supervisor import get
from portal.settings import Settings
from tests.support.simulator import SimulatorProcess
from tests.support.stack import SECRETS, TestDatabase

START_SECONDS = 60
WORKERS = ("lanes", "documents", "clock")


@dataclass(slots=True)
class Portal:
    """Everything that runs, with an app of this process on the same database to look behind the pages."""

    url: str
    port: int
    app: Flask
    kra: SimulatorProcess
    services: dict[str, Service] = field(default_factory=dict)

    def start(self) -> None:
        """Come back when /readyz says that everything is there."""
        for service in self.services.values():
            service.start()
        self._wait_for("/readyz")

    def stop(self) -> None:
        """End it, the web first."""
        for service in self.services.values():
            service.ask_to_stop()
        for service in self.services.values():
            service.see_stopped()

    def stop_web(self) -> None:
        """The web server is gone as after a power cut: whatever it was answering is lost."""
        self._signal_web(signal.SIGKILL)
        self.services["web"].see_stopped()

    def start_web(self) -> None:
        """It is back at the same address."""
        self.services["web"].start()
        self._wait_for("/healthz")

    def freeze_web(self) -> None:
        """The web server takes requests and answers none, until it is stopped."""
        self._signal_web(signal.SIGSTOP)

    def _signal_web(self, number: signal.Signals) -> None:
        process = self.services["web"].process
        assert process is not None
        for member in session_members(process.pid):
            os.kill(member.pid, number)

    def _wait_for(self, path: str) -> None:
        logs = {name: service.log for name, service in self.services.items()}
        if not wait_until(lambda: get(self.port, path)[0] == 200, START_SECONDS):
            said = "\n".join(f"{name}: {log.read_text()[-2000:]}" for name, log in logs.items())
            raise RuntimeError(f"{path} is not 200: {get(self.port, path)}\n{said}")


@contextmanager
def running_portal(database: TestDatabase, redis_url: str, folder: Path) -> Iterator[Portal]:
    """The portal on this database and this Redis until the block ends."""
    ports = Ports()
    port = ports.choose()
    with SimulatorProcess(folder / "kra.journal") as kra:
        settings = {
            **SECRETS,
            "FLASK_APP": "portal.app",
            "DATABASE_URL": database.app_dsn,
            "MIGRATION_DATABASE_URL": database.owner_dsn,
            "REDIS_URL": redis_url,
            "PORTAL_URL": f"http://127.0.0.1:{port}",
            "STORAGE_URL": str(folder / "files"),
            "MAIL_URL": f"file://{folder / 'mail'}",
            "SWEEP_INTERVAL": "1",
            "LANE_THREADS": "4",
            "KRA_VSCU_URL": kra.url,
            "KRA_OSCU_URL": kra.oscu_url,
            "KRA_VSCU_HOSTS": "127.0.0.1",
        }
        app = create_app(Settings.from_env(settings))
        app.testing = True
        portal = Portal(settings["PORTAL_URL"], port, app, kra)
        for name, kind in kinds(port, None, folder).items():
            portal.services[name] = Service(kind, environment_for(settings), folder / f"{name}.log", folder / f"{name}.process")
        try:
            portal.start()
            yield portal
        finally:
            portal.stop()
            with app.app_context():
                db.engine.dispose()
            ports.release()

