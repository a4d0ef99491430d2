"""Handing many papers out by one act: for each document its next one, as if it were pressed alone (`ARCHITECTURE.md` §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select

from portal.audit import services as audit
from portal.identity.access import Actor
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.receipts.models import HandOut
from portal.receipts.queries import SIGNED_KINDS
from portal.receipts.services import Way
from portal.sales.models import Document
from portal.submissions.models import Submission
from portal.tenants.models import Branch


@dataclass(frozen=True, slots=True)
class NextPaper:
    """What a document would give next, on the paper of its branch: the original (0), or the copy of that number."""

    document_id: UUID
    branch_id: UUID
    paper: str
    copy_no: int

    @property
    def is_original(self) -> bool:
        return self.copy_no == 0


@dataclass(frozen=True, slots=True)
class Taken:
    """The paper of a document that was handed out by this act."""

    document_id: UUID
    hand_out_id: UUID


def next_papers(document_ids: Sequence[UUID], *, in_line: bool = False) -> list[NextPaper]:
    """The next paper of each signed document, oldest document first; others are left out.

    `in_line` (inside an open act) waits for whoever hands one of them out at this moment, and keeps others waiting.
    """
    signed = select(Submission.subject_id).where(
        Submission.tenant_id == current_tenant_id(),
        Submission.subject_id.in_(document_ids),
        Submission.kind.in_(SIGNED_KINDS),
        Submission.state == "accepted",
    )
    if in_line:
        signed = signed.order_by(Submission.id).with_for_update()
    ids = list(db.session.execute(signed).scalars())
    highest = (
        select(func.max(HandOut.copy_no))
        .where(HandOut.tenant_id == Document.tenant_id, HandOut.document_id == Document.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Document.id, Document.branch_id, Branch.paper, func.coalesce(highest + 1, 0).label("copy_no"))
        .join(Branch, (Branch.tenant_id == Document.tenant_id) & (Branch.id == Document.branch_id))
        .where(Document.tenant_id == current_tenant_id(), Document.id.in_(ids), Document.state == "issued")
        .order_by(Document.issued_at, Document.trader_no, Document.id)
    )
    return [NextPaper(row.id, row.branch_id, row.paper, row.copy_no) for row in rows]


def take_many(actor: Actor, papers: Sequence[NextPaper]) -> list[Taken]:
    """Hand these papers out, inside the open act in which they were read `in_line`; one audit row for each branch."""
    taken = [Taken(paper.document_id, uuid4()) for paper in papers]
    shared = {"tenant_id": current_tenant_id(), "way": Way.BULK.value, "by_person": actor.person_id, "by_name": actor.name}
    rows = [
        {**shared, "id": one.hand_out_id, "document_id": one.document_id, "copy_no": paper.copy_no, "paper": paper.paper}
        for one, paper in zip(taken, papers, strict=True)
    ]
    db.session.execute(insert(HandOut), rows)
    originals = Counter(paper.branch_id for paper in papers if paper.is_original)
    for branch_id, count in sorted(Counter(paper.branch_id for paper in papers).items()):
        kinds = {"originals": originals[branch_id], "copies": count - originals[branch_id]}
        audit.record(actor.name, "receipts handed out in bulk", f"{count} receipts", branch_id=branch_id, **kinds)  # type: ignore[arg-type]
    return taken
