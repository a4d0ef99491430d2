"""The verdict: KRA's ledger against ours, document by document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bench.chaos.market import Till
from portal.infra.db import db
from portal.sales.models import Document
from portal.sales.numbers import number_of
from portal.stock.models import StockLevel
from portal.submissions.models import Submission
from tests.support.simulator import Control

LISTED_AT_MOST = 5


@dataclass(slots=True)
class Figures:
    """What must be 0, each with the first cases of it."""

    lost: list[str] = field(default_factory=list)
    double_signed: list[str] = field(default_factory=list)
    gaps_in_kra_numbers: list[str] = field(default_factory=list)
    gaps_in_our_numbers: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    left_hanging: list[str] = field(default_factory=list)
    wrongly_held: list[str] = field(default_factory=list)
    stock_differs: list[str] = field(default_factory=list)

    @property
    def are_all_zero(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self))

    def lines(self) -> list[str]:
        """One line per figure, with the first cases where it is not 0."""
        told = []
        for each in fields(self):
            cases: list[str] = getattr(self, each.name)
            told.append(f"  {each.name.replace('_', ' '):22}{len(cases):6}")
            told += [f"      {case}" for case in cases[:LISTED_AT_MOST]]
        return told


@dataclass(frozen=True, slots=True)
class Ours:
    """One issued document as our database has it."""

    till: Till
    number: str
    position: int
    total: Decimal
    row: Submission


def ours(tills: Sequence[Till]) -> list[Ours]:
    """Every issued document of these tills, in the order of issue."""
    found = []
    for till in tills:
        with till.inside():
            mine = (
                select(Document.kind, Document.trader_no, Document.total_amount, Submission)
                .join(Submission, (Submission.tenant_id == Document.tenant_id) & (Submission.subject_id == Document.id))
                .where(Document.branch_id == till.business.branch_id, Submission.kind.in_(("sale", "credit_note")))
                .order_by(Submission.position)
            )
            for kind, trader_no, total, row in db.session.execute(mine):
                found.append(Ours(till, number_of(kind, trader_no, till.branch_code), row.position, total, row))
            db.session.expunge_all()
    return found


def judge(tills: Sequence[Till], expected: int, kra: Control, before_the_person: bool) -> Figures:
    """The figures; before a person has acted a VSCU's documents may be held `spent`, and only those KRA has."""
    figures, documents = Figures(), ours(tills)
    ledger = _by_document(kra.ledger())
    if len(documents) != expected:
        figures.lost.append(f"{expected} were issued, {len(documents)} are here")
    for one in documents:
        _judge_one(figures, one, ledger.pop(_key(one.till, one.number), []), before_the_person)
    figures.differing += [f"KRA has {key}, we do not" for key in ledger]
    _judge_order(figures, documents, kra)
    if not before_the_person:
        _judge_stock(figures, tills, kra)
    return figures


def _judge_one(figures: Figures, one: Ours, signed: list[dict[str, Any]], before_the_person: bool) -> None:
    row, name = one.row, f"{one.till.business.pin}/{one.till.branch_code} {one.number}"
    if len(signed) > 1:
        figures.double_signed.append(f"{name}: KRA numbers {[each['invcNo'] for each in signed]}")
    if row.state in ("queued", "sending", "unknown"):
        figures.left_hanging.append(f"{name}: {row.state} since {row.queued_at:%H:%M:%S}, {row.problem_message}")
    if row.state in ("refused", "void") or (row.state == "accepted" and not signed):
        figures.lost.append(f"{name}: {row.state} {row.problem_code} {row.problem_message}")
    if row.state == "held" and not (before_the_person and row.held_reason == "spent" and signed):
        figures.wrongly_held.append(f"{name}: {row.held_reason}, KRA has it {len(signed)} times, {row.problem_message}")
    if signed and row.state == "accepted":
        _compare(figures, name, one, signed[0])


def _compare(figures: Figures, name: str, one: Ours, signed: dict[str, Any]) -> None:
    row = one.row
    here = (row.sequence_no, row.receipt_no, row.total_receipt_no, row.internal_data, row.signature, row.sdc_id, one.total)
    there = tuple(signed[each] for each in ("invcNo", "rcptNo", "totRcptNo", "intrlData", "rcptSign", "sdcId"))
    if here != (*there, Decimal(str(signed["totAmt"]))):
        figures.differing.append(f"{name}: ours {here}, KRA's {there} {signed['totAmt']}")


def _judge_order(figures: Figures, documents: Sequence[Ours], kra: Control) -> None:
    """Numbers without gaps and in the order of issue, for every control unit and every branch."""
    by_till: dict[tuple[UUID, str], list[Ours]] = defaultdict(list)
    for one in documents:
        by_till[one.till.business.tenant_id, one.till.branch_code].append(one)
    for mine in by_till.values():
        till = mine[0].till
        name = f"{till.business.pin}/{till.branch_code}"
        trader = sorted(int(one.number.rpartition("-")[2]) for one in mine)
        if trader != list(range(1, len(trader) + 1)):
            figures.gaps_in_our_numbers.append(f"{name}: {trader}")
        signed = kra.ledger(tin=till.business.pin, bhfId=till.branch_code)
        numbers = sorted({each["invcNo"] for each in signed})
        if numbers != list(range(1, len(numbers) + 1)):
            figures.gaps_in_kra_numbers.append(f"{name}: {numbers}")
        issued = [one.number for one in mine]
        places = [issued.index(each["trdInvcNo"]) for each in signed if each["trdInvcNo"] in issued]
        inversions = sum(later < earlier for earlier, later in pairwise(places))
        figures.out_of_order += [f"{name}: KRA signed in the order {places}"] * inversions


def _judge_stock(figures: Figures, tills: Sequence[Till], kra: Control) -> None:
    """What KRA believes is in stock, and the level it was told last, are what we have."""
    for till in tills:
        believed = kra.stock(till.business.pin, till.branch_code)
        with till.inside():
            here = db.session.execute(
                select(StockLevel.on_hand, StockLevel.reserved).where(
                    StockLevel.branch_id == till.business.branch_id, StockLevel.item_id == till.goods_id
                )
            ).one()
        there = [Decimal(str(each)) for name in ("stock", "levels") for each in believed[name].values()]
        if here.reserved != 0 or any(each != here.on_hand for each in there) or len(there) != 2:
            figures.stock_differs.append(f"{till.business.pin}/{till.branch_code}: ours {tuple(here)}, KRA's {there}")


def signed_twice(kra: Control) -> int:
    """How many documents KRA has signed more than once."""
    return sum(len(signed) > 1 for signed in _by_document(kra.ledger()).values())


def states(tills: Sequence[Till]) -> Counter[str]:
    """How many documents are in which state."""
    return Counter(one.row.state if one.row.state != "held" else f"held {one.row.held_reason}" for one in ours(tills))


def _by_document(ledger: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for signed in ledger:
        found[signed["tin"], signed["bhfId"], signed["trdInvcNo"]].append(signed)
    return dict(found)


def _key(till: Till, number: str) -> tuple[str, str, str]:
    return till.business.pin, till.branch_code, number
