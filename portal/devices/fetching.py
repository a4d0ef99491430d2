"""Bringing KRA's lists up to date: page by page, each kept with its mark in one short act. For workers only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from portal.devices.calls import called, note
from portal.devices.models import LookUpMark
from portal.devices.units import ControlUnit
from portal.infra.db import db, transaction
from portal.kra.gateway import Gateway
from portal.kra.outcomes import Answer
from portal.kra.paging import pages

Rows = tuple[Any, ...]


class OutOfTime(Exception):
    """The list is longer than one run may take; what has come is kept, and the next run goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KraList:
    """One of KRA's lists: how it is asked for and where its rows are kept.

    A `shared` list is the same for every business: only answers of the deployment's own host may change it
    (RELIABILITY §10), and a device that never asked begins where the others have come to (`known_up_to`).
    """

    name: str
    ask: Callable[[Gateway, datetime | None], Answer[Rows]]
    keep: Callable[[Answer[Rows]], None]
    shared: bool = False
    known_up_to: Callable[[], datetime | None] = lambda: None
    whole: Callable[[], None] = lambda: None


_lists: dict[str, KraList] = {}


def register(kra_list: KraList) -> None:
    """Make a list known to the set-up and to the daily refresh."""
    _lists[kra_list.name] = kra_list


def names() -> tuple[str, ...]:
    """The names of the lists, which are also those of set-up steps."""
    return tuple(_lists)


def fetch(
    unit: ControlUnit, name: str, *, ends: float, progress: Callable[[int], None] = lambda rows: None
) -> Answer[Rows]:
    """The last answer after all that is new was kept; raises OutOfTime when `ends` (monotonic seconds) has come.

    `progress` is called in the act that keeps a page, with the number of rows so far.
    """
    kra_list = _lists[name]
    with transaction():
        since, gateway = _since(unit, kra_list), unit.gateway()
    rows, answer = 0, None

    def ask(moment: datetime | None) -> Answer[Rows]:
        if answer is not None and time.monotonic() > ends:
            raise OutOfTime
        return called(unit, lambda: kra_list.ask(gateway, moment))

    for answer in pages(ask, since):
        rows += answer.rows
        with transaction():
            note(unit, answer)
            if answer.ok:
                _keep(unit, kra_list, answer)
                progress(rows)
    assert answer is not None
    if answer.ok and unit.is_default_host:
        with transaction():
            kra_list.whole()
    return answer


def _since(unit: ControlUnit, kra_list: KraList) -> datetime | None:
    own = db.session.execute(
        select(LookUpMark.mark).where(
            LookUpMark.tenant_id == unit.tenant_id,
            LookUpMark.device_id == unit.device_id,
            LookUpMark.operation == kra_list.name,
        )
    ).scalar_one_or_none()
    return max(filter(None, (own, kra_list.known_up_to())), default=None)


def _keep(unit: ControlUnit, kra_list: KraList, answer: Answer[Rows]) -> None:
    if unit.is_default_host or not kra_list.shared:
        kra_list.keep(answer)
    if answer.mark is not None:
        mark = insert(LookUpMark).values(
            tenant_id=unit.tenant_id, device_id=unit.device_id, operation=kra_list.name, mark=answer.mark
        )
        newer = {"mark": func.greatest(LookUpMark.mark, mark.excluded.mark), "fetched_at": func.now()}
        db.session.execute(mark.on_conflict_do_update(index_elements=["tenant_id", "device_id", "operation"], set_=newer))
