"""What a submission is about, in the words of the feature it belongs to: each feature registers its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from portal.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Subject:
    """A title and a line of facts for people, the page where it is seen, and its total in KES when it has one."""

    title: str
    facts: str
    href: str
    total: Decimal | None = None


Describe = Callable[[Sequence[UUID]], Mapping[UUID, Subject]]
_describe: dict[str, Describe] = {}


def describes(*kinds: str) -> Callable[[Describe], Describe]:
    """Register what names the subjects of these kinds: many ids in, their Subject values out, one query."""

    def register(describe: Describe) -> Describe:
        for kind in kinds:
            _describe[kind] = describe
        return describe

    return register


def subjects_of(rows: Iterable[Submission]) -> dict[UUID, Subject]:
    """The subject of each submission by submission id; a kind that nobody describes shows its own name."""
    rows = list(rows)
    asked: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        asked[row.kind].append(row.subject_id)
    found = {kind: _describe[kind](ids) for kind, ids in asked.items() if kind in _describe}
    return {
        row.id: found.get(row.kind, {}).get(row.subject_id) or Subject(row.kind.replace("_", " ").capitalize(), "", "")
        for row in rows
    }
