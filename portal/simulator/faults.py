"""Misbehaviour on demand: which request goes wrong, how often and in which way."""

import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

# What a fault does unless it says "stored": whether KRA carries the request out before things go wrong.
STORED = {
    "code": False,
    "timeout": False,
    "http": False,
    "reset": False,
    "html": False,
    "empty": False,
    "broken_json": True,
    "slow": True,
    "trickle": True,
    "late_commit": True,
    "duplicate_reply": True,
    "wrong_echo": True,
    "no_signature": True,
    "sequence_jump": True,
    "huge": True,
}
NEEDS_ARGUMENT = {"code", "http", "slow", "trickle", "late_commit"}
KIND = re.compile(r"([a-z_]+?)(?:_(before|after))?(?::(.+))?\Z")


@dataclass(slots=True)
class Fault:
    """One planned misbehaviour and how often it was played."""

    id: int
    operation: str
    kind: str
    argument: str | None
    stored: bool
    tin: str | None = None
    branch: str | None = None
    where: Mapping[str, Any] | None = None
    times: int | None = 1
    skip: int = 0
    probability: float | None = None
    message: str | None = None
    hold_ms: float = 120_000
    played: int = 0

    @property
    def name(self) -> str:
        """The fault as it was asked for."""
        return self.kind if self.argument is None else f"{self.kind}:{self.argument}"

    @property
    def milliseconds(self) -> float:
        """The argument of slow, trickle and late_commit."""
        return float(self.argument or 0)

    def fits(self, operation: str, entry: Mapping[str, Any], body: object) -> bool:
        """Whether the request is one of those that the fault is meant for."""
        return (
            (self.times is None or self.played < self.times)
            and self.operation in ("*", operation)
            and self.tin in (None, entry.get("tin"))
            and self.branch in (None, entry.get("bhfId"))
            and (not self.where or (isinstance(body, dict) and all(body.get(k) == v for k, v in self.where.items())))
        )


def read_fault(number: int, wanted: Mapping[str, Any], operations: set[str]) -> Fault:
    """The fault that a control request describes; raises ValueError with a sentence."""
    operation = wanted.get("operation", "*")
    if operation != "*" and operation not in operations:
        raise ValueError(f"There is no operation {operation!r}. Operations: {', '.join(sorted(operations))}.")
    kind, argument, stored = _read_kind(str(wanted.get("fault", "")))
    device = wanted.get("device") or {}
    probability = wanted.get("probability")
    unknown = set(wanted) - {"operation", "fault", "device", "times", "skip", "probability", "seed", "where", "stored",
                             "message", "hold_ms"}  # fmt: skip
    if unknown:
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
    return Fault(
        id=number,
        operation=operation,
        kind=kind,
        argument=argument,
        stored=bool(wanted.get("stored", stored)),
        tin=device.get("tin"),
        branch=device.get("bhfId"),
        where=wanted.get("where"),
        times=wanted.get("times", 1 if probability is None else None),
        skip=int(wanted.get("skip", 0)),
        probability=None if probability is None else float(probability),
        message=wanted.get("message"),
        hold_ms=float(wanted.get("hold_ms", 120_000)),
    )


def _read_kind(text: str) -> tuple[str, str | None, bool]:
    match = KIND.match(text)
    if match is None or match[1] not in STORED:
        raise ValueError(f"There is no fault {text!r}. Faults: {', '.join(sorted(STORED))}.")
    kind, side, argument = match.groups()
    if (kind in NEEDS_ARGUMENT) != (argument is not None):
        raise ValueError(f"The fault {kind} {'needs' if kind in NEEDS_ARGUMENT else 'takes no'} value after a colon.")
    if kind in NEEDS_ARGUMENT - {"code"}:
        float(argument)
    return kind, argument, STORED[kind] if side is None else side == "after"


class FaultPlan:
    """The planned faults in the order they were asked for; the first that fits a request is played."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._last = 0
        self._random = random.Random(0)  # noqa: S311  # a repeatable experiment, no secret

    def add(self, wanted: Mapping[str, Any], operations: set[str]) -> int:
        """Plans a fault and returns its number; raises ValueError with a sentence."""
        with self._lock:
            fault = read_fault(self._last + 1, wanted, operations)
            self._last = fault.id
            self._faults.append(fault)
            if "seed" in wanted:
                self._random.seed(int(wanted["seed"]))
            return fault.id

    def choose(self, operation: str, entry: Mapping[str, Any], body: object) -> Fault | None:
        """The fault to play on this request, if any."""
        with self._lock:
            for fault in self._faults:
                if fault.fits(operation, entry, body) and self._strikes(fault):
                    fault.played += 1
                    return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        if fault.skip:
            fault.skip -= 1
            return False
        return fault.probability is None or self._random.random() < fault.probability

    def heal(self, number: int | None = None) -> None:
        """Takes one fault, or all, out of the plan."""
        with self._lock:
            self._faults = [fault for fault in self._faults if number is not None and fault.id != number]

    def planned(self) -> list[dict[str, Any]]:
        """All faults with how often each was played."""
        with self._lock:
            return [{**asdict(fault), "fault": fault.name} for fault in self._faults]
