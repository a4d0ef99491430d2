"""Reading signed documents as papers, and what was handed out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import select

from portal.catalogue.models import Item
from portal.errors import NotFound
from portal.fiscal.frozen import Issued, Signature
from portal.fiscal.numbering import cu_invoice_number
from portal.fiscal.receipt import Receipt, copy_receipt, original_receipt
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.receipts.errors import NotSigned
from portal.receipts.models import HandOut
from portal.sales import queries as sales
from portal.sales.models import Document
from portal.submissions.models import Submission
from portal.tenants import queries as tenants
from portal.tenants.models import Branch

SIGNED_KINDS = ("sale", "credit_note")


@dataclass(frozen=True)
class SignedDocument:
    """A document that KRA signed: as it was frozen, with KRA's answer. Nothing in it is today's."""

    row: Document
    submission: Submission

    @cached_property
    def issued(self) -> Issued:
        """The document with the number and time that Issue gave it."""
        return sales.issued_of(self.row)

    @property
    def signature(self) -> Signature:
        """What the control unit answered."""
        return signature_of(self.submission)

    def original(self) -> Receipt:
        """The official receipt."""
        return original_receipt(self.issued, self.signature, self._item_codes(), self._sale_cu_number())

    def copy(self, hand_out: HandOut | None = None) -> Receipt:
        """The copy of that hand-out; without one the body, whose number and time wait for a stamp."""
        number, at = (hand_out.copy_no, hand_out.at) if hand_out else (None, None)
        codes, cu_number = self._item_codes(), self._sale_cu_number()
        return copy_receipt(self.issued, self.signature, codes, cu_number, copy_number=number, printed_at=at)

    def _item_codes(self) -> dict[str, str]:
        """KRA's code of each item, kept for ever once KRA has it."""
        ids = {UUID(line.item_id) for line in self.issued.document.lines}
        wanted = select(Item.id, Item.kra_code).where(Item.tenant_id == current_tenant_id(), Item.id.in_(ids))
        return {str(id_): code for id_, code in db.session.execute(wanted) if code}

    def _sale_cu_number(self) -> str | None:
        """The control unit's number of the sale that a credit note takes back."""
        if self.row.original_id is None:
            return None
        sale = _accepted(self.row.original_id)
        if sale is None:
            raise NotSigned
        return cu_invoice_number(signature_of(sale).sdc_id, signature_of(sale).receipt_number)


def signed_document(document_id: UUID) -> SignedDocument:
    """A signed document of this business; raises NotFound, or NotSigned while KRA has not signed it."""
    row = sales.document(document_id)
    submission = _accepted(document_id)
    if submission is None or row.state != "issued":
        raise NotSigned
    return SignedDocument(row, submission)


def signature_of(submission: Submission) -> Signature:
    """KRA's answer as it is kept on the accepted submission."""
    row = submission
    assert row.receipt_no is not None and row.total_receipt_no is not None and row.signed_at is not None and row.sdc_id
    return Signature(
        receipt_number=row.receipt_no,
        total_receipt_number=row.total_receipt_no,
        internal_data=row.internal_data or "",
        signature=row.signature or "",
        signed_at=row.signed_at,
        sdc_id=row.sdc_id,
        mrc_number=row.mrc_number or "",
    )


def hand_out(hand_out_id: UUID) -> HandOut:
    """One hand-out of this business; raises NotFound."""
    found = db.session.get(HandOut, (current_tenant_id(), hand_out_id))
    if found is None:
        raise NotFound
    return found


def hand_outs(document_id: UUID) -> Sequence[HandOut]:
    """What was handed out of a document, the original first."""
    mine = select(HandOut).where(HandOut.tenant_id == current_tenant_id(), HandOut.document_id == document_id)
    return db.session.execute(mine.order_by(HandOut.copy_no)).scalars().all()


def branch_of(document_id: UUID) -> Branch:
    """The branch that issued a document; raises NotFound."""
    return tenants.branch(sales.document(document_id).branch_id)


def is_signed(document_id: UUID) -> bool:
    """Whether KRA has signed the document."""
    return _accepted(document_id) is not None


def _accepted(document_id: UUID) -> Submission | None:
    return db.session.execute(
        select(Submission)
        .where(
            Submission.tenant_id == current_tenant_id(),
            Submission.subject_id == document_id,
            Submission.kind.in_(SIGNED_KINDS),
            Submission.state == "accepted",
        )
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
