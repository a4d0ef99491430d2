"""The simulated KRA as a whole: books, journal, clock, switches, faults and counters behind one lock."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from portal.simulator.clock import FAR_PAST, Clock, a_second_after
from portal.simulator.faults import FaultPlan
from portal.simulator.options import Options
from portal.simulator.server import Server
from portal.simulator.state import KEEPERS, Books, Branch, Device, Event, Journal, Taxpayer, keeps
from portal.simulator.traffic import Traffic


class World:
    """One KRA. Whoever reads or changes the books holds the lock."""

    def __init__(self, state: Path, **defaults: Any) -> None:
        self.lock = RLock()
        self.clock = Clock()
        self.faults = FaultPlan()
        self.traffic = Traffic()
        self.down: str | None = None
        self._server: Server | None = None
        self._defaults = defaults
        self._journal = Journal(state)
        self._mark = FAR_PAST
        self.books = Books()
        for event in self._journal.events():
            KEEPERS[event.kind](self.books, event)
        self._use_options()

    def record(self, kind: str, facts: Mapping[str, Any], body: Any = None, raw: bytes = b"null") -> Event:
        """Takes something down for good: it is in the books and on disk when this returns."""
        event = Event(kind, self.fresh_stamp(), facts, raw, body)
        KEEPERS[kind](self.books, event)
        self._journal.append(event)
        return event

    def fresh_stamp(self) -> str:
        """The moment to register a row at: after every moment that a look-up has already spoken for."""
        return max(self.clock.stamp(), a_second_after(self._mark))

    def spoke_for(self, newest_row: str) -> str:
        """The resultDt of a look-up that returned all rows up to the newest; later rows get later stamps."""
        self._mark = max(self._mark, newest_row, self.clock.stamp())
        return self._mark

    def change_options(self, wanted: Mapping[str, Any]) -> None:
        """Sets switches; raises ValueError with a sentence when one does not exist or cannot have the value."""
        self.options.changed(wanted, self.fresh_stamp())
        self.record("options", {**wanted, **({"rates_changed_at": self.fresh_stamp()} if "rates" in wanted else {})})
        self._use_options()

    def reset(self) -> None:
        """An empty KRA with the switches it was started with."""
        self._journal.clear()
        self.books = Books()
        self.faults.heal()
        self.traffic.forget()
        self.go_down(None)
        self._mark = FAR_PAST
        self._use_options()

    def listen_with(self, server: Server) -> None:
        """The server that is closed while this KRA refuses connections; the control path needs another port then."""
        self._server = server

    def go_down(self, how: str | None) -> None:
        """Stops answering: reset, http (503), hang, or refuse (nothing listens); None: comes back."""
        if how == "refuse" and self._server is None:
            raise ValueError("KRA can refuse connections only when it was started with --control-port.")
        if self._server is not None and (how == "refuse") != (self.down == "refuse"):
            if how == "refuse":
                self._server.close()
            else:
                self._server.open()
        self.down = how

    def described_options(self) -> dict[str, Any]:
        """The present switches by name."""
        return asdict(self.options)

    def close(self) -> None:
        """Releases the state file."""
        self._journal.close()

    def _use_options(self) -> None:
        wanted = {name: value for name, value in self.books.options.items() if name != "rates_changed_at"}
        options = Options(**self._defaults).changed(wanted, "")
        options.rates_changed_at = self.books.options.get("rates_changed_at", "")
        self.options = options
        self.clock.offset = timedelta(seconds=float(options.clock_offset_seconds))


@keeps("options")
def keep_options(books: Books, event: Event) -> None:
    """Takes changed switches into the books."""
    books.options.update(event.facts)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one operation by an installed device."""

    world: World
    operation: str
    transport: str
    device: Device
    body: Mapping[str, Any]
    raw: bytes

    @property
    def taxpayer(self) -> Taxpayer:
        """The books of the device's PIN."""
        return self.world.books.taxpayer(self.device.tin)

    @property
    def branch(self) -> Branch:
        """The books of the device's branch."""
        return self.world.books.branch(self.device.key)

    @property
    def options(self) -> Options:
        """The present switches."""
        return self.world.options

    @property
    def on_vscu(self) -> bool:
        """Whether the request came through a VSCU."""
        return self.transport == VSCU

    def record(self, kind: str, **facts: Any) -> Event:
        """Takes the request down as an event of this device."""
        owned = {"tin": self.device.tin, "bhfId": self.device.branch, **facts}
        return self.world.record(kind, owned, self.body, self.raw)


VSCU = "vscu"
OSCU = "oscu"
