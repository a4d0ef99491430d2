"""The KRA simulator as a process of its own, for tests that talk real HTTP to it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

ROOT = Path(__file__).parents[2]


class Control:
    """The control path of a simulator: look into KRA's books, let it misbehave, heal it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def next(self, fault: str, operation: str = "*", **how: Any) -> int:
        """Lets the next request to the operation go wrong (or the next times=n) and returns the fault's number."""
        return int(self._post("faults", {"fault": fault, "operation": operation, **how})["ids"][0])

    def faults(self) -> list[dict[str, Any]]:
        """The planned faults with how often each was played."""
        return list(self._get("faults")["faults"])

    def heal(self) -> None:
        """Ends all misbehaviour, also being down."""
        self._call("DELETE", "faults")
        self.up()

    def ledger(self, **filters: str) -> list[dict[str, Any]]:
        """Every signed sale and credit note KRA holds, in the order of signing (filters: tin, bhfId)."""
        return list(self._call("GET", "ledger", params=filters)["sales"])

    def requests(self) -> dict[str, Any]:
        """Counters of all requests that arrived (total, operations, answers, most_at_once), log of the latest."""
        return self._call("GET", "requests", params={"log": "1"})

    def received(self, operation: str) -> int:
        """How often an operation was asked for, faults included."""
        return int(self.requests()["operations"].get(operation, 0))

    def devices(self) -> dict[str, Any]:
        """Installed devices, and those that wait for approval."""
        return self._get("devices")

    def stock(self, tin: str, branch: str = "00") -> dict[str, Any]:
        """What KRA believes is in stock at a branch."""
        return self._call("GET", "stock", params={"tin": tin, "bhfId": branch})

    def options(self, **wanted: Any) -> dict[str, Any]:
        """Changes switches and returns all of them."""
        return self._post("options", wanted) if wanted else self._get("options")

    def approve(self, tin: str | None = None, serial: str | None = None, branch: str = "00") -> int:
        """Approves one serial, or all that wait; returns how many."""
        wanted = {} if tin is None else {"tin": tin, "bhfId": branch}
        return int(self._post("approve", wanted | ({"dvcSrlNo": serial} if serial else {}))["approved"])

    def unit(self, action: str, tin: str, branch: str = "00", **more: Any) -> None:
        """Does something to a device: retire, block, unblock, memory_full, memory_free, offline (hours=n), online."""
        self._post("unit", {"device": {"tin": tin, "bhfId": branch}, "action": action, **more})

    def notice(self, title: str, text: str) -> None:
        """Lets KRA publish a notice."""
        self._post("notices", {"title": title, "cont": text})

    def down(self, how: str = "reset") -> None:
        """Takes KRA away: reset, http (503), hang, or refuse (connection refused)."""
        self._post("down", {"down": True, "how": how})

    def up(self) -> None:
        """Brings KRA back."""
        self._post("down", {"down": False})

    def reset(self) -> None:
        """Empties KRA: no devices, no sales, no faults, switches as at the start."""
        self._post("reset", {})

    def _get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json=body)

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        response = self._session.request(method, f"{self._url}/_control/{path}", timeout=60, **more)
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise ValueError(answer.get("error"))
        return answer

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()


class SimulatorProcess:
    """A simulator on a free port with a state file of its own; use it as a context manager or call start and stop."""

    def __init__(self, state: Path | None = None, *options: str) -> None:
        self._folder = None if state else tempfile.TemporaryDirectory(prefix="kra-")
        self._state = state or Path(self._folder.name if self._folder else "") / "kra.journal"
        self._options = options
        self._ports = (0, 0)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Starts it, on the same port when it ran before, and waits until it listens."""
        port, control_port = self._ports
        command = [sys.executable, "-m", "portal.simulator", "--port", str(port), "--control-port", str(control_port),
                   "--state", str(self._state), *self._options]  # fmt: skip
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        if not words:
            self._process.stdout.close()
            raise RuntimeError(f"The simulator did not start (exit {self._process.wait()}).")
        self.url = next(word for word in words if word.startswith("http://"))
        self._ports = (int(self.url.rpartition(":")[2]), int(words[-1]))
        self.control = Control(f"http://127.0.0.1:{self._ports[1]}")
        return self

    @property
    def oscu_url(self) -> str:
        """Base address for OSCU; the VSCU's is url."""
        return f"{self.url}/etims-api"

    @property
    def is_running(self) -> bool:
        """Whether it is there; a test may have ended it."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends it as a power cut would (SIGKILL); start() brings it back with its state."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it and forgets its state file if it was a temporary one."""
        self._end(signal.SIGTERM)
        if self._folder is not None:
            self._folder.cleanup()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self.control.close()
            self._process.send_signal(how)
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
