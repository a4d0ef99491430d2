"""Figures of a branch's control unit that other features know: each registers what it can say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.devices.models import Device


@dataclass(frozen=True, slots=True)
class Figure:
    """A label and a value for people; `exact` ones (numbers of KRA) are set in a fixed width."""

    label: str
    value: str
    exact: bool = False


Know = Callable[[Sequence[Device]], Mapping[UUID, Sequence[Figure]]]
_know: list[Know] = []


def knows(know: Know) -> Know:
    """Register what tells figures of devices: many devices in, figures by device id out, few queries."""
    if know not in _know:
        _know.append(know)
    return know


def figures_of(devices: Sequence[Device]) -> Mapping[UUID, Sequence[Figure]]:
    """What all features know of these devices, in the order of their registration."""
    found: dict[UUID, list[Figure]] = defaultdict(list)
    for know in _know:
        for device_id, figures in know(devices).items():
            found[device_id] += figures
    return found
