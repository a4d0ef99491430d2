"""What KRA knows, in memory, and the journal on disk from which a restart rebuilds it."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.simulator.envelope import from_json, to_json

Key = tuple[str, str]  # PIN and branch


@dataclass(slots=True)
class Device:
    """One installed control unit."""

    tin: str
    branch: str
    serial: str
    transport: str
    device_id: str
    sdc_id: str
    mrc_number: str
    communication_key: str
    internal_key: str
    signing_key: str
    receipts: int = 0
    condition: str = "ready"
    offline_hours: float | None = None

    @property
    def key(self) -> Key:
        """PIN and branch."""
        return self.tin, self.branch


@dataclass(slots=True)
class StoredSale:
    """A sale or credit note that KRA holds, with the receipt that was given for it."""

    tin: str
    branch: str
    number: int
    original_number: int
    type: str
    total: Decimal
    credited: Decimal
    stamp: str
    receipt: Mapping[str, Any]
    raw: bytes

    def body(self) -> dict[str, Any]:
        """The request as it was sent."""
        body: dict[str, Any] = from_json(self.raw)
        return body


@dataclass(slots=True)
class Item:
    """A registered item of a PIN."""

    code: str
    type: str
    stamp: str
    body: dict[str, Any]

    @property
    def is_goods(self) -> bool:
        """Whether the item has stock: everything but a service (class 24, type 3)."""
        return self.type != "3"


@dataclass(slots=True)
class Taxpayer:
    """What belongs to a PIN as a whole."""

    items: dict[str, Item] = field(default_factory=dict)
    last_item_number: int = 0
    compositions: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    imports: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    bought: list[StoredSale] = field(default_factory=list)
    opened_at: str = ""


@dataclass(slots=True)
class Branch:
    """What belongs to one branch of a PIN."""

    sales: dict[int, StoredSale] = field(default_factory=dict)
    last_invoice: int = 0
    last_purchase: int = 0
    last_movement: int = 0
    stock: dict[str, Decimal] = field(default_factory=dict)
    levels: dict[str, Decimal] = field(default_factory=dict)
    # Quantities sold (S) and credited (R) that no stock record of type 11 or 03 has followed yet.
    unmoved: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    incoming: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    insurers: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Books:
    """Everything KRA holds."""

    devices: dict[Key, Device] = field(default_factory=dict)
    approved: set[tuple[str, str, str]] = field(default_factory=set)
    waiting: dict[tuple[str, str, str], str] = field(default_factory=dict)
    taxpayers: dict[str, Taxpayer] = field(default_factory=dict)
    branches: dict[Key, Branch] = field(default_factory=dict)
    sales: list[StoredSale] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def taxpayer(self, tin: str) -> Taxpayer:
        """The books of a PIN, opened when they are first asked for."""
        return self.taxpayers.setdefault(tin, Taxpayer())

    def branch(self, key: Key) -> Branch:
        """The books of a branch, opened when they are first asked for."""
        return self.branches.setdefault(key, Branch())


@dataclass(frozen=True, slots=True)
class Event:
    """Something KRA took down: facts of its own, and the request that caused it."""

    kind: str
    stamp: str
    facts: Mapping[str, Any]
    raw: bytes = b"null"
    body: Any = None


Keeper = Callable[[Books, Event], None]
KEEPERS: dict[str, Keeper] = {}


def keeps(kind: str) -> Callable[[Keeper], Keeper]:
    """Registers the function that takes events of this kind into the books, live and again after a restart."""

    def register(keeper: Keeper) -> Keeper:
        KEEPERS[kind] = keeper
        return keeper

    return register


class Journal:
    """An append-only file, one event per line; what was answered is in it before the answer leaves."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise SystemExit(f"Another simulator uses {path}. Stop it, or give another --state.") from None

    def events(self) -> Iterator[Event]:
        """Every event of the file; a line that a crash cut short was never answered and is dropped."""
        complete = 0
        with os.fdopen(os.dup(self._file), "rb") as lines:
            lines.seek(0)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                complete += len(line)
                head, _, raw = line[:-1].partition(b"\t")
                kind, stamp, facts = from_json(head)
                yield Event(kind, stamp, facts, raw, from_json(raw))
        os.ftruncate(self._file, complete)

    def append(self, event: Event) -> None:
        """Writes one event; it then survives the death of this process."""
        line = to_json([event.kind, event.stamp, event.facts]) + b"\t" + event.raw.translate(ONE_LINE) + b"\n"
        written = os.write(self._file, line)
        if written != len(line):
            raise OSError("The disk took only a part of the journal's line.")

    def clear(self) -> None:
        """Forgets everything."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Lets another process use the file."""
        os.close(self._file)


# Raw line breaks and tabs can stand in JSON only between values, where a blank does as well.
ONE_LINE = bytes.maketrans(b"\r\n\t", b"   ")
