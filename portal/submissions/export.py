"""Every signed document of this business, as KRA lists it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from portal.fiscal.frozen import Signature
from portal.infra.db import db
from portal.infra.tenancy import current_tenant_id
from portal.kra.ledger import ledger_line
from portal.submissions.models import Submission

AT_ONCE = 500


def signed_lines() -> Iterator[str]:
    """One JSON object per signed sale and credit note, by control unit and KRA number."""
    signed = (
        select(
            Submission.body, Submission.receipt_no, Submission.total_receipt_no, Submission.internal_data, Submission.signature,
            Submission.signed_at, Submission.sdc_id, Submission.mrc_number,
        )
        .where(
            Submission.tenant_id == current_tenant_id(),
            Submission.sequence == "invoice",
            Submission.state == "accepted",
        )
        .order_by(Submission.device_id, Submission.sequence_no)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    for row in db.session.execute(signed):
        signature = Signature(
            receipt_number=row.receipt_no,
            total_receipt_number=row.total_receipt_no,
            internal_data=row.internal_data or "",
            signature=row.signature,
            signed_at=row.signed_at,
            sdc_id=row.sdc_id,
            mrc_number=row.mrc_number or "",
        )
        yield ledger_line(row.body, signature)
