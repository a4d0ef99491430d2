"""Counters and a short log of the requests that arrived, for tests that ask how often something was sent."""

from collections import Counter, deque
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

Entry = dict[str, Any]
KEPT = 5000


class Traffic:
    """Counts every request to an operation of KRA, also those that a fault swallowed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Starts counting from nothing."""
        self._operations: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._log: deque[Entry] = deque(maxlen=KEPT)
        self._at_once = 0
        self._most_at_once = 0

    def arrived(self, operation: str, transport: str, raw: bytes, stamp: str) -> Entry:
        """The log entry of a request that begins; the caller fills in its end."""
        entry = {"at": stamp, "operation": operation, "transport": transport, "sha256": sha256(raw).hexdigest()}
        with self._lock:
            self._operations[operation] += 1
            self._log.append(entry)
            self._at_once += 1
            self._most_at_once = max(self._most_at_once, self._at_once)
        return entry

    def answered(self, entry: Entry) -> None:
        """Counts a request whose entry now holds the code of KRA's answer, if any, and the fault that was played."""
        with self._lock:
            self._codes[f"{entry['operation']} {entry.get('fault') or entry.get('code')}"] += 1
            self._at_once = max(0, self._at_once - 1)

    def counts(self) -> Mapping[str, Any]:
        """How many requests came per operation and per answer, and how many at once."""
        with self._lock:
            return {
                "total": sum(self._operations.values()),
                "operations": dict(self._operations),
                "answers": dict(self._codes),
                "most_at_once": self._most_at_once,
            }

    def log(self) -> list[dict[str, Any]]:
        """The latest requests, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._log]


def identify(entry: Entry, body: object, headers: Mapping[str, str]) -> None:
    """Adds to a log entry whom and which number the request was about."""
    for name in ("tin", "bhfId"):
        if name.lower() in headers:
            entry[name] = headers[name.lower()]
    if isinstance(body, dict):
        for name in ("tin", "bhfId", "invcNo", "sarNo", "itemCd", "trdInvcNo", "rcptTyCd"):
            value = body.get(name)
            if isinstance(value, str | int):
                entry[name] = value
