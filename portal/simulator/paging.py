"""Look-ups by lastReqDt: rows registered after a mark, cut at 1000 (PROTOCOL §5).

A cut page's resultDt is the moment of its newest row, so that a client which follows it gets everything.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from portal.simulator.clock import moment, stamp
from portal.simulator.envelope import NO_ROWS, Refusal, Reply
from portal.simulator.fields import Place, parameter_error
from portal.simulator.world import Call

Row = tuple[str, Any]


def mark(call: Call) -> str:
    """The lastReqDt of a look-up; a malformed one is refused with E31 on a VSCU and 910 on OSCU."""
    given = call.body.get("lastReqDt")
    if given is None or given == "":
        raise parameter_error("lastReqDt", "may not be empty", Place())
    try:
        asked = moment(given) if isinstance(given, str) and len(given) == 14 else None
    except ValueError:
        asked = None
    if asked is None:
        raise Refusal("E31") if call.on_vscu else parameter_error("lastReqDt", "is not a valid date", Place())
    days = call.options.look_back_days
    if days is not None and asked < call.world.clock.now() - timedelta(days=days):
        raise parameter_error("lastReqDt", f"cannot be older than {days} days", Place())
    return stamp(asked)


def page(call: Call, name: str, rows: Iterable[Row]) -> Reply:
    """The rows newer than the mark under this name; 001 when there are none."""
    asked = mark(call)
    newer = sorted((row for row in rows if row[0] > asked), key=itemgetter(0))
    kept = _cut(newer, call.options.page_rows)
    newest = kept[-1][0] if kept else ""
    moment_of_answer = newest if len(kept) < len(newer) else call.world.spoke_for(newest)
    if not kept:
        return Reply(None, NO_ROWS, moment=moment_of_answer)
    return Reply({name: [row for _, row in kept]}, moment=moment_of_answer)


def _cut(rows: list[Row], size: int) -> list[Row]:
    """At most so many rows, but never only a part of those of one moment."""
    if len(rows) <= size:
        return rows
    kept: list[Row] = []
    for _, same_moment in groupby(rows, key=itemgetter(0)):
        group = list(same_moment)
        if kept and len(kept) + len(group) > size:
            break
        kept += group
    return kept
