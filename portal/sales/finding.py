"""Which documents a filter means, as SQL: every filter reads an index under row-level security (PERFORMANCE §4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.infra.listing import first_beyond
from portal.infra.tenancy import current_tenant_id
from portal.sales.search import Meaning, Wanted, meaning_of
from portal.sales.status import ATTENTION, WAITING

# A search shows so many documents of each meaning. The beginning of names has no order by time: the newest of each name.
MOST_OF_A_MEANING = 500
SUBMISSIONS_OF = {"waiting": WAITING, "attention": ATTENTION, "signed": ("accepted",)}
NEWEST_FIRST = "issued_at DESC, id DESC"


@dataclass(frozen=True, slots=True)
class Found:
    """A query of (id, moment), and the values of its placeholders; what a person typed is only ever among the values."""

    sql: str
    values: dict[str, Any]


@dataclass(slots=True)
class _Where:
    """Conditions that all hold, with their values."""

    conditions: list[str]
    values: dict[str, Any] = field(default_factory=lambda: {"tenant": current_tenant_id()})

    def and_(self, condition: str, **values: Any) -> None:
        self.conditions.append(condition)
        self.values.update(values)

    def select(self, moment: str, *further: str) -> str:
        return f"SELECT id, {moment} AS moment FROM document WHERE {' AND '.join([*self.conditions, *further])}"  # noqa: S608


def found(wanted: Wanted) -> Found:
    """The drafts or documents that fit every filter."""
    return drafts(wanted) if wanted.state == "draft" else issued(wanted)


def drafts(wanted: Wanted) -> Found:
    """The drafts of invoices, by when they were changed."""
    where = _Where(["tenant_id = %(tenant)s", "state = 'draft'", "kind = 'sale'"])
    _narrow(where, wanted, "changed_at")
    if wanted.words:
        _name(where, meaning_of(wanted.words))
        where.and_(BEGINS)
    return Found(where.select("changed_at"), where.values)


def issued(wanted: Wanted) -> Found:
    """The issued documents, by when they were issued."""
    where = _Where(["tenant_id = %(tenant)s", "state = 'void'" if wanted.state == "void" else "state <> 'draft'"])
    _narrow(where, wanted, "issued_at")
    if wanted.state in SUBMISSIONS_OF:
        where.and_(f"state = 'issued' AND {_is_told(wanted.state)}")
    if wanted.words:
        return _meant(where, meaning_of(wanted.words))
    return Found(where.select("issued_at"), where.values)


def _narrow(where: _Where, wanted: Wanted, moment: str) -> None:
    if wanted.branch_id:
        where.and_("branch_id = %(branch)s", branch=wanted.branch_id)
    if wanted.moments:
        where.and_(f"{moment} >= %(first)s AND {moment} < %(beyond)s", first=wanted.moments[0], beyond=wanted.moments[1])


def _is_told(state: str) -> str:
    """Whether the submission of a document is in one of the states of a filter; written out, for its index is partial."""
    states = ", ".join(f"'{each}'" for each in SUBMISSIONS_OF[state])
    told = f"FROM submission t WHERE t.tenant_id = %(tenant)s AND t.kind IN ('sale', 'credit_note') AND t.state IN ({states})"
    if state == "signed":  # nearly all of them: looked up one by one in the order of the list
        return f"EXISTS (SELECT 1 {told} AND t.subject_id = document.id)"
    return f"id IN (SELECT t.subject_id {told})"


BEGINS = "search_name >= %(name)s AND search_name < %(beyond_name)s"


def _name(where: _Where, meaning: Meaning) -> None:
    where.values.update(name=meaning.name, beyond_name=first_beyond(meaning.name))


def _meant(where: _Where, meaning: Meaning) -> Found:
    """Those that the words may mean, the newest of each meaning: every meaning reads its own index."""
    _name(where, meaning)
    each = [f"{where.select('issued_at', BEGINS)} ORDER BY search_name, {NEWEST_FIRST}"]
    if meaning.numbers:
        each.append(_numbered(where, *meaning.numbers))
    if meaning.pin:
        where.values["pin"] = meaning.pin
        each.append(f"{where.select('issued_at', 'buyer_pin = %(pin)s')} ORDER BY {NEWEST_FIRST}")
    if meaning.cents is not None:
        where.values["cents"] = meaning.cents
        each.append(f"{where.select('issued_at', 'total_cents = %(cents)s')} ORDER BY {NEWEST_FIRST}")
    parts = " UNION ".join(f"({one} LIMIT {MOST_OF_A_MEANING})" for one in each)
    return Found(f"SELECT id, moment FROM ({parts}) meant", where.values)  # noqa: S608


def _numbered(where: _Where, kind: str | None, branch_code: str | None, number: int) -> str:
    conditions = ["trader_no = %(number)s"]
    where.values["number"] = number
    if kind:
        conditions.append("kind = %(kind)s")
        where.values["kind"] = str(kind)
    if branch_code:
        conditions.append("branch_id IN (SELECT b.id FROM branch b WHERE b.tenant_id = %(tenant)s AND b.code = %(branch_code)s)")
        where.values["branch_code"] = branch_code
    return where.select("issued_at", *conditions)
